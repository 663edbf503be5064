"""What takes minutes: long queues, deadlines, and the limit as the server sees it."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from virtual_time import run
from wire import Exchange, most_in_a_second, summary, timed

from ip1_async import Client, RateLimiter, RateLimitError, TransportError
from ip1_async._http.call import Response, Target
from ip1_async._http.clock import Clock


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
            return summary()

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
            return summary()

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
            return summary()

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
            return summary()

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
