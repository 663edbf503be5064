"""The half of a shared limit that is in the process, in virtual time."""

import asyncio
import os
import random

import pytest
from clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_ledger import Played, Store
from virtual_time import run
from windows import most_within

from ip1_async import Client, ConfigurationError, Limiter, LimiterError

JITTER = 0.1  # seconds on the way to the server


@pytest.fixture
def store(clock: FakeClock) -> Store:
    """Give a ledger in the time of the test."""
    return Store(clock.value)


async def send(limiter: Limiter, clock: FakeClock, count: int, sent: list[float]) -> None:
    """Send some requests, with everything in them waiting at once."""

    async def one() -> None:
        await limiter.acquire()
        sent.append(clock())

    await asyncio.gather(*(one() for _ in range(count)))


@pytest.mark.parametrize("rate", [1, 2.5, 30, 100])
async def test_processes_keep_to_the_rate_together(
    store: Store, clock: FakeClock, rate: float
) -> None:
    """In no 1.1 s do four processes send more than the rate, and they use most of it."""
    sent: list[float] = []
    count = int(10 * rate)
    await asyncio.gather(*(send(Played(store, rate), clock, count, sent) for _ in range(4)))
    assert most_within(sent, 1.1) <= rate
    assert len(sent) / (max(sent) - min(sent)) > int(rate) / 1.16


async def test_a_rate_below_one_is_one_per_longer_time(store: Store, clock: FakeClock) -> None:
    """A tenth per second is one in ten seconds, and a tenth more for the jitter."""
    sent: list[float] = []
    await send(Played(store, 0.1), clock, 3, sent)
    assert sent[1] - sent[0] == pytest.approx(11.03)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_the_limit_holds_at_the_server(seed: int) -> None:
    """At most 30 arrive in any second.

    That is so with a ledger that is slow at times, processes that die or lose calls at any
    moment, and up to 100 ms from the permission to the server.
    """
    chance = random.Random(seed)
    arrived: list[float] = []

    async def call(limiter: Limiter, clock: FakeClock) -> None:
        await asyncio.sleep(chance.random() * 3)
        try:
            async with asyncio.timeout(chance.choice([0.01, 0.3, None])):
                await limiter.acquire()
        except TimeoutError:
            return
        await asyncio.sleep(chance.random() * JITTER)
        arrived.append(clock())

    async def live() -> None:
        clock = FakeClock()
        store = Store(clock.value, lambda: chance.choice([0.0005, 0.001, 0.02, 0.05]))
        calls = []
        for _ in range(2):
            limiters = [Played(store) for _ in range(4)]
            begun = [
                asyncio.create_task(call(limiter, clock)) for limiter in limiters for _ in range(40)
            ]
            await asyncio.sleep(chance.random() * 4)
            for ended in chance.sample(begun, 60):
                ended.cancel()
            calls += begun
        await asyncio.wait(calls)

    run(live())
    assert arrived
    assert most_within(arrived) <= 30


async def test_everybody_gets_the_same_share(store: Store, clock: FakeClock) -> None:
    """However many wait in a process, it has one moment booked."""
    sent: list[list[float]] = [[], [], []]
    waiting = [
        asyncio.create_task(send(Played(store), clock, count, each))
        for count, each in zip((300, 300, 30), sent, strict=True)
    ]
    await waiting[2]
    assert [len(each) for each in sent] == [pytest.approx(30, abs=1)] * 3
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_single_call_is_not_behind_the_queue_of_another(
    store: Store, clock: FakeClock
) -> None:
    """It waits for one moment of each process, not for 200 of one."""
    crowd = asyncio.create_task(send(Played(store), clock, 200, []))
    await asyncio.sleep(1)
    began = clock()
    await Played(store).acquire()
    assert clock() - began < 0.1
    crowd.cancel()
    await asyncio.gather(crowd, return_exceptions=True)


async def test_a_cancelled_waiter_leaves_its_moment_to_the_next(
    store: Store, clock: FakeClock
) -> None:
    """A thousand calls that give up at once book one moment, not a thousand."""
    limiter, other = Played(store), Played(store)
    store.delay = lambda: 0.004
    await limiter.acquire()
    for _ in range(1000):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(limiter.acquire(), 0.0001)
    began = clock()
    await other.acquire()
    assert clock() - began < 0.1


@pytest.mark.parametrize("step", range(12))
async def test_a_call_can_be_cancelled_at_every_step(
    store: Store, clock: FakeClock, step: int
) -> None:
    """On the way to the ledger, on the way back or while it waits: the next call goes on."""
    store.delay = lambda: 0.01
    limiter = Played(store)
    await limiter.acquire()
    call = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0.005 * step)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    began = clock()
    await limiter.acquire()
    assert clock() - began < 0.2


async def test_a_pause_of_one_holds_all(store: Store, clock: FakeClock) -> None:
    """Those who have booked their moment, too: they ask again before they go."""
    sent: list[float] = []
    limiters = [Played(store) for _ in range(4)]
    waiting = [asyncio.create_task(send(limiter, clock, 20, sent)) for limiter in limiters]
    await asyncio.sleep(1)
    before = len(sent)
    await limiters[0].pause(7)
    began = clock()
    await asyncio.sleep(6.99)
    assert len(sent) == before
    await asyncio.gather(*waiting)
    assert sent[before] == pytest.approx(began + 7, abs=0.001)
    assert most_within(sent, 1.1) <= 30


@pytest.mark.parametrize("seconds", [0, -1, 3])
async def test_a_pause_that_is_shorter_says_nothing(
    store: Store, clock: FakeClock, seconds: float
) -> None:
    """The ledger isn't asked about it."""
    limiter = Played(store)
    await limiter.pause(5)
    await limiter.pause(seconds)
    assert len(store.asked) == 1
    began = clock()
    await limiter.acquire()
    assert clock() - began == pytest.approx(5, abs=0.001)


async def test_a_pause_is_capped(store: Store, clock: FakeClock) -> None:
    """One absurd Retry-After does not stop an account for good."""
    limiter = Played(store)
    await limiter.pause(1e300)
    began = clock()
    await limiter.acquire()
    assert clock() - began == pytest.approx(120, abs=0.001)


async def test_a_pause_that_nobody_heard_is_said_again(store: Store, clock: FakeClock) -> None:
    """The process keeps it, and brings it along when the ledger is back."""
    limiter, other = Played(store), Played(store)
    store.away = True
    await limiter.pause(10)
    with pytest.raises(LimiterError):
        await limiter.acquire()
    store.away = False
    call = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0.1)
    began = clock()
    await other.acquire()
    assert clock() - began > 9
    await call


async def test_the_lowest_rate_holds(store: Store, clock: FakeClock) -> None:
    """Where two processes name 30 and 5 per second, they get 5 together."""
    sent: list[float] = []
    calls = [asyncio.create_task(send(Played(store, rate), clock, 50, sent)) for rate in (30, 5)]
    await asyncio.wait(calls)
    assert most_within(sent[5:], 1.1) <= 5


async def test_a_ledger_that_is_far_away_costs_throughput(store: Store, clock: FakeClock) -> None:
    """Gaps grow with the time that an answer takes: the limit holds, and nobody starves."""
    store.delay = lambda: 0.05
    sent: list[float] = []
    await asyncio.gather(*(send(Played(store), clock, 100, sent) for _ in range(2)))
    assert most_within(sent, 1.1) <= 30
    assert 200 / (max(sent) - min(sent)) > 15


async def test_one_answer_that_is_late_costs_one_moment(store: Store, clock: FakeClock) -> None:
    """Only who is late twice asks for wider gaps."""
    limiter = Played(store)
    await limiter.acquire()
    store.delay = lambda: 0.2 if len(store.asked) == 3 else 0.0
    await limiter.acquire()
    await limiter.acquire()
    assert {ask.gap for ask in store.asked} == {round(1.13e6 / 30)}


async def test_a_step_of_the_ledgers_clock_changes_little(store: Store, clock: FakeClock) -> None:
    """Back by an hour: it goes on within a moment, and never faster than the rate."""
    sent: list[float] = []
    calls = [asyncio.create_task(send(Played(store), clock, 40, sent)) for _ in range(3)]
    await asyncio.sleep(1)
    store.ahead = -3600
    await asyncio.wait(calls)
    assert max(sent) - min(sent) < 6
    assert most_within(sent, 1.1) <= 30


async def test_a_closed_limiter_gives_nothing(store: Store, clock: FakeClock) -> None:
    """Who waits already gets the same error as who comes later."""
    limiter = Played(store)
    await limiter.acquire()
    calls = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
    await asyncio.sleep(0.01)
    await limiter.aclose()
    await limiter.aclose()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ended} == {LimiterError}
    with pytest.raises(LimiterError, match="closed"):
        await limiter.acquire()


def test_another_event_loop_is_refused() -> None:
    """Its queue belongs to the first."""
    clock = FakeClock()
    limiter = Played(Store(clock.value))
    run(limiter.acquire())
    with pytest.raises(ConfigurationError, match="another event loop"):
        run(limiter.acquire())
    with pytest.raises(ConfigurationError, match="another event loop"):
        run(limiter.pause(1))


async def test_a_forked_process_is_refused(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would use the connection of its parent."""
    limiter = Played(store)
    await limiter.acquire()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(ConfigurationError, match="process"):
        await limiter.acquire()


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), True])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    """Only a number above 0 is a rate."""
    with pytest.raises(ConfigurationError, match="rate_limit"):
        Played(Store(FakeClock().value), rate)


async def test_an_error_of_the_limit_ends_the_call(store: Store, clock: FakeClock) -> None:
    """Nothing was sent, it is not repeated, and the error knows its route."""
    store.away = True
    async with Client("token", rate_limit=Played(store)) as client:
        with pytest.raises(LimiterError) as raised:
            await client.v2.conversations.get_summary("46712345678")
    assert raised.value.attempts == 0
    assert raised.value.route == "/v2/conversations/{participant}/summary"
    assert len(store.asked) == 1
