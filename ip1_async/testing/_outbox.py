"""What the simulator accepted, and how its messages go on from status to status."""

from typing import Any

from attrs import define, field, frozen

from ip1_async.segments import gsm_segments
from ip1_async.testing import _wire as wire
from ip1_async.testing._background import Background
from ip1_async.testing._checks import numbers_of, windows_of
from ip1_async.testing._data.clock import SECOND, timestamp
from ip1_async.testing._data.mixing import IdMint, key_of, mix
from ip1_async.testing._data.sendings import RCS_STATUSES
from ip1_async.testing._data.statuses import outgoing_code, steps_to
from ip1_async.testing._data.traffic import pick
from ip1_async.testing._hooks import Hooks
from ip1_async.testing._messages import Json
from ip1_async.testing._options import Options
from ip1_async.testing._store import Store

_DELIVERED, _EXPIRED, _CANCELED, _TEXT_REJECTED, _NUMBER_REJECTED = 201, 202, 203, 404, 405
_FIRST_REPORTED = 111  # what happens before the gateway brings no report

Ways = list[tuple[Json, list[Any]]]  # messages, and the codes or words that each has before it


@frozen
class Sent:
    """A send that the simulator accepted.

    Attributes:
        time: When, in the event loop's seconds.
        id: The id of the batch or bundle that it became.
        recipients: Its numbers, in the order of the request.
        payload: The object that was posted.
    """

    time: float
    id: str
    recipients: tuple[str, ...]
    payload: Json = field(repr=False)


@define(eq=False)
class Outbox:
    """Accepts batches, bundles, and incoming messages.

    Attributes:
        batches: The batches by id, without their summaries. Their `status` is `Scheduled` before
            the delivery window opens, then `Sent`, or `Canceled`.
        bundles: The bundles by id.
        chats: The conversations of bundles by id, one for each brand, agent and recipient.
        blacklist: The numbers whose messages are rejected.
    """

    _options: Options
    _store: Store
    _background: Background
    _hooks: Hooks
    _sent: list[Sent]
    batches: dict[str, Json] = field(factory=dict, init=False)
    bundles: dict[str, Json] = field(factory=dict, init=False)
    chats: dict[str, Json] = field(factory=dict, init=False)
    blacklist: dict[str, Json] = field(factory=dict, init=False)
    _ids: IdMint = field(init=False)
    _key: int = field(init=False)
    _made: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._ids = IdMint(self._options.seed, "outbox", "")
        self._key = key_of(self._options.seed, "outbox")

    def send_batch(self, payload: Json) -> Json:
        """Accept a batch whose payload is right."""
        batch = wire.make_batch(self._ids.hexadecimal(self._next()), payload)
        now, ways = self._background.now(), Ways()
        opens = _opening(windows_of(payload), now)
        for number in numbers_of(payload["recipients"]):
            text = wire.fill(batch["body"], payload["recipients"], number)
            message = wire.make_sms(self._ids.hexadecimal(self._next()), batch, number, text)
            first, *steps = steps_to(_EXPIRED if opens is None else self._outcome(message))
            self._reach(batch, message, first)
            self._store.add("batch", batch["id"], message)
            self._store.add("conversation", number, message)
            ways.append((message, steps))
        wait = ((opens or now) - now) / SECOND
        batch["status"] = "Scheduled" if wait else "Sent"
        self.batches[batch["id"]] = batch
        self._accept(batch, payload, ways, wait)
        return batch

    def send_bundle(self, payload: Json) -> Json:
        """Accept a bundle whose payload is right."""
        made = wire.make_bundle(self._ids.longer(self._next()), payload, self._background.now())
        ways = Ways()
        for number in numbers_of(payload["recipients"]):
            chat = wire.make_chat(made, number, self._options.seed)
            self.chats.setdefault(chat["id"], chat)
            message = wire.make_rcs(self._ids.longer(self._next()), number)
            self._reach(made, message, "Sent")
            self._store.add("bundle", made["id"], message)
            final = pick(RCS_STATUSES, mix(self._key, self._made))
            ways.append((message, ["Delivered", final] if final == "Read" else [final]))
        self.bundles[made["id"]] = made
        self._accept(made, payload, ways)
        return made

    def cancel(self, batch_id: str) -> None:
        """Cancel a batch that is scheduled; delete the record of any other."""
        batch, listing = self.batches.get(batch_id, {}), self._store.batch(batch_id)
        if batch.get("status") != "Scheduled" or listing is None:
            self.batches.pop(batch_id, None)
            self._store.delete_batch(batch_id)
            return
        batch["status"] = "Canceled"
        for message in listing.read(range(listing.count())):
            self._reach(batch, message, _CANCELED)

    def receive(self, sender: str, recipient: str, body: str, batch_id: str | None) -> Json:
        """Take a message from a phone, and post it to the app."""
        message = wire.make_incoming(self._ids.hexadecimal(self._next()), sender, recipient, body)
        self._store.add_status(message, wire.make_status(_DELIVERED, self._background.now()))
        self._store.add("conversation", sender, message)
        if batch_id is not None:
            message["batchId"] = batch_id
        if batch_id in self.batches:
            self._store.add("batch", str(batch_id), message)
        self._hooks.post(self._options.incoming_url, dict(message))
        return message

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _outcome(self, message: Json) -> int:
        if message["recipient"] in self.blacklist:
            return _NUMBER_REJECTED
        if message["datacoding"] == "gsm" and gsm_segments(message["body"]) is None:
            return _TEXT_REJECTED
        return max(outgoing_code(mix(self._key, self._made)), _DELIVERED)

    def _accept(self, made: Json, payload: Json, ways: Ways, wait: float = 0.0) -> None:
        numbers = tuple(numbers_of(payload["recipients"]))
        self._sent.append(Sent(self._background.clock(), made["id"], numbers, payload))
        self._background.start(self._go_on(made, ways, wait))

    async def _go_on(self, made: Json, ways: Ways, wait: float) -> None:
        """Lead the messages through their steps: in every turn, three of four take one."""
        await self._background.sleep(wait)
        if made.get("status") == "Canceled":
            return
        if wait:
            made["status"] = "Sent"
        turn = 0
        while any(steps for _, steps in ways):
            await self._background.sleep(self._options.status_seconds)
            turn += 1
            for place, (message, steps) in enumerate(ways):
                if steps and mix(self._key + turn, place) % 4:
                    self._reach(made, message, steps.pop(0))

    def _reach(self, made: Json, message: Json, step: Any) -> None:
        """Give a message its next status."""
        now = self._background.now()
        if isinstance(step, str):
            message.update(status=step, modified=timestamp(now, 7))
            return
        status = wire.make_status(step, now)
        self._store.add_status(message, status)
        if step >= _FIRST_REPORTED:
            report = wire.make_report(message, status, self._options.report_id)
            self._hooks.post(made["deliveryReportUrl"], report)


def _opening(windows: list[tuple[int, int]], now: int) -> int | None:
    """Find when a batch goes out; `None` if its windows are all over."""
    if not windows:
        return now
    return min((max(opens, now) for opens, closes in windows if closes > now), default=None)
