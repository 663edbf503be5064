"""What every test gets: no leaked task, no open session, no blocking call in the loop."""

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import hypothesis
import pytest
from aioresponses import aioresponses
from answers import Answers
from blockbuster import blockbuster_ctx
from clock import FakeClock, timed_client
from socket_server import SocketServer
from virtual_time import VirtualLoop
from wire import Exchange

from ip1_async import Client

# The client imports this in a thread, at its first request. In the tests it is there before: on a
# busy machine an odd first answer would block the loop until the thread has it, and a test run in
# the process (`pytester`) would take `sys.modules` away from under the thread.
from ip1_async._codec import convert as _convert  # noqa: F401
from ip1_async._http.call import Response
from ip1_async._http.wire import Wire

SAMPLES = Path(__file__).parent / "samples"


# A busy machine is no failure.
hypothesis.settings.register_profile(
    "no clock", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("no clock")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give a test that asks for the clock a loop whose time is virtual."""
    virtual = "clock" in getattr(item, "fixturenames", ())
    return {"virtual": VirtualLoop} if virtual else {"real": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def _no_shared_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own account out of the tests."""
    monkeypatch.delenv("IP1_LIMIT_URL", raising=False)


@pytest.fixture(autouse=True)
def clean_logging() -> Iterator[None]:
    """Undo what a command of `ip1`, run in this process, has the log show."""
    logger, root = logging.getLogger("ip1_async"), logging.getLogger()
    level, handlers = logger.level, [*root.handlers]
    yield
    logger.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture(autouse=True)
def clean_loop(request: pytest.FixtureRequest) -> None:
    """Watch over each async test; set up before its other fixtures, so checked after them."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_nothing_blocks")
        request.getfixturevalue("_nothing_leaks")


@pytest.fixture
def _nothing_blocks() -> Iterator[None]:
    # What a test itself does in the loop is its own affair, and so are pytest and coverage.
    with blockbuster_ctx("ip1_async") as guard:
        # Coverage locks its own data for a moment, when code runs in several threads.
        guard.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", "lock_data")
        yield


@pytest.fixture
async def _nothing_leaks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    sessions: list[aiohttp.ClientSession] = []
    open_session = aiohttp.ClientSession.__init__

    def remember(self: aiohttp.ClientSession, *args: Any, **options: Any) -> None:
        open_session(self, *args, **options)
        sessions.append(self)

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", remember)
    yield
    for _ in range(3):  # turns of the loop for what was just cancelled or closed
        await asyncio.sleep(0)
    leaked = asyncio.all_tasks() - {asyncio.current_task()}
    assert not leaked, f"tasks left behind: {leaked}"
    left_open = [session for session in sessions if not session.closed]
    for session in left_open:
        await session.close()
    assert not left_open, f"sessions left open: {left_open}"


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """Give a documented payload, parsed."""

    def read(name: str) -> Any:
        return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Replace aiohttp's requests: no middleware, timeout or connection is at work here."""
    with aioresponses() as mock:
        yield Answers(mock)


@pytest.fixture
def clock() -> FakeClock:
    """Give the clock of a virtual loop."""
    return FakeClock()


@pytest.fixture
async def make_client(clock: FakeClock) -> AsyncIterator[Callable[..., Client]]:
    """Make clients whose retries take no real time; they are closed after the test."""
    made: list[Client] = []
    kind = timed_client(clock.value)

    def make(token: Any = "token", **options: Any) -> Client:
        client = kind(token, **{"rate_limit": None, **options})
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@attrs.define(eq=False)
class RawServer(SocketServer):
    """Lets a function of the request's head write the answers."""

    handle: Callable[[bytes, asyncio.StreamWriter], Any]

    async def answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Let the function write an answer."""
        await self.handle(head, writer)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    """Serve raw bytes: start a server with a function of the request's head and the writer."""
    async with AsyncExitStack() as servers:

        async def start(handle: Callable[[bytes, asyncio.StreamWriter], Any]) -> str:
            server = await servers.enter_async_context(RawServer(handle))
            return server.url.removesuffix("/v2")

        yield start


class _NoSession:
    """Takes the place of a session; there is no network to open or close."""

    def __init__(self, **_: Any) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exchange], None]:
    """Put a function where the network would be; permission and timeout stay real."""

    def put(exchange: Exchange) -> None:
        async def replaced(self: Wire, call: Any, middleware: Any) -> Response:
            async def handler(_: Any) -> Any:
                return await exchange(call.target)

            return await middleware(None, handler)  # type: ignore[no-any-return]

        monkeypatch.setattr(aiohttp, "ClientSession", _NoSession)
        monkeypatch.setattr(Wire, "exchange", replaced)

    return put
