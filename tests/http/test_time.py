"""What takes minutes: outages, long queues, and the limit as the server sees it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from clock import timed_client
from lists import FakeList
from multidict import CIMultiDict
from virtual_time import run

from ip1_async import Client, Message, RateLimiter, RateLimitError, ServerError, TransportError
from ip1_async._http.clock import Clock
from ip1_async._http.transport import Response, Target, Transport

Exchange = Callable[[Target], Awaitable[Response]]


def answer_of(server: FakeList, target: Target) -> Response:
    """Serve a page of a list as the API would."""
    query = target.url.query
    start, limit = int(query["start"]), int(query["limit"])
    ids = server.ids[start : start + limit]
    links = f'<?start={(len(server.ids) - 1) // limit * limit}>; rel="last"'
    if start + limit < len(server.ids):
        links += f', <?start={start + limit}>; rel="next"'
    body = "[" + ",".join(f'{{"id":"{item}"}}' for item in ids) + "]"
    return Response(CIMultiDict({"Link": links}), body.encode())


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exchange], None]:
    """Put a function where the socket would be; permission and timeout stay real."""

    def put(exchange: Exchange) -> None:
        async def replaced(self: Transport, call: Any, middleware: Any) -> Response:
            async def handler(_: Any) -> Any:
                return await exchange(call.target)

            return await middleware(None, handler)  # type: ignore[no-any-return]

        monkeypatch.setattr(Transport, "_exchange", replaced)
        monkeypatch.setattr(Transport, "_open", lambda self: None)

    return put


def timed(seed: int = 1, **options: Any) -> Client:
    """Make a client that lives in the running loop's time."""
    now = asyncio.get_running_loop().time
    return timed_client(Clock(now, random=random.Random(seed).random))("token", **options)


def most_in_a_second(moments: list[float]) -> int:
    """Count the arrivals in the busiest 1.000 s."""
    moments = sorted(moments)
    return max(sum(a <= b < a + 1.0 for b in moments[i : i + 60]) for i, a in enumerate(moments))


@pytest.mark.parametrize("failure", [TransportError("refused"), ServerError("503")])
def test_an_outage_costs_time_and_is_waited_out_politely(
    wire: Callable[[Exchange], None], failure: Exception
) -> None:
    """A server gone for a minute costs a stream nothing but that; two retries a second at most."""
    server = FakeList(list(range(20_000)))
    sent: list[float] = []

    async def stream() -> list[Message]:
        now = asyncio.get_running_loop().time

        async def exchange(target: Target) -> Response:
            await asyncio.sleep(0.05)
            if 1 < now() < 61:
                sent.append(now())
                raise type(failure)(*failure.args)
            return answer_of(server, target)

        wire(exchange)
        client = timed(retry_for=120)
        got = await client.v2.conversations.list_messages("46700000001").collect()
        assert now() < 61 + 20 + 10
        return got

    assert [int(message.id) for message in run(stream())] == server.ids
    late = [moment for moment in sent if moment > 1 + 10]
    assert len(late) > 10
    assert most_in_a_second(late) <= 2


@pytest.mark.parametrize("jitter", [0.0, 0.02, 0.1])
def test_the_limit_holds_at_the_server(wire: Callable[[Exchange], None], jitter: float) -> None:
    """At most 30 arrive in any second, delayed and retried, and at least 26 get through."""
    arrivals: list[float] = []
    delays = random.Random(1)

    async def gather() -> float:
        now = asyncio.get_running_loop().time

        async def exchange(target: Target) -> Response:
            await asyncio.sleep(delays.random() * jitter)
            arrivals.append(now())
            await asyncio.sleep(0.3)
            if delays.random() < 0.05:
                raise TransportError("reset")
            return Response(CIMultiDict(), b'{"participant": "x"}')

        wire(exchange)
        client = timed()
        summaries = [client.v2.conversations.get_summary("x") for _ in range(1_500)]
        await asyncio.gather(*summaries)
        return now()

    run(gather())
    assert most_in_a_second(arrivals) <= 30
    assert sum(moment < 50 for moment in arrivals) / 50 >= 26


def test_clients_may_share_a_limit(wire: Callable[[Exchange], None]) -> None:
    """Three clients on one limiter send together what one may send alone."""
    arrivals: list[float] = []

    async def gather() -> None:
        now = asyncio.get_running_loop().time

        async def exchange(target: Target) -> Response:
            arrivals.append(now())
            return Response(CIMultiDict(), b'{"participant": "x"}')

        wire(exchange)
        shared = RateLimiter(30, clock=Clock(now))
        clients = [Client("token", rate_limit=shared) for _ in range(3)]
        calls = (c.v2.conversations.get_summary("x") for _ in range(50) for c in clients)
        await asyncio.gather(*calls)

    run(gather())
    assert len(arrivals) == 150
    assert most_in_a_second(arrivals) == 30


def test_waiting_for_the_limit_is_no_timeout(wire: Callable[[Exchange], None]) -> None:
    """2,000 calls at once under 30 per second all succeed, though the last waits over a minute."""

    async def gather() -> float:
        async def exchange(target: Target) -> Response:
            await asyncio.sleep(0.2)
            return Response(CIMultiDict(), b'{"participant": "x"}')

        wire(exchange)
        client = timed(timeout=5.0, retry_for=10.0)
        summaries = (client.v2.conversations.get_summary("x") for _ in range(2_000))
        assert len(await asyncio.gather(*summaries)) == 2_000
        return asyncio.get_running_loop().time()

    assert run(gather()) > 60


@pytest.mark.parametrize(("asked", "sent_again"), [(3.0, 3.0), (500.0, None), (None, 0.0)])
def test_a_429_pauses_everybody(
    wire: Callable[[Exchange], None], asked: float | None, sent_again: float | None
) -> None:
    """Nobody on the limiter sends before the moment named; too long a wait fails at once."""
    arrivals: list[float] = []

    async def pause() -> None:
        now = asyncio.get_running_loop().time

        async def exchange(target: Target) -> Response:
            arrivals.append(now())
            if len(arrivals) == 1:
                error = RateLimitError("429")
                error.retry_after = asked
                raise error
            return Response(CIMultiDict(), b'{"participant": "x"}')

        wire(exchange)
        client = timed()
        first = asyncio.ensure_future(client.v2.conversations.get_summary("a"))
        await asyncio.sleep(0.001)
        if sent_again is None:
            with pytest.raises(RateLimitError) as caught:
                await first
            assert caught.value.retry_after == asked
            assert now() < 1
            await client.v2.conversations.get_summary("b")
            assert 119 < arrivals[1] < 121, "the pause for everybody is capped"
        else:
            await asyncio.gather(first, client.v2.conversations.get_summary("b"))
            assert arrivals[1] >= (sent_again or 1.0)

    run(pause())


@pytest.mark.parametrize(("gone", "ends"), [(8.0, 8 + 21), (30.0, 30 + 21), (1e6, 5 + 60 + 5)])
def test_many_calls_end_in_time_too(
    wire: Callable[[Exchange], None], gone: float, ends: float
) -> None:
    """500 calls in an outage succeed soon after it, or all end by `retry_for + timeout`."""

    async def gather() -> None:
        now = asyncio.get_running_loop().time
        sent: list[float] = []

        async def exchange(target: Target) -> Response:
            sent.append(now())
            if now() < gone:
                raise TransportError("refused")
            return Response(CIMultiDict(), b'{"participant": "x"}')

        wire(exchange)
        client = timed(timeout=5.0, retry_for=60.0, rate_limit=None)
        calls = (client.v2.conversations.get_summary("x") for _ in range(500))
        results = await asyncio.gather(*calls, return_exceptions=True)
        failed = [result for result in results if isinstance(result, TransportError)]
        assert len(failed) == (500 if gone > 1e3 else 0)
        assert now() <= ends
        late = [moment for moment in sent if 30 < moment < gone]
        assert not late or most_in_a_second(late) <= 2

    run(gather())


@pytest.mark.parametrize("retry_for", [0.0, 5.0, 60.0])
def test_a_call_ends_in_time(wire: Callable[[Exchange], None], retry_for: float) -> None:
    """A silent server ends each attempt at `timeout`, the call by `retry_for + timeout`."""

    async def call() -> None:
        now = asyncio.get_running_loop().time

        async def exchange(target: Target) -> Response:
            await asyncio.sleep(1e6)
            raise AssertionError

        wire(exchange)
        client = timed(timeout=7.0, retry_for=retry_for)
        with pytest.raises(TimeoutError) as caught:
            await client.v2.conversations.get_summary("a")
        error: Any = caught.value
        assert (error.attempts == 1) == (retry_for == 0)
        assert now() <= 7.0 + retry_for + 7.0 + 0.01

    run(call())
