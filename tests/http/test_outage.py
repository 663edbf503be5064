"""Outages cost their length, and little is sent while they last."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from lists import FakeList
from virtual_time import run
from wire import Exchange, most_in_a_second, page_of, summary, timed

from ip1_async import (
    Client,
    ClientClosedError,
    IP1Error,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from ip1_async._http.call import Response, Target
from ip1_async.events import Event, Failure

Connect = Callable[[Exchange], None]
NUMBER = "46700000001"


async def refuse() -> None:
    await asyncio.sleep(0.01)
    raise TransportError("refused")


async def fail() -> None:
    await asyncio.sleep(0.2)
    raise ServerError("503")


async def hang() -> None:
    await asyncio.sleep(1e6)


KINDS = [refuse, fail, hang]


class OutageServer:
    """A server that is gone for some time; notes what was sent and when answers came."""

    def __init__(self, begin: float, end: float, outage: Callable[[], Awaitable[None]]) -> None:
        self.begin, self.end, self.outage = begin, end, outage
        self.pages = FakeList(list(range(20_000)))
        self.sent: list[float] = []
        self.answered: list[float] = []

    async def __call__(self, target: Target) -> Response:
        """Answer, or fail as in the outage."""
        now = asyncio.get_running_loop().time
        self.sent.append(now())
        if self.begin <= now() < self.end:
            await self.outage()
        await asyncio.sleep(0.05)
        self.answered.append(now())
        return page_of(self.pages, target) if target.low_priority else summary()

    @property
    def probes(self) -> list[float]:
        """The times of requests after the first ten seconds of the outage."""
        return [moment for moment in self.sent if self.begin + 10 < moment < self.end]

    def check_politeness(self) -> None:
        """Check that at most two probes start in a second, and at least one in two seconds."""
        assert len(self.probes) >= (self.end - self.begin - 10) / 2 - 1
        assert most_in_a_second(self.probes) <= 2
        assert all(later - earlier <= 2 for earlier, later in pairwise(self.probes))


def is_going_again_after(wire: Connect, server: OutageServer, **options: Any) -> float:
    """Stream through an outage; give the seconds from its end to the third page after it."""
    wire(server)

    async def stream() -> list[int]:
        client = timed(retry_for=120, **options)
        got = await client.v2.conversations.list_messages(NUMBER).collect()
        return [int(message.id) for message in got]

    assert run(stream()) == server.pages.ids
    assert most_in_a_second(server.sent) <= 30
    return sorted(moment for moment in server.answered if moment >= server.end)[2] - server.end


@pytest.mark.parametrize("outage", KINDS)
def test_a_stream_is_going_again_soon_after_an_outage(
    wire: Connect, outage: Callable[[], Awaitable[None]]
) -> None:
    """A stream goes on within 2 s of the server's return (median of 20), within the rate limit."""
    took = []
    for number in range(20):
        server = OutageServer(1.0, 6.0 + 55 * number / 19, outage)
        took.append(is_going_again_after(wire, server, seed=number, timeout=4.0))
    assert median(took) <= 2


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("outage", KINDS)
def test_little_is_sent_in_an_outage(
    wire: Connect, outage: Callable[[], Awaitable[None]], concurrency: int
) -> None:
    """After ten seconds a probe starts every 0.5 to 2 s, even beside those that hang."""
    server = OutageServer(1.0, 61.0, outage)
    is_going_again_after(wire, server, concurrency=concurrency, timeout=7.0)
    server.check_politeness()


@pytest.mark.parametrize("outage", [refuse, hang])
def test_a_single_call_probes_beside_its_own_hanging_request(
    wire: Connect, outage: Callable[[], Awaitable[None]]
) -> None:
    """One call alone does not wait for its timeout to see that the server is back."""
    server = OutageServer(0.0, 50.0, outage)
    wire(server)

    async def call() -> float:
        await timed(retry_for=100, timeout=30).v2.conversations.get_summary("x")
        return asyncio.get_running_loop().time()

    assert run(call()) <= 52.1
    if outage is refuse:
        server.check_politeness()


@pytest.mark.parametrize("rate_limit", [30.0, None])
@pytest.mark.parametrize(
    ("gone", "ends"), [(8.0, 10.1), (30.0, 32.1), (1e6, 60 + 5)], ids=["8 s", "30 s", "for good"]
)
def test_many_calls_end_in_time_too(
    wire: Connect, gone: float, ends: float, rate_limit: float | None
) -> None:
    """500 calls in an outage succeed soon after it, or all end by `retry_for + timeout`."""
    server = OutageServer(0.0, gone, refuse)
    wire(server)

    async def gather() -> None:
        client = timed(timeout=5.0, retry_for=60.0, rate_limit=rate_limit)
        calls = (client.v2.conversations.get_summary("x") for _ in range(500))
        results = await asyncio.gather(*calls, return_exceptions=True)
        failed = [result for result in results if isinstance(result, TransportError)]
        assert len(failed) == (500 if gone > 1e3 else 0)
        catching_up = 0 if rate_limit is None else 500 / 25
        assert asyncio.get_running_loop().time() <= ends + catching_up

    run(gather())
    assert not server.probes or most_in_a_second(server.probes) <= 2


def test_a_call_that_begins_in_an_outage_waits_like_the_others(wire: Connect) -> None:
    """Fresh calls do not hammer the server; unsent for `retry_for` seconds, they say so."""
    server = OutageServer(0.0, 1e6, refuse)
    wire(server)

    async def go() -> list[Any]:
        client = timed(retry_for=30.0)
        first = asyncio.ensure_future(client.v2.conversations.get_summary("x"))
        calls = []
        for _ in range(200):
            await asyncio.sleep(0.1)
            calls.append(asyncio.ensure_future(client.v2.conversations.get_summary("x")))
        return await asyncio.gather(first, *calls, return_exceptions=True)

    errors = run(go())
    assert {type(error) for error in errors} == {TransportError}
    assert any(error.attempts == 0 and "not sent" in str(error) for error in errors)
    assert most_in_a_second([moment for moment in server.sent if moment > 10]) <= 2


def test_a_call_that_never_retries_does_not_wait(wire: Connect) -> None:
    """With `retry_for=0` it is sent at once, and fails after its one attempt."""
    server = OutageServer(0.0, 1e6, refuse)
    wire(server)

    async def go() -> None:
        client = timed(retry_for=30.0)
        patient = asyncio.ensure_future(client.v2.conversations.get_summary("x"))
        await asyncio.sleep(10)
        now = asyncio.get_running_loop().time()
        with pytest.raises(TransportError) as caught:
            await client.with_options(retry_for=0).v2.conversations.get_summary("x")
        assert caught.value.attempts == 1
        assert asyncio.get_running_loop().time() - now < 0.02
        await asyncio.gather(patient, return_exceptions=True)

    run(go())


@pytest.mark.parametrize("outage", [refuse, hang])
@pytest.mark.parametrize("seed", range(5))
def test_a_cancelled_call_hands_the_probe_on(
    wire: Connect, outage: Callable[[], Awaitable[None]], seed: int
) -> None:
    """If calls are cancelled, even the one that probes, the others continue as soon as usual."""
    server = OutageServer(0.0, 40.0, outage)
    wire(server)

    async def go() -> None:
        chance = random.Random(seed)
        client = timed(seed, retry_for=100.0, timeout=3.0)
        calls = [asyncio.ensure_future(client.v2.conversations.get_summary("x")) for _ in range(20)]
        while len(calls) > 1:
            await asyncio.sleep(chance.random() * 2)
            calls.pop(chance.randrange(len(calls))).cancel()
        await calls[0]
        assert asyncio.get_running_loop().time() <= 42.1

    run(go())
    assert all(later - earlier <= 2.01 for earlier, later in pairwise(server.probes))


async def errors_of_twenty_calls() -> list[BaseException]:
    """Send as many calls at once, with patience for a minute, and give what they raise."""
    client = timed(retry_for=60.0)
    calls = (client.v2.conversations.get_summary("x") for _ in range(20))
    results = await asyncio.gather(*calls, return_exceptions=True)
    return [result for result in results if isinstance(result, BaseException)]


@pytest.mark.parametrize("kind", [NotFoundError, TransportError])
def test_a_refusal_is_an_answer(wire: Connect, kind: type[IP1Error]) -> None:
    """A failure that stays is one call's own; it shows the others that the server is back."""
    refused: list[float] = []

    def now() -> float:
        return asyncio.get_running_loop().time()

    async def exchange(target: Target) -> Response:
        if now() < 20:
            await refuse()
        if not refused:
            refused.append(now())
            error = kind("no")
            if isinstance(error, TransportError):
                error.transient = False
            raise error
        return summary()

    wire(exchange)

    async def go() -> None:
        assert [type(error) for error in await errors_of_twenty_calls()] == [kind]
        assert now() < refused[0] + 0.1

    run(go())


def test_a_wait_that_the_server_asks_for_is_kept(wire: Connect) -> None:
    """Also in an outage, nothing is sent before the wait that the server asked for is over."""
    sent: list[float] = []

    async def exchange(target: Target) -> Response:
        now = asyncio.get_running_loop().time()
        sent.append(now)
        if now < 10:
            raise ServerError("503")
        if now < 40:
            error = RateLimitError("429")
            error.retry_after = 30.0
            raise error
        return summary()

    wire(exchange)

    async def go() -> None:
        assert not await errors_of_twenty_calls()

    run(go())
    asked = next(moment for moment in sent if moment >= 10)
    assert not [moment for moment in sent if asked < moment < asked + 30]


def test_waiting_for_the_limit_counts_for_no_deadline(wire: Connect) -> None:
    """A limiter that takes longer than `retry_for` ends nobody's patience, in an outage either."""
    server = OutageServer(0.0, 100.0, refuse)
    wire(server)

    class Slow:
        async def acquire(self) -> None:
            await asyncio.sleep(20)

        async def pause(self, seconds: float) -> None: ...

    async def go() -> None:
        client = timed(retry_for=10.0, rate_limit=Slow())
        await asyncio.gather(*(client.v2.conversations.get_summary("x") for _ in range(3)))

    run(go())
    assert all(later - earlier >= 20 for earlier, later in pairwise(server.sent))


def test_an_error_of_the_callers_code_is_one_calls_own(wire: Connect) -> None:
    """What a token function raises while probing passes to its call; the others go on."""
    server = OutageServer(0.0, 20.0, refuse)
    wire(server)
    mistakes = [LookupError("no such secret")]

    def token() -> str:
        if mistakes and asyncio.get_running_loop().time() > 10:
            raise mistakes.pop()
        return "token"

    async def go() -> list[Any]:
        client = timed(token=token, retry_for=60.0)
        calls = (client.v2.conversations.get_summary("x") for _ in range(5))
        return await asyncio.gather(*calls, return_exceptions=True)

    results = run(go())
    assert [type(result) for result in results if isinstance(result, Exception)] == [LookupError]


def test_a_bug_is_one_calls_own(wire: Connect) -> None:
    """An error that is no failure of the network passes through a probe unchanged."""

    async def exchange(target: Target) -> Response:
        if asyncio.get_running_loop().time() < 5:
            await refuse()
        raise LookupError("a bug")

    wire(exchange)

    async def go() -> None:
        with pytest.raises(LookupError, match="a bug"):
            await timed(retry_for=60.0).v2.conversations.get_summary("x")

    run(go())


async def test_a_client_closed_in_an_outage_ends_its_calls(
    wire: Connect, make_client: Callable[..., Client]
) -> None:
    """Calls that wait in an outage raise ClientClosedError when the client is closed."""
    wire(OutageServer(0.0, 1e6, refuse))
    client = make_client(retry_for=600)
    calls = [asyncio.ensure_future(client.v2.conversations.get_summary("x")) for _ in range(5)]
    await asyncio.sleep(20)
    await client.aclose()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {ClientClosedError}


async def test_a_failed_probe_tells_when_the_next_one_comes(
    wire: Connect, make_client: Callable[..., Client]
) -> None:
    """The `delay` of a failure is the time until the next request; the last failure comes once."""
    told: list[Event] = []
    wire(OutageServer(0.0, 1e6, refuse))
    client = make_client(retry_for=20, on_event=told.append)
    with pytest.raises(TransportError) as caught:
        await client.v2.conversations.get_summary("x")
    failures = [event for event in told if isinstance(event, Failure)]
    assert len(failures) == caught.value.attempts
    assert all(0 < (failure.delay or 0) <= 2 for failure in failures)
