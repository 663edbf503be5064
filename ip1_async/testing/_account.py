"""What an account has and does: batches, bundles, senders, its blacklist, and what it sends."""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial

from attrs import define, field

from ip1_async.testing._answers import NO_CONTENT, Answer, refusal
from ip1_async.testing._background import Background
from ip1_async.testing._checks import Problems, missing_texts, problems_of_batch, problems_of_bundle
from ip1_async.testing._data.clock import timestamp
from ip1_async.testing._data.mixing import key_of
from ip1_async.testing._faults import Request
from ip1_async.testing._hooks import is_local
from ip1_async.testing._messages import Json, count_codes, encode, tally_of
from ip1_async.testing._options import Options
from ip1_async.testing._outbox import Outbox
from ip1_async.testing._store import Listing, Store

Found = Answer | Listing | Json | None
Check = Callable[[Json], Problems]
Doors = dict[str, Callable[[Request], Found]]

_FEATURES = ("CHAT_SESSION", "FILE_TRANSFER", "CAROUSEL")
_INCOMING = ("sender", "recipient", "body")
_check_number = partial(missing_texts, ["msisdn"])
_SHARED = ("sender", "body", "owner", "direction", "type", "datacoding", "priority", "reference")


@define(eq=False)
class Account:
    """Finds who answers a path, by method."""

    _options: Options
    _store: Store
    _background: Background
    _outbox: Outbox
    _senders: dict[str, Json] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for sender in self._options.senders:
            _register(self._senders, "sender", sender, 0)
        for number in self._options.blacklist:
            _register(self._outbox.blacklist, "msisdn", number, 0)

    def doors(self, path: list[str]) -> Doors:
        """Give what answers a path, by method; nothing answers an unknown one."""
        match path:
            case ["v2", *rest]:
                return self._doors_of_v2(rest)
            case ["v3", *rest]:
                return self._doors_of_v3(rest)
            case ["phones", number, "capabilities"]:
                return {"GET": lambda _: self._capabilities(number)}
            case ["simulator", "incoming"] if is_local(f"http://{self._options.host}"):
                return {"POST": partial(self._send, partial(missing_texts, _INCOMING), self._take)}
        return {}

    def _doors_of_v2(self, path: list[str]) -> Doors:
        match path:
            case ["batches"] | ["batches", ""]:
                send = partial(self._send, problems_of_batch, self._outbox.send_batch)
                return {"GET": lambda _: self._batches(), "POST": send}
            case ["batches", batch]:
                return {
                    "GET": lambda _: self._batch(batch),
                    "DELETE": lambda _: self._cancel(batch),
                }
            case ["me", "senders", *rest]:
                return self._registered(self._senders, "sender", rest)
            case ["blacklist", *rest]:
                return self._registered(self._outbox.blacklist, "msisdn", rest)
        return {}

    def _doors_of_v3(self, path: list[str]) -> Doors:
        chats = self._outbox.chats
        match path:
            case ["bundles"] | ["bundles", ""]:
                send = partial(self._send, problems_of_bundle, self._send_once)
                return {"GET": self._bundles, "POST": send}
            case ["bundles", bundle]:
                return {"GET": lambda _: self._bundle(bundle)}
            case ["conversations"]:
                return {"GET": lambda _: self._store.rows([*chats.values()])}
            case ["conversations", chat]:
                return {"GET": lambda _: chats.get(chat)}
        return {}

    def _batches(self) -> Listing:
        made = (self._describe(each) for each in self._options.batches)
        rows = [each for each in (*made, *self._outbox.batches.values()) if each is not None]
        if not self._options.tags_in_lists:
            rows = [{**row, "tags": []} for row in rows]
        return self._store.rows(rows)

    def _batch(self, batch_id: str) -> Json | None:
        batch = self._outbox.batches.get(batch_id) or self._describe(batch_id)
        return batch and {**batch, **_summaries(self._store.batch(batch_id))}

    def _describe(self, batch_id: str) -> Json | None:
        """Describe a batch that nobody sent, after its first message."""
        listing = self._store.batch(batch_id)
        if listing is None:
            return None
        first: Json = next(iter(_messages(listing, 1)), {})
        shared = {name: first[name] for name in _SHARED if name in first}
        return {"id": batch_id, **shared, "status": "Sent", "deliveryWindows": [], "tags": []}

    def _cancel(self, batch_id: str) -> Answer | None:
        if self._store.batch(batch_id) is None:
            return None
        self._outbox.cancel(batch_id)
        return NO_CONTENT

    def _bundles(self, request: Request) -> Listing:
        made = filter(None, map(self._bundle, self._options.bundles))
        tag = request.query.get("tag")
        rows = [*made, *self._outbox.bundles.values()]
        return self._store.rows([row for row in rows if tag is None or tag in row["tags"]])

    def _bundle(self, bundle_id: str) -> Json | None:
        sent = self._outbox.bundles.get(bundle_id)
        if sent is None and self._store.bundle(bundle_id) is not None:
            return {"id": bundle_id, "brand": "iP1", "agent": "iP1", "tags": []}
        return sent

    def _send_once(self, payload: Json) -> Json | None:
        """Send a bundle, unless its `uniqueId` is known and that has to fail."""
        key = payload.get("uniqueId")
        for each in self._outbox.bundles.values():
            if key and each["uniqueId"] == key:
                return each if self._options.unique_id_twice == "same" else None
        return self._outbox.send_bundle(payload)

    def _send(self, check: Check, send: Callable[[Json], Json | None], request: Request) -> Answer:
        try:
            payload = json.loads(request.body)
        except ValueError:
            payload = None
        if not isinstance(payload, dict):
            return refusal(400, "A JSON object is required", request)
        problems = {name: [reason] for name, reason in check(payload).items()}
        if problems:
            return refusal(400, "The request was invalid", request, errors=problems)
        made = send(payload)
        if made is None:
            return refusal(409, "This uniqueId was used before", request)
        return Answer(201, encode(made))

    def _take(self, payload: Json) -> Json:
        sender, recipient, body = (payload[name] for name in _INCOMING)
        return self._outbox.receive(sender, recipient, body, payload.get("batchId"))

    def _block(self, payload: Json) -> Json:
        now = self._background.now()
        return _register(self._outbox.blacklist, "msisdn", payload["msisdn"], now)

    def _registered(self, entries: dict[str, Json], noun: str, rest: list[str]) -> Doors:
        match rest:
            case []:
                doors: Doors = {"GET": lambda _: self._store.rows([*entries.values()])}
                if noun == "msisdn":
                    doors["POST"] = partial(
                        self._send, partial(missing_texts, ["msisdn"]), self._block
                    )
                return doors
            case [name]:
                return {
                    "GET": lambda _: entries.get(name),
                    "PUT": lambda _: _register(entries, noun, name, self._background.now()),
                    "DELETE": lambda _: entries.pop(name, None) and NO_CONTENT,
                }
        return {}

    def _capabilities(self, number: str) -> Json:
        capable = key_of(self._options.seed, "capabilities", number) % 4 > 0
        return {"msisdn": number, "capable": capable, "features": [*_FEATURES] if capable else []}


def _register(entries: dict[str, Json], noun: str, name: str, moment: int) -> Json:
    """Make an entry, unless there is one; its time is printed without a zone."""
    return entries.setdefault(name, {noun: name, "created": timestamp(moment)[:-1]})


def _messages(listing: Listing, most: int) -> list[Json]:
    """Read the first messages of a list; the caller's own may hold anything."""
    rows = listing.read(range(min(listing.count(), most)))
    return [each for each in rows if isinstance(each, dict)]


def _summaries(listing: Listing | None) -> Json:
    messages = _messages(listing, listing.count()) if listing else []
    total = sum(float(each.get("price") or 0) for each in messages)
    prices: Json = {"total": round(total, 4), "average": round(total / max(len(messages), 1), 4)}
    prices["currency"] = next((each.get("currency") for each in messages), None)
    codes = count_codes(Counter(map(tally_of, messages)), "mt")
    return {"priceSummary": prices, "messageSummary": codes}
