"""The limit in a real Redis server."""

import asyncio
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis_server import RedisServer, free_port, needs_redis
from windows import most_within

from ip1_async import Client, ConfigurationError, Limiter, LimiterError
from ip1_async.limits import RedisLimiter
from ip1_async.limits._ledger import NAMED, Ask, Ledger
from ip1_async.limits._script import SCRIPT
from ip1_async.testing import Simulator

pytestmark = needs_redis

Make = Callable[..., RedisLimiter]
KEY = "ip1:limit:{default}"
PASSWORD = "s3cret-and-l0ng"
FAST = 1000.0


# The script and the ledger.

STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(-50_000, 60_000),
        st.sampled_from([40_000, 40_000, 200_000]),
        st.sampled_from([0, 0, 0, 300_000]),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_script_says_what_the_ledger_says(
    server: RedisServer, steps: list[tuple[str, int, int, int, bool]]
) -> None:
    """With the time handed to it, Redis gives the answers of the rules in Python."""
    script = SCRIPT.replace("redis.call('TIME')", "{ARGV[7], ARGV[8]}")
    now, ledger = 10**15, None
    with server.client as client:
        client.flushall()
        for owner, later, gap, pause, wants in steps:
            now += later
            ask = Ask(owner, wants=wants, gap=gap, slack=30_000, pause=pause)
            if ledger is not None:
                ledger.turn_back(now)
            if ledger is None or not ledger.is_sound(ask):
                ledger = Ledger.begin(now, ask)
            numbers = (int(wants), gap, ask.slack, pause, ask.horizon, NAMED, *divmod(now, 10**6))
            answer = client.eval(script, 2, KEY, f"{KEY}:{owner}", *numbers)
            assert tuple(answer) == ledger.answer(ask)


@pytest.mark.parametrize(
    "damage",
    [
        {"next": "nan"},
        {"next": "1e99"},
        {"seen": "nothing"},
        {"gap": "inf"},
        {"named": "99999999999999999"},
        {"paused": "2000000000000000"},
    ],
)
async def test_damage_restarts_the_limit(
    server: RedisServer, limiter: Make, damage: dict[str, str]
) -> None:
    """Numbers that can't be are forgotten, and the limit goes on at its rate."""
    await limiter(rate=FAST).acquire()
    with server.client as client:
        client.hset(KEY, mapping=damage)
        await asyncio.wait_for(limiter(rate=FAST).acquire(), 1)
        assert float(client.hget(KEY, "gap")) < 10_000


async def test_the_key_of_something_else_is_left_alone(server: RedisServer, limiter: Make) -> None:
    """It is an error, at once, and not ours to delete."""
    with server.client as client:
        client.set(KEY, "mine")
        with pytest.raises(LimiterError, match="ResponseError"):
            await limiter().acquire()
        assert client.get(KEY) == b"mine"


async def test_keys_end_with_their_use(server: RedisServer, limiter: Make) -> None:
    """No key stays for good, and none is there for a process that waits for nothing."""
    await limiter(rate=FAST).acquire()
    with server.client as client:
        assert client.keys() == [KEY.encode()]
        assert 100_000 < client.pttl(KEY) < 200_000


# Two limiters.


async def test_names_keep_accounts_apart(limiter: Make) -> None:
    """The pause of one account is none of the other."""
    await limiter(name="first").pause(60)
    await asyncio.wait_for(limiter(name="second").acquire(), 2)


async def test_a_pause_of_one_holds_the_other(limiter: Make) -> None:
    """One that has its moment already, too."""
    first, second = limiter(), limiter(rate=5)
    await second.acquire()
    call = asyncio.create_task(second.acquire())
    await asyncio.sleep(0.05)
    await first.pause(60)
    done, _ = await asyncio.wait({call}, timeout=0.5)
    assert not done
    call.cancel()


async def test_a_socket_of_the_file_system(server: RedisServer, limiter: Make) -> None:
    """It is the same limit."""
    await limiter(f"unix://{server.socket}").pause(60)
    call = asyncio.create_task(limiter().acquire())
    done, _ = await asyncio.wait({call}, timeout=0.3)
    assert not done
    call.cancel()


async def test_flushed_scripts_and_data_change_nothing(server: RedisServer, limiter: Make) -> None:
    """In the middle of the work: no error, no burst."""
    loop = asyncio.get_running_loop()
    sent: list[float] = []

    async def work(each: Limiter) -> None:
        for _ in range(25):
            await each.acquire()
            sent.append(loop.time())

    tasks = [asyncio.create_task(work(limiter())) for _ in range(2)]
    with server.client as client:
        for _ in range(8):
            await asyncio.sleep(0.1)
            client.script_flush()
            client.flushall()
    await asyncio.gather(*tasks)
    assert most_within(sent) <= 30


# Outages.


async def test_a_short_restart_is_waited_for(own_server: RedisServer, limiter: Make) -> None:
    """Within the timeout nobody notices."""
    each = limiter(own_server.url, timeout=10)
    await each.acquire()
    own_server.kill()
    call = asyncio.create_task(each.acquire())
    await asyncio.sleep(0.3)
    assert not call.done()
    own_server.start()
    await call


async def test_an_outage_is_an_error_and_nothing_is_sent(limiter: Make) -> None:
    """A queue in front of the limiter gets it at once, and not one after another in vain."""
    url = f"redis://127.0.0.1:{free_port()}"
    async with (
        Simulator(conversations={"46712345678": 1}) as sim,
        Client("token", v2_url=sim.v2_url, rate_limit=limiter(url, timeout=0.2)) as client,
    ):
        calls = [client.v2.conversations.get_summary("46712345678") for _ in range(50)]
        ended = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
        assert {type(end) for end in ended} == {LimiterError}
        assert sim.requests == []


async def test_after_an_outage_it_goes_on(
    own_server: RedisServer, limiter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again after some seconds."""
    monkeypatch.setattr("ip1_async.limits._redis._HOLD_OFF", 0.2)
    each = limiter(own_server.url, timeout=0.1)
    own_server.kill()
    with pytest.raises(LimiterError, match="ConnectionError, for"):
        await each.acquire()
    own_server.start()
    with pytest.raises(LimiterError, match="just now"):
        await each.acquire()
    await asyncio.sleep(0.2)
    await each.acquire()


async def test_a_server_that_hangs_is_an_outage(own_server: RedisServer, limiter: Make) -> None:
    """It ends with the timeout, and not with the connection."""
    each = limiter(own_server.url, timeout=0.2)
    await each.acquire()
    own_server.signal(signal.SIGSTOP)
    with pytest.raises(LimiterError, match=r"no answer, for 0.2 s"):
        await each.acquire()
    own_server.signal(signal.SIGCONT)


async def test_a_fraction_goes_on_alone(limiter: Make) -> None:
    """In an outage a process keeps to its part of the rate, without a burst."""
    loop = asyncio.get_running_loop()
    each = limiter(f"redis://127.0.0.1:{free_port()}", rate=100, on_outage=0.2, timeout=0.1)
    sent: list[float] = []
    for _ in range(8):
        await each.acquire()
        sent.append(loop.time())
    assert sent[-1] - sent[0] > 7 * 1.1 / 20 - 0.01
    await each.pause(60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(each.acquire(), 0.2)


async def test_a_server_that_refuses_is_an_outage(server: RedisServer, limiter: Make) -> None:
    """The process goes on alone at once, and its first requests are no burst either."""
    with server.client as client:
        client.set(KEY, "of something else")
    loop = asyncio.get_running_loop()
    each = limiter(rate=100, on_outage=0.2)
    began = loop.time()
    for _ in range(4):
        await each.acquire()
    assert 3 * 1.1 / 20 - 0.01 < loop.time() - began < 2


async def test_a_closed_limiter_does_not_go_on_alone(limiter: Make) -> None:
    """Closed is closed, whatever was to happen in an outage."""
    each = limiter(on_outage=0.5)
    await each.acquire()
    await each.aclose()
    with pytest.raises(LimiterError, match="closed"):
        await each.acquire()


async def test_a_replica_gives_no_permission(
    server: RedisServer, limiter: Make, tmp_path: Path
) -> None:
    """Its copy of the limit is nobody's; once it is the primary, it is asked again."""
    replica = RedisServer(tmp_path, ("--replicaof", "127.0.0.1", f"{server.port}"))
    replica.start()
    try:
        with pytest.raises(LimiterError, match="ReadOnlyError"):
            await limiter(replica.url, timeout=0.3).acquire()
        each = limiter(replica.url, timeout=10)
        call = asyncio.create_task(each.acquire())
        await asyncio.sleep(0.2)
        with replica.client as client:
            client.replicaof("NO", "ONE")
        await call
    finally:
        replica.kill()


async def test_a_call_that_is_cancelled_on_its_way_takes_nothing(limiter: Make) -> None:
    """A hundred calls that give up while they wait for Redis leave the connection usable."""
    each, other = limiter(), limiter()
    await each.acquire()
    for number in range(100):
        call = asyncio.create_task(each.acquire())
        for _ in range(number % 10):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(each.acquire(), other.acquire()), 2)


async def test_a_limiter_that_is_closed_opens_nothing_more(
    own_server: RedisServer, limiter: Make
) -> None:
    """Whoever waits for an answer of Redis gets an error instead of a new connection."""
    each = limiter(own_server.url, timeout=10, on_outage=0.5)
    await each.acquire()
    own_server.signal(signal.SIGSTOP)
    call = asyncio.create_task(each.acquire())
    await asyncio.sleep(0.1)
    await each.aclose()
    own_server.signal(signal.SIGCONT)
    with pytest.raises(LimiterError, match="closed"):
        await asyncio.wait_for(call, 5)
    with own_server.client as client:
        assert client.info("clients")["connected_clients"] == 1


# Passwords.


@pytest.fixture
def guarded(tmp_path: Path) -> RedisServer:
    """Make a server that asks for a password."""
    return RedisServer(tmp_path, password=PASSWORD)


async def test_the_password_opens_the_server(guarded: RedisServer, limiter: Make) -> None:
    """It comes from the URL."""
    guarded.start()
    try:
        await limiter(f"redis://:{PASSWORD}@127.0.0.1:{guarded.port}").acquire()
    finally:
        guarded.kill()


async def test_nothing_shows_the_password(
    guarded: RedisServer, limiter: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """No repr, no error and no log; neither do the local variables of a traceback."""
    caplog.set_level(logging.DEBUG)
    guarded.start()
    try:
        each = limiter(f"redis://user:{PASSWORD}@127.0.0.1:{guarded.port}/3")
        with pytest.raises(LimiterError, match=r"\(AuthenticationError\)") as raised:
            await each.acquire()
    finally:
        guarded.kill()
    assert repr(each) == (
        f"RedisLimiter('redis://127.0.0.1:{guarded.port}/3', rate=30, name='default')"
    )
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    # All but the frame of this test, which knows it.
    frames = [str(frame.locals) for frame in told.stack if frame.filename != __file__]
    assert frames
    assert PASSWORD not in "".join([*frames, str(raised.value), repr(each), caplog.text])


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "ip1_async.limits._server", None)
    with pytest.raises(ConfigurationError, match=r"ip1-async\[redis\]"):
        RedisLimiter("redis://localhost")
