"""The rate limit, on a clock that only sleeping moves."""

import asyncio
from itertools import pairwise

import pytest
from conftest import Clock
from hypothesis import given, settings
from hypothesis import strategies as st

from ip1_async import ConfigurationError, Limiter, RateLimiter


def limiter(clock: Clock, rate: float = 30.0) -> RateLimiter:
    """Make a limiter of this clock."""
    return RateLimiter(rate, clock=clock, sleep=clock.sleep)


async def times(limit: RateLimiter, clock: Clock, count: int) -> list[float]:
    """Ask for permissions one after another, and tell when each was given."""
    given: list[float] = []
    for _ in range(count):
        await limit.acquire()
        given.append(clock.now)
    return given


def most_within(moments: list[float], window: float) -> int:
    """Count the most moments in any half-open window."""
    return max(sum(start <= t < start + window - 1e-9 for t in moments) for start in moments)


async def test_an_idle_account_sends_a_seconds_worth_at_once(clock: Clock) -> None:
    """Thirty permissions cost nothing; the next one waits for the first to leave the window."""
    given = await times(limiter(clock), clock, 31)
    assert given[:30] == [1000.0] * 30
    assert given[30] == pytest.approx(1001.1)
    assert clock.slept == [pytest.approx(1.1)]


@pytest.mark.parametrize("rate", [1, 2.5, 30, 100])
async def test_no_window_holds_more_than_the_rate(clock: Clock, rate: float) -> None:
    """In every 1.1 s at most `rate` requests are sent, however long it goes on."""
    given = await times(limiter(clock, rate), clock, 300)
    assert most_within(given, 1.1) <= rate
    assert given == sorted(given)
    assert given[-1] - given[0] <= 300 / int(rate) * 1.1 + 1e-6


async def test_the_window_holds_under_uneven_use(clock: Clock) -> None:
    """Pauses between requests give nobody more than thirty in a window."""

    @settings(max_examples=25)
    @given(st.lists(st.floats(0, 2), min_size=60, max_size=90))
    def check(gaps: list[float]) -> None:
        asyncio.run(use(gaps))

    async def use(gaps: list[float]) -> None:
        clock = Clock()
        limit = limiter(clock)
        given: list[float] = []
        for gap in gaps:
            clock.now += gap / 20
            given += await times(limit, clock, 1)
        assert most_within(given, 1.1) <= 30

    await asyncio.to_thread(check)


async def test_a_rate_below_one_is_one_per_longer_time(clock: Clock) -> None:
    """A tenth per second is one in ten seconds, and a tenth more for the jitter."""
    given = await times(limiter(clock, 0.1), clock, 4)
    assert [later - earlier for earlier, later in pairwise(given)] == [pytest.approx(11.0)] * 3


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), -0.0])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    """Only a number above 0 is a rate."""
    with pytest.raises(ConfigurationError, match="rate_limit"):
        RateLimiter(rate)


async def test_the_first_to_come_is_the_first_to_go(clock: Clock) -> None:
    """Waiters are served in the order in which they came."""
    limit = limiter(clock, 1)
    served: list[int] = []

    async def ask(number: int) -> None:
        await limit.acquire()
        served.append(number)

    await asyncio.gather(*(ask(number) for number in range(10)))
    assert served == list(range(10))


async def test_a_cancelled_waiter_takes_nothing(clock: Clock) -> None:
    """Those behind it come at the time they would have come without it."""
    limit = limiter(clock, 1)
    never = asyncio.Event()

    async def hang(seconds: float) -> None:
        await never.wait()

    await limit.acquire()
    limit._sleep = hang
    first, second = asyncio.create_task(limit.acquire()), asyncio.create_task(limit.acquire())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    limit._sleep = clock.sleep
    assert await times(limit, clock, 2) == [pytest.approx(1001.1), pytest.approx(1002.2)]


# Pauses.


async def test_a_pause_holds_everybody(clock: Clock) -> None:
    """Nobody gets a permission before it ends, those who wait already included."""
    limit = limiter(clock)
    await limit.pause(7)
    assert (await times(limit, clock, 1)) == [pytest.approx(1007)]


async def test_a_pause_holds_those_who_wait_already(clock: Clock) -> None:
    """A waiter looks at the clock again before it goes."""
    limit = limiter(clock, 1)
    await limit.acquire()

    async def sleep(seconds: float) -> None:
        if not clock.slept:
            await limit.pause(30)
        await clock.sleep(seconds)

    limit._sleep = sleep
    assert await times(limit, clock, 1) == [pytest.approx(1030)]


@pytest.mark.parametrize(("first", "second"), [(10, 5), (5, 10), (10, 0.1), (10, 0), (10, -5)])
async def test_the_longer_pause_counts(clock: Clock, first: float, second: float) -> None:
    """A shorter one under way, or to come, does not cut it short."""
    limit = limiter(clock)
    await limit.pause(first)
    await limit.pause(second)
    assert await times(limit, clock, 1) == [pytest.approx(1010)]


@pytest.mark.parametrize("seconds", [121, 86_400, 1e9, 1e300])
async def test_a_pause_is_capped(clock: Clock, seconds: float) -> None:
    """One absurd Retry-After does not stop an account for good."""
    limit = limiter(clock)
    await limit.pause(seconds)
    assert await times(limit, clock, 1) == [pytest.approx(1120)]


async def test_the_rate_holds_after_a_pause(clock: Clock) -> None:
    """From the first request on, instead of a second's worth at once."""
    limit = limiter(clock)
    await limit.pause(5)
    given = await times(limit, clock, 60)
    steps = [later - earlier for earlier, later in pairwise(given)]
    assert given[0] == pytest.approx(1005)
    assert steps == [pytest.approx(1.1 / 30)] * 59


async def test_a_pause_forgets_nothing_that_was_sent(clock: Clock) -> None:
    """A pause shorter than the window leaves the window as it is."""
    limit = limiter(clock)
    given = await times(limit, clock, 30)
    await limit.pause(0.01)
    given += await times(limit, clock, 30)
    assert most_within(given, 1.1) <= 30


def test_the_limiter_in_the_process_is_a_limiter() -> None:
    """The protocol is what a client asks for."""
    assert isinstance(RateLimiter(), Limiter)
    assert not isinstance(30, Limiter)
