import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import attrs
import pytest

from ip1_async import Client, ConfigurationError, Message
from ip1_async._http.limit import PriorityGate
from ip1_async.testing import Fault, Simulator
from ip1_async.webhooks import (
    DeliveryReport,
    NotTaken,
    Receiver,
    Seen,
    SQLiteSeen,
    UnverifiedReceiver,
    _receiver,
)

BATCH, NUMBER = "5bc86b6e85c7209830f96936", "46712345678"
SENT = {"created": "2026-01-01T10:00:00Z", "code": 101, "duration": 0}
ARRIVED = {"created": "2026-01-01T10:00:05.1234567Z", "code": 201, "duration": 1}
OUTGOING: dict[str, Any] = {
    "id": "m1",
    "batchId": BATCH,
    "sender": "iP1",
    "recipient": NUMBER,
    "body": "Hello",
    "direction": "mt",
    "segments": 1,
    "price": 0.5,
    "currency": "SEK",
    "statuses": [SENT, ARRIVED],
    "modified": "2026-01-01T10:00:05Z",
}
INCOMING: dict[str, Any] = {
    "id": "m2",
    "sender": NUMBER,
    "recipient": "iP1",
    "body": "Yes",
    "direction": "mo",
    "statuses": [],
    "modified": "2026-01-01T11:00:00Z",
}
REPORT = {"id": "m1", "batchId": BATCH, **ARRIVED, "price": 99, "recipient": "forged", "x": "y"}


def encoded(obj: Any) -> bytes:
    return json.dumps(obj).encode()


def sms(obj: dict[str, Any], **changes: Any) -> bytes:
    return encoded({**obj, **changes})


@attrs.define
class House:
    """A simulator, a receiver before it, and what its handlers got."""

    simulator: Simulator
    client: Client
    reports: list[DeliveryReport] = attrs.field(factory=list)
    messages: list[Message] = attrs.field(factory=list)
    others: list[Any] = attrs.field(factory=list)

    def receiver(self, **options: Any) -> Receiver:
        """Make one whose handlers write down what they get."""
        receiver = Receiver(self.client, **options)
        receiver.on_delivery_report(self.reports.append)
        receiver.on_incoming(self.messages.append)
        receiver.fallback(self.others.append)
        return receiver

    @property
    def reads(self) -> list[str]:
        """The paths that were asked for."""
        return [each.raw_path.partition("?")[0] for each in self.simulator.requests]


@pytest.fixture
async def house(make_client: Callable[..., Client]) -> AsyncIterator[House]:
    """Serve one batch and one conversation, in virtual time."""
    conversations = {NUMBER: [OUTGOING, INCOMING]}
    async with Simulator(conversations=conversations, batches={BATCH: [OUTGOING]}) as simulator:
        yield House(simulator, make_client(v2_url=simulator.v2_url))


async def test_a_report_says_what_the_api_says(house: House) -> None:
    """The handler gets the state of the message's own history, and nothing of the hook."""
    assert await house.receiver().answer(encoded(REPORT)) == HTTPStatus.OK
    (report,) = house.reports
    assert (report.recipient, report.price, report.currency) == (NUMBER, Decimal("0.5"), "SEK")
    assert (report.code, report.duration, report.batch_id) == (201, 1, BATCH)
    assert report.extra == {}
    assert house.reads == [f"/v2/batches/{BATCH}/messages/m1"]


async def test_an_incoming_message_is_looked_for_in_the_newest_page(house: House) -> None:
    """Without a batch one request for /mo finds it, and the handler gets that one's text."""
    receiver = house.receiver()
    assert await receiver.answer(sms(INCOMING, body="forged")) == HTTPStatus.OK
    assert [each.body for each in house.messages] == ["Yes"]
    assert house.reads == [f"/v2/conversations/{NUMBER}/mo"]
    assert await receiver.answer(sms(INCOMING, body="again")) == HTTPStatus.OK
    assert len(house.reads) == len(house.messages) == 1


@pytest.mark.parametrize("count", [400, 1000])
async def test_one_page_is_all_that_is_read(house: House, count: int) -> None:
    """A forged id in a long conversation costs one request."""
    house.simulator.conversations = {NUMBER: count}
    assert await house.receiver().answer(sms(INCOMING)) == HTTPStatus.NOT_FOUND
    assert len(house.reads) == 1


async def test_an_incoming_message_with_a_batch_is_read_by_it(house: House) -> None:
    """With a batch it is one request, too."""
    house.simulator.batches = {BATCH: [{**INCOMING, "batchId": BATCH}]}
    assert await house.receiver().answer(sms(INCOMING, batchId=BATCH)) == HTTPStatus.OK
    assert house.reads == [f"/v2/batches/{BATCH}/messages/m2"]
    assert [each.id for each in house.messages] == ["m2"]


@pytest.mark.parametrize("direction", [None, "sideways"])
async def test_an_outgoing_message_without_a_direction_is_not_incoming(
    house: House, direction: str | None
) -> None:
    """Where the message does not say which way it went, the list of incoming ones does."""
    unclear = {**OUTGOING, "direction": direction}
    house.simulator.batches = {BATCH: [unclear]}
    assert await house.receiver().answer(sms(unclear)) == HTTPStatus.NOT_FOUND
    assert not house.messages
    house.simulator.batches = {BATCH: [{**INCOMING, "batchId": BATCH, "direction": direction}]}
    assert await house.receiver().answer(sms(INCOMING, batchId=BATCH)) == HTTPStatus.OK
    assert [each.id for each in house.messages] == ["m2"]
    assert house.reads[-1] == f"/v2/conversations/{NUMBER}/mo"


@pytest.mark.parametrize("sender", [None, "å" * 9])
async def test_a_sender_that_cant_be_looked_up_confirms_nothing(
    house: House, sender: str | None
) -> None:
    """Without a direction and a usable sender nobody knows which way a message went."""
    house.simulator.batches = {BATCH: [{**INCOMING, "direction": None, "sender": sender}]}
    assert await house.receiver().answer(sms(INCOMING, batchId=BATCH)) == HTTPStatus.NOT_FOUND
    assert not house.messages


async def test_what_has_no_handler_goes_to_the_fallback(house: House) -> None:
    """The fallback gets the event in the words of the API, and may be async."""
    receiver = Receiver(house.client)

    @receiver.fallback
    async def other(event: Message | DeliveryReport) -> None:
        await asyncio.sleep(0)
        house.others.append(event)

    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    assert await receiver.answer(sms(INCOMING)) == HTTPStatus.OK
    assert [type(each) for each in house.others] == [DeliveryReport, Message]


async def test_a_receiver_needs_a_fallback(house: House) -> None:
    """Without one nothing is served; and nobody replaces a handler by accident."""
    receiver = Receiver(house.client)
    for ask in (receiver.asgi, receiver.aiohttp):
        with pytest.raises(ConfigurationError, match="fallback"):
            ask()
    with pytest.raises(ConfigurationError, match="fallback"):
        await receiver.answer(b"")
    with pytest.raises(ConfigurationError, match="already"):
        house.receiver().fallback(print)


@pytest.mark.parametrize(
    "hook",
    [
        REPORT | {"id": "m9"},
        REPORT | {"batchId": "b9"},
        REPORT | {"batchId": None},
        REPORT | {"id": "../m1"},
        REPORT | {"id": "x/../m1"},
        REPORT | {"id": ".."},
        REPORT | {"id": "m1?x=1#"},
        REPORT | {"id": "%2e%2e"},
        REPORT | {"id": "m" * 129},
        REPORT | {"id": "m1\r\nHost: x"},
        REPORT | {"batchId": f"{BATCH}/messages/m1?"},
        REPORT | {"batchId": "\ud800"},
        INCOMING | {"sender": "+"},
        INCOMING | {"sender": None},
        INCOMING | {"sender": "46700000000"},
        INCOMING | {"id": "m9"},
        INCOMING | {"id": "m1", "batchId": BATCH},
    ],
    ids=lambda hook: f"{hook['id'][:8]} {str(hook.get('batchId', hook.get('sender')))[:8]}",
)
async def test_what_the_api_does_not_know_is_404(house: House, hook: dict[str, Any]) -> None:
    """Forged ids reach no handler, whatever they try in a path; nor does an SMS of our own."""
    assert await house.receiver().answer(encoded(hook)) == HTTPStatus.NOT_FOUND
    assert not house.reports + house.messages + house.others
    assert len(house.reads) <= 1
    assert all(path.count("/") in (4, 5) for path in house.reads)


async def test_another_message_than_asked_for_is_404(house: House) -> None:
    """An answer that is about another message confirms nothing."""
    house.simulator.batches = {BATCH: [OUTGOING]}
    hook = REPORT | {"id": "M1"}
    assert await house.receiver().answer(encoded(hook)) == HTTPStatus.NOT_FOUND
    wrong_way = {**OUTGOING, "direction": "mo"}
    house.simulator.batches = {BATCH: [wrong_way]}
    assert await house.receiver().answer(encoded(REPORT)) == HTTPStatus.NOT_FOUND
    assert not house.reports


async def test_a_bad_request_is_unknown_too(house: House) -> None:
    """An id that the API refuses is none of its own."""
    house.simulator.faults = lambda _n, _request: Fault(status=400)
    assert await house.receiver().answer(encoded(REPORT)) == HTTPStatus.NOT_FOUND


async def test_a_client_that_cant_ask_is_503(
    house: House, make_client: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong setting of the client's own is no forged hook: iP.1 repeats, and the log says why."""
    receiver = Receiver(make_client(lambda: "", v2_url=house.simulator.v2_url))
    receiver.fallback(house.others.append)
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.SERVICE_UNAVAILABLE
    assert "token" in caplog.text
    assert not house.reads


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_an_api_that_cant_say_is_503(
    house: House, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The hook comes again later: it is one attempt, logged, and the repeat is handled."""
    house.simulator.faults = lambda _n, _request: Fault(status=status)
    receiver = house.receiver()
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.SERVICE_UNAVAILABLE
    assert len(house.reads) == 1
    assert not house.reports
    (record,) = caplog.messages
    assert "a hook could not be looked up: GET /v2/batches/{batch}/" in record
    assert str(status) in record
    house.simulator.faults = 0.0
    await asyncio.sleep(600)
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    assert len(house.reports) == 1


async def test_a_state_that_the_api_has_not_yet_comes_again(house: House) -> None:
    """A code that the history lacks, forged or early, is 503 until the API has it, too."""
    house.simulator.batches = {BATCH: [{**OUTGOING, "statuses": [SENT]}]}
    receiver = house.receiver()
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.SERVICE_UNAVAILABLE
    assert not house.reports
    house.simulator.batches = {BATCH: [OUTGOING]}
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    assert [each.code for each in house.reports] == [201]


async def test_the_same_code_of_a_later_time_comes_again(house: House) -> None:
    """Where the API has an earlier time only, that is handled; the later one, when it is there."""
    later = {**ARRIVED, "created": "2026-01-01T10:07:00Z"}
    receiver, hook = house.receiver(), encoded({**REPORT, **later})
    for _ in range(2):
        assert await receiver.answer(hook) == HTTPStatus.SERVICE_UNAVAILABLE
    assert [str(each.created)[14:19] for each in house.reports] == ["00:05"]
    house.simulator.batches = {BATCH: [{**OUTGOING, "statuses": [SENT, ARRIVED, later]}]}
    for _ in range(2):
        assert await receiver.answer(hook) == HTTPStatus.OK
    assert [str(each.created)[14:19] for each in house.reports] == ["00:05", "07:00"]


async def test_times_that_are_made_up_repeat_nothing(house: House) -> None:
    """One event is handled once, whatever time a forger gives it, and no memory fills up."""
    receiver = house.receiver(reads_per_second=100)
    for second in range(50):
        hook = {**REPORT, "created": f"2020-01-01T10:00:{second:02}Z"}
        assert await receiver.answer(encoded(hook)) == HTTPStatus.OK
    assert len(house.reports) == 1
    assert len(receiver._seen._added) == 2  # type: ignore[attr-defined]


async def test_several_states_of_one_message_are_several_events(house: House) -> None:
    """Every code is handled, in whatever order they come."""
    receiver = house.receiver()
    for state in (ARRIVED, SENT, ARRIVED):
        assert await receiver.answer(encoded({**REPORT, **state})) == HTTPStatus.OK
    assert [each.code for each in house.reports] == [201, 101]


async def test_garbage_and_too_much(house: House) -> None:
    """Garbage is 400, more than 64 KB is 413, and neither is read from the API."""
    receiver = house.receiver()
    assert await receiver.answer(b"{}") == HTTPStatus.BAD_REQUEST
    assert await receiver.answer(b"[" * 65_536) == HTTPStatus.BAD_REQUEST
    assert await receiver.answer(b"[" * 65_537) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert not house.reads


async def test_a_flood_costs_at_most_the_capped_reads(house: House) -> None:
    """Of 2,000 forged hooks in two seconds at most five a second are read, the others are 503."""
    receiver = house.receiver()
    answers: list[HTTPStatus] = []
    for step in range(20):
        hooks = [encoded(REPORT | {"id": f"f{step}-{each}"}) for each in range(100)]
        answers += await asyncio.gather(*map(receiver.answer, hooks))
        await asyncio.sleep(0.1)
    assert len(house.reads) <= 15
    assert 5 <= answers.count(HTTPStatus.NOT_FOUND) <= len(house.reads)
    assert set(answers) == {HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE}


def burst(house: House, count: int) -> list[bytes]:
    """Let so many messages arrive at once, and give their reports."""
    messages = [{**OUTGOING, "id": f"m{number}"} for number in range(count)]
    house.simulator.batches = {BATCH: messages}
    return [encoded(REPORT | {"id": each["id"]}) for each in messages]


async def test_a_burst_is_handled_before_it_comes_again(house: House) -> None:
    """What is over the cap is 503, looked up in turn, five a second, and then known."""
    receiver, hooks = house.receiver(), burst(house, 60)
    answers = await asyncio.gather(*map(receiver.answer, hooks))
    assert answers.count(HTTPStatus.SERVICE_UNAVAILABLE) == 55
    await asyncio.sleep(10)
    assert 45 <= len(house.reads) <= 55
    await asyncio.sleep(590)
    assert len(house.reports) == len(house.reads) == 60
    again = await asyncio.gather(*map(receiver.answer, hooks))
    assert set(again) == {HTTPStatus.OK}
    assert len(house.reads) == 60


async def test_the_burst_that_waits_is_bounded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the bound a hook waits for its repeat; the end of the client is the end of waiting."""
    monkeypatch.setattr(_receiver, "_MOST_WAITING", 2)
    receiver, hooks = house.receiver(), burst(house, 20)
    await asyncio.gather(*map(receiver.answer, hooks))
    await asyncio.sleep(60)
    assert len(house.reports) == 7
    await asyncio.gather(*map(receiver.answer, hooks))
    await receiver.aclose()
    await asyncio.sleep(60)
    assert len(house.reports) == 12


async def test_what_waits_takes_little_memory(house: House) -> None:
    """Of a hook that waits for its turn only what it is looked up by is kept."""
    receiver, filler = house.receiver(), "x" * 60_000
    await asyncio.gather(*map(receiver.answer, burst(house, 5)))
    for hook in (REPORT | {"id": "m6", "x": filler}, INCOMING | {"body": filler, "x": "y"}):
        assert await receiver.answer(encoded(hook)) == HTTPStatus.SERVICE_UNAVAILABLE
    assert len(receiver._waiting) == 2
    assert filler not in repr(receiver._waiting)
    await asyncio.sleep(10)
    assert [each.id for each in house.messages] == ["m2"]


async def test_reads_are_at_least_one_a_second(house: House) -> None:
    """Without any, nothing would ever be confirmed."""
    with pytest.raises(ConfigurationError, match="reads_per_second"):
        Receiver(house.client, reads_per_second=0)


async def test_a_flood_with_one_id_costs_no_more(house: House) -> None:
    """Hooks of one message wait for each other, and are capped together."""
    receiver = house.receiver()
    hooks = [encoded(REPORT | {"created": f"2020-01-01T00:00:00.{n:06}Z"}) for n in range(300)]
    answers = await asyncio.gather(*map(receiver.answer, hooks))
    assert answers.count(HTTPStatus.OK) == len(house.reads) == 5
    assert len(house.reports) == 1


async def test_hooks_that_cant_be_sent_use_up_no_reads(house: House) -> None:
    """Ids that no path can hold leave the reads to others."""
    receiver = house.receiver()
    for _ in range(20):
        assert await receiver.answer(encoded(REPORT | {"id": "x" * 200})) == HTTPStatus.NOT_FOUND
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK


async def test_simultaneous_duplicates_run_once(house: House) -> None:
    """While a handler runs, its repeats wait for it, and are then known."""
    receiver, running = Receiver(house.client), asyncio.Event()

    @receiver.fallback
    async def slow(event: Any) -> None:
        house.others.append(event)
        await running.wait()

    hooks = [asyncio.create_task(receiver.answer(encoded(REPORT))) for _ in range(20)]
    await asyncio.sleep(1)
    running.set()
    assert set(await asyncio.gather(*hooks)) == {HTTPStatus.OK}
    assert len(house.others) == len(house.reads) == 1
    assert not receiver._locks


async def test_a_handler_that_raises_is_called_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """It is 500, logged without number or text, and the repeat is handled; then it is known."""
    receiver, failures = Receiver(house.client), [RuntimeError("out of order")]

    @receiver.fallback
    def handle(event: Any) -> None:
        if failures:
            raise failures.pop()
        house.others.append(event)

    answers = [await receiver.answer(encoded(REPORT)) for _ in range(3)]
    assert answers == [HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.OK, HTTPStatus.OK]
    assert len(house.others) == 1
    assert "out of order" in caplog.text
    assert NUMBER not in caplog.text


async def test_a_handler_chooses_its_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """With NotTaken a handler says what iP.1 gets; nothing is logged, and the repeat is handled."""
    receiver, answers = Receiver(house.client), [HTTPStatus.BAD_GATEWAY]

    @receiver.fallback
    def handle(event: Any) -> None:
        if answers:
            raise NotTaken(answers.pop())

    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.BAD_GATEWAY
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    assert not caplog.records
    with pytest.raises(ValueError, match="400 or more"):
        NotTaken(200)


async def test_a_cancelled_hook_is_not_marked(house: House) -> None:
    """A hook whose server gave up is handled when it comes again."""
    receiver = Receiver(house.client)

    @receiver.fallback
    async def slow(event: Any) -> None:
        house.others.append(event)
        await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await receiver.answer(encoded(REPORT))
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    assert len(house.others) == 2


async def test_a_handler_that_waits_for_something_cancelled_is_500(house: House) -> None:
    """The hook was not cancelled: its handler failed, and is called again for the repeat."""
    receiver, lost = Receiver(house.client), asyncio.get_running_loop().create_future()
    lost.cancel()

    @receiver.fallback
    async def handle(event: Any) -> None:
        house.others.append(event)
        if len(house.others) == 1:
            await lost

    answers = [await receiver.answer(encoded(REPORT)) for _ in range(2)]
    assert answers == [HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.OK]


async def test_a_restart_forgets_nothing(house: House, tmp_path: Path) -> None:
    """With SQLiteSeen the next process knows what this one handled, and asks nobody."""
    for _ in range(2):
        seen = SQLiteSeen(tmp_path / "seen.db")
        receiver = house.receiver(seen=seen)
        assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
        await seen.aclose()
    assert len(house.reports) == len(house.reads) == 1
    assert NUMBER.encode() not in (tmp_path / "seen.db").read_bytes()


async def test_a_crash_before_the_mark_repeats(house: House) -> None:
    """A memory that fails after the handler gives 500: the event comes twice rather than never."""

    class Broken(Seen):
        async def has(self, key: str) -> bool:
            return False

        async def add(self, key: str) -> None:
            raise OSError("disk full")

    receiver = house.receiver(seen=Broken())
    assert await receiver.answer(encoded(REPORT)) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert len(house.reports) == 1
    await receiver.aclose()


async def test_calls_of_others_do_not_wait_for_hooks(
    house: House, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read for a hook is of low priority; the client's own calls stay as they are."""
    client = make_client(v2_url=house.simulator.v2_url, rate_limit=30)
    low: list[bool] = []
    acquire = PriorityGate.acquire

    async def note(self: PriorityGate, *, low_priority: bool) -> None:
        low.append(low_priority)
        await acquire(self, low_priority=low_priority)

    monkeypatch.setattr(PriorityGate, "acquire", note)
    receiver = Receiver(client)
    receiver.fallback(house.others.append)
    for hook in (REPORT, INCOMING):
        assert await receiver.answer(encoded(hook)) == HTTPStatus.OK
    await client.v2.batches.get_message(BATCH, "m1")
    assert low == [True, True, False]


async def test_unverified_says_what_the_hook_says() -> None:
    """Nothing is looked up; repeats are known all the same."""
    receiver, events = UnverifiedReceiver(), list[Any]()
    receiver.fallback(events.append)
    for _ in range(2):
        assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
    (report,) = events
    assert (report.price, report.extra) == (99, {"x": "y"})
    await receiver.aclose()


async def test_a_receiver_closes_what_it_remembers_in(tmp_path: Path) -> None:
    """The file of SQLiteSeen is closed with the receiver, and the file keeps what was in it."""
    for _ in range(2):
        seen, events = SQLiteSeen(tmp_path / "seen.db"), list[Any]()
        receiver = UnverifiedReceiver(seen=seen)
        receiver.fallback(events.append)
        assert await receiver.answer(encoded(REPORT)) == HTTPStatus.OK
        await receiver.aclose()
        assert seen._database is None
    assert not events


@pytest.mark.parametrize("secret", ["", "  ", "a/b", "s3cret\udcff"])
def test_a_secret_is_one_segment(secret: str) -> None:
    """A blank one would admit everybody, one with a slash or bytes that are no UTF-8 nobody."""
    with pytest.raises(ConfigurationError, match="segment"):
        UnverifiedReceiver(secret=secret)


@pytest.mark.parametrize(
    ("path", "admitted"),
    [
        ("/hooks/s3crèt", True),
        ("/s3crèt", True),
        ("s3crèt", True),
        ("/s3crèt/x", False),
        ("/s3cr", False),
        ("/", False),
        ("", False),
        ("/\ud800", False),
    ],
)
def test_the_last_segment_is_the_secret(path: str, *, admitted: bool) -> None:
    """The secret opens the door as the last segment of a path, and without one any path does."""
    assert UnverifiedReceiver(secret="s3crèt").admits(path) is admitted
    assert UnverifiedReceiver().admits(path)


def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a repr nor a log has it."""
    caplog.set_level(logging.DEBUG)
    receiver = UnverifiedReceiver(secret="s3cret")
    receiver.admits("/s3cret")
    assert "s3cret" not in repr(vars(receiver)) + caplog.text
