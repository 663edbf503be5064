"""The events of a client, for a function and in the log."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from clock import FakeClock
from lists import FakeList, numbers

from ip1_async import (
    Client,
    ClientClosedError,
    ConfigurationError,
    Event,
    NotFoundError,
    ServerError,
    Stats,
)
from ip1_async.events import (
    Attempt,
    CallBegan,
    CallEnded,
    Failure,
    PageRead,
    Paused,
    Shift,
    Waiting,
)
from ip1_async.testing import Fault, Simulator

NUMBER = "46712345678"
TOKEN = "canary-token"
ROUTE = "/v2/conversations/{participant}"
SUMMARY = f"{ROUTE}/summary"
LOST = Fault(reset="before")


def simulator(*faults: Fault | None, **options: Any) -> Simulator:
    """Make a server whose first answers go wrong."""
    return Simulator(conversations={NUMBER: 1_000}, faults=faults, **options)


def inside(told: list[Event]) -> list[Event]:
    """Leave out where calls begin and end."""
    return [event for event in told if not isinstance(event, CallBegan | CallEnded)]


async def test_a_retried_call_tells_its_story(make_client: Callable[..., Client]) -> None:
    """Each attempt has its number, and a failure says what it was and when the next one comes."""
    told: list[Event] = []
    async with simulator(Fault(status=503)) as sim:
        await make_client(v2_url=sim.v2_url, on_event=told.append).v2.conversations.get_summary(
            NUMBER
        )
    first, failure, second = inside(told)
    assert (first, second) == (Attempt(SUMMARY, 1), Attempt(SUMMARY, 2))
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ServerError)
    assert (failure.route, failure.delay, failure.error.attempts) == (SUMMARY, 0.5, 1)


async def test_events_of_one_call_have_its_number(make_client: Callable[..., Client]) -> None:
    """Calls at the same time begin, are tried, fail and end each under a number of its own."""
    told: list[Event] = []
    async with simulator(*[Fault(status=503)] * 5) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=told.append, rate_limit=100)
        await asyncio.gather(*(client.v2.conversations.get_summary(NUMBER) for _ in range(5)))
    stories: dict[int, list[str]] = {}
    for event in told:
        if isinstance(event, CallBegan | Attempt | Failure | CallEnded):
            stories.setdefault(event.call, []).append(type(event).__name__)
    story = ["CallBegan", "Attempt", "Failure", "Attempt", "CallEnded"]
    assert list(stories.values()) == [story] * 5
    assert str(told[0]) == f"GET {SUMMARY}: began"
    assert str(told[-1]) == f"GET {SUMMARY}: answered"


async def test_a_cancelled_call_ends(make_client: Callable[..., Client]) -> None:
    """Its end says that it was cancelled, and is the last that is heard of it."""
    told: list[Event] = []
    async with simulator(Fault(hang=True)) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=told.append)
        call = asyncio.ensure_future(client.v2.conversations.get_summary(NUMBER))
        while len(told) < 2:  # noqa: ASYNC110  # the client's events are what is watched
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.wait([call])
    assert [type(event) for event in told] == [CallBegan, Attempt, CallEnded]
    assert str(told[-1]) == f"GET {SUMMARY}: CancelledError"


async def test_giving_up_has_no_delay(make_client: Callable[..., Client]) -> None:
    """The last failure is the error that is raised."""
    told: list[Event] = []
    async with simulator(Fault(status=503)) as sim:
        client = make_client(v2_url=sim.v2_url, retry_for=0, on_event=told.append)
        with pytest.raises(ServerError) as caught:
            await client.v2.conversations.get_summary(NUMBER)
    assert inside(told) == [Attempt(SUMMARY, 1), Failure(SUMMARY, caught.value, None)]


async def test_a_request_on_a_dead_connection_fails_as_any_other(
    make_client: Callable[..., Client],
) -> None:
    """A lost GET is a failure with a retry; aiohttp does not repeat it silently."""
    told: list[Event] = []
    async with simulator(None, LOST) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=told.append)
        for _ in range(2):
            await client.v2.conversations.get_summary(NUMBER)
        assert len(sim.requests) == 3
    first, second, failure, third = inside(told)
    assert isinstance(failure, Failure)
    assert (failure.delay, failure.error.attempts) == (0.5, 1)
    attempts = [Attempt(SUMMARY, 1), Attempt(SUMMARY, 1), Attempt(SUMMARY, 2)]
    assert [first, second, third] == attempts


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize(
    "faults",
    [
        0.05,
        0.2,
        [LOST] * 7,
        [Fault(reset="inside"), Fault(truncate=True), Fault(status=429), LOST, LOST] * 9,
        [None, Fault(hang=True), None, LOST, Fault(hang=True)] * 2,
    ],
    ids=["5 %", "20 %", "lost", "mixed", "silent"],
)
async def test_attempts_are_what_the_server_sees(
    faults: Any, limited: bool, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """The attempts are as many as the requests that arrive, retries included."""
    stats = Stats()
    limit = clock.limiter(10_000) if limited else None
    async with Simulator(conversations={NUMBER: 3_000}, faults=faults) as sim:
        client = make_client(
            v2_url=sim.v2_url, on_event=stats, rate_limit=limit, timeout=3, retry_for=600
        )
        conversations = client.v2.conversations
        pagers = [conversations.list_messages(NUMBER, page_size=50) for _ in range(2)]
        lists = await asyncio.gather(*(pager.collect() for pager in pagers))
        await asyncio.gather(*(conversations.get_summary(NUMBER) for _ in range(20)))
        assert [len(messages) for messages in lists] == [3_000, 3_000]
        assert stats.attempts == len(sim.requests)
    assert stats.items == 6_000
    assert 0 < stats.failures == stats.retries < stats.attempts
    assert (stats.pauses > 0) <= limited


async def test_a_closed_client_tells_of_no_attempt(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A call that gets its permission after the end is not sent, and says so."""
    told: list[Event] = []
    limiter = clock.limiter(1)
    await limiter.acquire()
    client = make_client(rate_limit=limiter, on_event=told.append)
    call = asyncio.ensure_future(client.v2.conversations.get_summary(NUMBER))
    await asyncio.sleep(0.1)
    await client.aclose()
    with pytest.raises(ClientClosedError) as caught:
        await call
    assert [type(event) for event in inside(told)] == [Waiting, Failure]
    assert inside(told)[-1] == Failure(SUMMARY, caught.value, None)
    assert caught.value.attempts == 0


# The limit.


async def test_a_wait_for_the_limit_is_told(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A wait for the limit is an event, with its seconds, just before the attempt."""
    told: list[Event] = []
    limit = clock.limiter(1)
    async with simulator() as sim:
        client = make_client(v2_url=sim.v2_url, rate_limit=limit, on_event=told.append)
        for _ in range(2):
            await client.v2.conversations.get_summary(NUMBER)
    first, waited, second = inside(told)
    assert isinstance(waited, Waiting)
    assert waited.route == SUMMARY
    assert waited.seconds == pytest.approx(1.1)
    assert [first, second] == [Attempt(SUMMARY, 1)] * 2


def asks(*seconds: float) -> list[Fault]:
    """Refuse once for each of these times."""
    return [Fault(status=429, headers={"Retry-After": str(each)}) for each in seconds]


@pytest.mark.parametrize(
    ("faults", "pauses"),
    [
        (asks(7), [7]),
        (asks(86_400), [120]),
        (asks(*[2] * 16), [2]),
        (asks(*[2] * 8, 30, *[2] * 7), [2, 30]),
        ([Fault(status=429)], [1]),
        ([Fault(status=503)], []),
    ],
)
async def test_a_pause_is_told_once(
    faults: list[Fault], pauses: list[float], make_client: Callable[..., Client]
) -> None:
    """Sixteen refusals at once are one pause, unless one of them asks for much more."""
    told: list[Event] = []

    class Limit:
        async def acquire(self) -> None: ...

        async def pause(self, seconds: float) -> None: ...

    async with simulator(*faults) as sim:
        client = make_client(
            v2_url=sim.v2_url, rate_limit=Limit(), on_event=told.append, retry_for=0
        )
        calls = (client.v2.conversations.get_summary(NUMBER) for _ in faults)
        await asyncio.gather(*calls, return_exceptions=True)
    assert [event.seconds for event in told if isinstance(event, Paused)] == pauses


async def test_without_a_limit_nobody_is_paused(make_client: Callable[..., Client]) -> None:
    """Without a limit, a refusal pauses only its own call."""
    stats = Stats()
    async with simulator(*asks(1)) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=stats)
        await client.v2.conversations.get_summary(NUMBER)
    assert stats == Stats(attempts=2, failures=1, retries=1)


# Pages.


async def test_each_page_tells_what_it_brought() -> None:
    """A page is an event with its offset and the number of its new items."""
    server = FakeList(list(range(25)))
    pager = server.pager(page_size=10, max_items=24)
    assert len(await pager.collect()) == 24
    assert server.events == [
        PageRead("/list", 0, 10),
        PageRead("/list", 9, 9),
        PageRead("/list", 18, 5),
    ]


async def test_a_list_that_moves_is_told() -> None:
    """A shift is an event with the offset where the pager was."""
    server = FakeList(list(range(40)))
    pager = server.pager(page_size=10, concurrency=1)
    items = [await anext(pager) for _ in range(10)]
    del server.ids[:5]
    items += await pager.collect()
    assert numbers(items) == list(range(40))
    moved = [event for event in server.events if isinstance(event, Shift)]
    assert moved == [Shift("/list", 10)]
    assert pager.shifts == 1


async def test_an_empty_conversation_is_no_failure(make_client: Callable[..., Client]) -> None:
    """The 404 of an empty conversation is no failure; the 404 of a batch is one."""
    stats, told = Stats(), list[Event]()
    async with Simulator() as sim:
        client = make_client(v2_url=sim.v2_url, on_event=stats)
        assert await client.v2.conversations.list_messages(NUMBER).collect() == []
        assert stats == Stats(attempts=1, pages=1)
        client = make_client(v2_url=sim.v2_url, on_event=told.append)
        with pytest.raises(NotFoundError):
            await client.v2.batches.list_messages("none").collect()
    assert [type(event) for event in inside(told)] == [Attempt, Failure]


# Who listens.


async def test_stats_count_each_event() -> None:
    """`Stats` ignores an event that it does not know."""
    error = ServerError("503")
    stats = Stats()
    events: list[Any] = [
        Attempt("/r", 1),
        Failure("/r", error, 0.5),
        Failure("/r", error, None),
        Waiting("/r", 1.25),
        Waiting("/r", 0.5),
        Paused("/r", 1),
        PageRead("/r", 0, 200),
        PageRead("/r", 199, 50),
        Shift("/r", 9),
        "another",
    ]
    for event in events:
        stats(event)
    assert stats == Stats(
        attempts=1, failures=2, retries=1, waited=1.75, pauses=1, pages=2, items=250, shifts=1
    )


async def test_copies_and_clients_share_a_listener(make_client: Callable[..., Client]) -> None:
    """`with_options` keeps it, and one object may listen to several clients."""
    stats = Stats()
    async with simulator() as sim:
        one, other = (make_client(v2_url=sim.v2_url, on_event=stats) for _ in range(2))
        for client in (one, one.with_options(timeout=5), other):
            await client.v2.conversations.get_summary(NUMBER)
    assert stats == Stats(attempts=3)


async def test_what_a_listener_raises_changes_nothing(
    make_client: Callable[..., Client], clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An error of `on_event` is logged with its traceback, and the call goes on."""

    def fail(_: Event) -> None:
        raise StopAsyncIteration("my own mistake")

    async with simulator(Fault(status=503), *asks(1)) as sim:
        limit = clock.limiter(10_000)
        client = make_client(v2_url=sim.v2_url, rate_limit=limit, on_event=fail)
        messages = await client.v2.conversations.list_messages(NUMBER).collect()
    assert len(messages) == 1_000
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {record.message for record in failed} == {"on_event failed"}
    assert len(failed) > 8
    assert "my own mistake" in caplog.text


async def listen(_: Event) -> None:
    """A function that a client would have to await."""


@pytest.mark.parametrize("on_event", [listen, 5, "print"])
def test_what_can_not_listen_is_refused(on_event: Any) -> None:
    """An `on_event` that is async, or no function, is a ConfigurationError."""
    with pytest.raises(ConfigurationError, match=r"^on_event: "):
        Client("token", on_event=on_event)


# The log.


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (Attempt("/r", 2), "DEBUG", "GET /r: attempt 2"),
        (Failure("/r", ServerError("503"), 0.51), "INFO", "503; next attempt in 0.51 s"),
        (Failure("/r", ServerError("503"), None), "INFO", "503; given up"),
        (Waiting("/r", 1.0999), "DEBUG", "GET /r: waited 1.1 s for the rate limit"),
        (Paused("/r", 30), "WARNING", "GET /r: the server asks for less; all wait for 30 s"),
        (PageRead("/r", 199, 7), "DEBUG", "GET /r: 7 new items from offset 199"),
        (Shift("/r", 199), "INFO", "GET /r: the list moved at offset 199, and is rejoined"),
    ],
)
async def test_the_log_says_the_same(
    event: Event, level: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each event is one record of the logger `ip1_async`, at its level."""
    caplog.set_level(logging.DEBUG)
    Client("token")._transport.emit(type(event), **attrs.asdict(event, recurse=False))
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("ip1_async", level, text)
    ]


async def test_nothing_told_shows_a_secret(
    make_client: Callable[..., Client], clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """No event and no field of a log record has token, number, id or text, even if echoed."""
    caplog.set_level(1)
    told: list[Event] = []
    ids = ["canary-batch", "canary-message", "canary-bundle"]
    echo = f"{TOKEN} {NUMBER} canary text {' '.join(ids)}".encode()
    faults = [Fault(status=status, body=echo, headers={"X": TOKEN}) for status in (404, 429, 500)]

    def listen_and_fail(event: Event) -> None:
        told.append(event)
        raise ValueError

    async with Simulator(faults=[*faults, Fault(body=echo), LOST] * 8) as sim:
        client = make_client(
            TOKEN,
            v2_url=sim.v2_url,
            v3_url=sim.v3_url,
            rate_limit=clock.limiter(10_000),
            retry_for=0,
            on_event=listen_and_fail,
        )
        v2, v3 = client.v2, client.v3
        for _ in range(6):
            calls = [
                v2.conversations.get_summary(NUMBER),
                v2.conversations.list_messages(NUMBER).collect(),
                v2.batches.list_messages(ids[0]).collect(),
                v2.batches.get_message(ids[0], ids[1]),
                v3.bundles.list_messages(ids[2]).collect(),
            ]
            await asyncio.gather(*calls, return_exceptions=True)
    assert {type(event) for event in told} >= {Attempt, Failure, Paused}
    records = [f"{vars(record)}" for record in caplog.records if record.name == "ip1_async"]
    assert len(records) == 2 * len(told)
    text = caplog.text + "".join([*records, *map(str, told), *map(repr, told)])
    for secret in (TOKEN, NUMBER, "canary text", *ids):
        assert secret not in text
