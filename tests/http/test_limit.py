"""The rate limit, in virtual time."""

import asyncio
import random
from itertools import pairwise

import attrs
import pytest
from clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run

from ip1_async import Client, ConfigurationError, Limiter, RateLimiter, Stats
from ip1_async._http.limit import PriorityGate
from ip1_async.testing import Simulator


async def times(limit: RateLimiter, clock: FakeClock, count: int) -> list[float]:
    """Ask for permissions one after another, and tell when each was given."""
    given: list[float] = []
    for _ in range(count):
        await limit.acquire()
        given.append(clock())
    return given


def most_within(moments: list[float], window: float) -> int:
    """Count the most moments in any half-open window."""
    return max(sum(start <= t < start + window - 1e-9 for t in moments) for start in moments)


async def test_an_idle_account_sends_a_seconds_worth_at_once(clock: FakeClock) -> None:
    """Thirty permissions cost nothing; the next one waits for the first to leave the window."""
    given = await times(clock.limiter(30), clock, 31)
    assert given[:30] == pytest.approx([1000.0] * 30)
    assert given[30] == pytest.approx(1001.1)
    assert clock.slept == [pytest.approx(1.1)]


@pytest.mark.parametrize("rate", [1, 2.5, 30, 100])
async def test_no_window_holds_more_than_the_rate(clock: FakeClock, rate: float) -> None:
    """In every 1.1 s at most `rate` requests are sent, however long it goes on."""
    given = await times(clock.limiter(rate), clock, 300)
    assert most_within(given, 1.1) <= rate
    assert given == sorted(given)
    assert given[-1] - given[0] <= 300 / int(rate) * 1.1 + 1e-6


@settings(max_examples=25)
@given(st.lists(st.floats(0, 2), min_size=60, max_size=90))
def test_the_window_holds_under_uneven_use(gaps: list[float]) -> None:
    """Pauses between requests give nobody more than thirty in a window."""

    async def use() -> None:
        clock = FakeClock()
        limit = clock.limiter(30)
        given: list[float] = []
        for gap in gaps:
            await asyncio.sleep(gap / 20)
            given += await times(limit, clock, 1)
        assert most_within(given, 1.1) <= 30

    run(use())


async def test_a_rate_below_one_is_one_per_longer_time(clock: FakeClock) -> None:
    """A tenth per second is one in ten seconds, and a tenth more for the jitter."""
    given = await times(clock.limiter(0.1), clock, 4)
    assert [later - earlier for earlier, later in pairwise(given)] == [pytest.approx(11.0)] * 3


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), -0.0])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    """Only a number above 0 is a rate."""
    with pytest.raises(ConfigurationError, match="rate_limit"):
        RateLimiter(rate)


async def test_the_first_to_come_is_the_first_to_go(clock: FakeClock) -> None:
    """Waiters are served in the order in which they came."""
    limit = clock.limiter(1)
    served: list[int] = []

    async def ask(number: int) -> None:
        await limit.acquire()
        served.append(number)

    await asyncio.gather(*(ask(number) for number in range(10)))
    assert served == list(range(10))


async def test_a_cancelled_waiter_takes_nothing(clock: FakeClock) -> None:
    """A cancelled waiter takes no permission: those behind it come as if it had not been there."""
    limit = clock.limiter(1)
    await limit.acquire()
    first, second = asyncio.create_task(limit.acquire()), asyncio.create_task(limit.acquire())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert await times(limit, clock, 2) == [pytest.approx(1001.1), pytest.approx(1002.2)]


# Pauses.


async def test_a_pause_holds_everybody(clock: FakeClock) -> None:
    """Nobody gets a permission before it ends, those who wait already included."""
    limit = clock.limiter(30)
    await limit.pause(7)
    assert (await times(limit, clock, 1)) == [pytest.approx(1007)]


async def test_a_pause_holds_those_who_wait_already(clock: FakeClock) -> None:
    """A waiter looks at the clock again before it goes."""
    limit = clock.limiter(1)
    await limit.acquire()
    waiting = asyncio.create_task(times(limit, clock, 1))
    await asyncio.sleep(0.1)
    await limit.pause(30)
    assert await waiting == [pytest.approx(1030.1)]


@pytest.mark.parametrize(("first", "second"), [(10, 5), (5, 10), (10, 0.1), (10, 0), (10, -5)])
async def test_the_longer_pause_counts(clock: FakeClock, first: float, second: float) -> None:
    """A shorter one under way, or to come, does not cut it short."""
    limit = clock.limiter(30)
    await limit.pause(first)
    await limit.pause(second)
    assert await times(limit, clock, 1) == [pytest.approx(1010)]


@pytest.mark.parametrize("seconds", [121, 86_400, 1e9, 1e300])
async def test_a_pause_is_capped(clock: FakeClock, seconds: float) -> None:
    """One absurd Retry-After does not stop an account for good."""
    limit = clock.limiter(30)
    await limit.pause(seconds)
    assert await times(limit, clock, 1) == [pytest.approx(1120)]


async def test_the_rate_holds_after_a_pause(clock: FakeClock) -> None:
    """After a pause the rate holds from the first request on; there is no burst."""
    limit = clock.limiter(30)
    await limit.pause(5)
    given = await times(limit, clock, 60)
    steps = [later - earlier for earlier, later in pairwise(given)]
    assert given[0] == pytest.approx(1005)
    assert steps == [pytest.approx(1.1 / 30)] * 59


async def test_a_pause_forgets_nothing_that_was_sent(clock: FakeClock) -> None:
    """A pause shorter than the window leaves the window as it is."""
    limit = clock.limiter(30)
    given = await times(limit, clock, 30)
    await limit.pause(0.01)
    given += await times(limit, clock, 30)
    assert most_within(given, 1.1) <= 30


def test_the_limiter_in_the_process_is_a_limiter() -> None:
    """`RateLimiter` fulfils the protocol `Limiter`."""
    assert isinstance(RateLimiter(), Limiter)
    assert not isinstance(30, Limiter)


# PriorityGate.


@attrs.define(eq=False)
class ManualLimiter:
    """A limiter that gives a permission when the test says so, and the queue in front of it."""

    waiting: int = 0
    most_waiting: int = 0
    served: list[str] = attrs.field(factory=list)
    asked: int = 0
    fails: set[int] = attrs.field(factory=set)
    _permits: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(0))
    _turns: PriorityGate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._turns = PriorityGate(self)

    async def acquire(self) -> None:
        """Wait for the next permission."""
        number, self.asked = self.asked, self.asked + 1
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self._permits.acquire()
        finally:
            self.waiting -= 1
        if number in self.fails:
            raise ConnectionError("no limiter there")

    async def pause(self, seconds: float) -> None:
        """Never asked here."""

    async def ask(self, name: str) -> None:
        """Ask for a permission, as a page if the name says so, and note when it was given."""
        await self._turns.acquire(low_priority=name.startswith("p"))
        self.served.append(name)

    async def come(self, *names: str) -> list["asyncio.Task[None]"]:
        """Queue up, in this order."""
        tasks = [asyncio.create_task(self.ask(name)) for name in names]
        await turns_of_the_loop()
        return tasks

    async def serve(self, count: int) -> list[str]:
        """Give permissions one by one, and tell who got one so far."""
        for _ in range(count):
            self._permits.release()
            await turns_of_the_loop()
        return self.served


async def turns_of_the_loop() -> None:
    """Let everybody who can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def named(kind: str, count: int) -> list[str]:
    """Name some of a kind, in order."""
    return [f"{kind}{number}" for number in range(count)]


async def test_a_single_call_goes_before_the_pages_that_wait() -> None:
    """A call that comes alone goes before all pages but the one at the head of the queue."""
    manual = ManualLimiter()
    tasks = await manual.come(*named("page", 20), "call")
    assert await manual.serve(21) == ["page0", "call", *named("page", 20)[1:]]
    await asyncio.gather(*tasks)


async def test_every_fourth_permission_is_a_page() -> None:
    """While both kinds wait nobody starves, and each kind is first come, first served."""
    manual = ManualLimiter()
    tasks = await manual.come(*named("page", 10), *named("call", 10))
    served = await manual.serve(20)
    kinds = "".join(name[0] for name in served)
    assert kinds == "pcccpcccpcccpcpppppp"
    assert sorted(served, key=lambda name: name[0]) == named("call", 10) + named("page", 10)
    assert manual.most_waiting == 1, "the others wait in front of the limiter"
    await asyncio.gather(*tasks)


async def test_a_flood_of_calls_lets_pages_through() -> None:
    """Calls that keep coming hold up a page by three at most."""
    manual = ManualLimiter()
    tasks = await manual.come(*named("call", 50), *named("page", 3))
    served = await manual.serve(12)
    assert [served.index(page) for page in named("page", 3)] == [3, 7, 11]
    await manual.serve(41)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("seed", range(30))
async def test_a_cancelled_turn_is_passed_on(seed: int) -> None:
    """A cancelled waiter blocks nobody, at the head, in the queue or with a new permission."""
    chance = random.Random(seed)
    manual = ManualLimiter()
    names = [f"{chance.choice(['page', 'call'])}{number}" for number in range(40)]
    tasks = dict(zip(names, await manual.come(*names), strict=True))
    left = set(chance.sample(names, 25))
    for name in names:
        manual._permits.release()
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        if name in left:
            tasks[name].cancel()
    await manual.serve(40)
    ended = await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert {n for n, end in zip(names, ended, strict=True) if end is None} == set(manual.served)
    assert set(manual.served) >= set(names) - left
    for kind in ("page", "call"):
        assert [n for n in manual.served if kind in n] == [
            n for n in names if kind in n and n in manual.served
        ]
    tasks_after = await manual.come(*named("page", 2), *named("call", 5))
    await asyncio.gather(*tasks_after)


async def test_a_limiter_that_fails_passes_the_turn_on() -> None:
    """An error of the limiter fails one call only."""
    manual = ManualLimiter(fails={1})
    tasks = await manual.come("page0", "page1", "call0", "call1")
    assert await manual.serve(4) == ["page0", "call1", "page1"]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(end) for end in ended if end] == [ConnectionError]


async def wait_for_quiet(stats: Stats, sim: Simulator) -> int:
    """Wait until all that was sent has arrived while more is queued, and count it."""
    count = 0
    while count < 30 or count != len(sim.requests) or count != stats.attempts:
        count = stats.attempts
        await asyncio.sleep(0.1)
    return count


async def test_a_single_call_overtakes_a_full_queue_of_pages() -> None:
    """Over sockets, with eight streams under 30/s: three pages at most arrive before it."""
    stats = Stats()
    people = {f"4670000000{number}": 20_000 for number in range(8)}
    async with (
        Simulator(conversations=people) as sim,
        Client("token", v2_url=sim.v2_url, on_event=stats) as client,
    ):
        conversations = client.v2.conversations
        pagers = [conversations.list_messages(person, page_size=20) for person in people]
        streams = [asyncio.create_task(pager.collect()) for pager in pagers]
        for person in list(people)[:3]:
            before = await wait_for_quiet(stats, sim)
            await conversations.get_summary(person)
            since = [request.path.endswith("/summary") for request in sim.requests[before:]]
            assert since.index(True) <= 3
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
