"""The example's web app in the loop of the test, on a loopback port or without one."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx

from examples.web.app import create_app
from examples.web.server import Server
from examples.web.settings import Settings
from ip1_async import Client, Message
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
SECRET = "secret"
_SEND_BUFFER = 65_536


@attrs.frozen
class Served:
    """A running app and the simulator behind it."""

    url: str
    simulator: Simulator
    server: Server

    @property
    def streams(self) -> int:
        """How many requests the app is answering, but for the feeds of open pages."""
        return len(self.server.server_state.tasks) - len(self.feeds)

    @property
    def feeds(self) -> set[Any]:
        """The feeds of open pages."""
        feeds: set[Any] = self.server.app.state.outbox.hub.feeds
        return feeds


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition is true; on a busy machine that may take minutes."""
    async with asyncio.timeout(180):
        while not is_so():  # noqa: ASYNC110  # a server and a simulator have no event for it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serve(
    simulator: Simulator, port: int = 0, *, journal: str = ":memory:", **options: Any
) -> AsyncIterator[Served]:
    """Serve the app, and stop it as Ctrl-C does; options are its client's."""
    async with simulator:
        # Sockets inherit the small buffer, so that a slow reader is felt soon.
        with socket.create_server(("127.0.0.1", port)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            url = "http://{}:{}".format(*listener.getsockname())
            settings = Settings(public_url=url, secret=SECRET, journal=journal)
            simulator.incoming_url = settings.hook_url
            server = Server(create_app(lambda: connect(simulator, **options), settings))
            serving = asyncio.create_task(server.serve([listener]))
            await until(lambda: server.started or serving.done())
            try:
                yield Served(url, simulator, server)
            finally:
                server.should_exit = True
                await serving


def connect(simulator: Simulator, **options: Any) -> Client:
    """Make a client of a simulator; no limit unless one is given."""
    settings = {"token": "token", "rate_limit": None, **options}
    return Client(v2_url=simulator.v2_url, v3_url=simulator.v3_url, **settings)


@asynccontextmanager
async def in_process(simulator: Simulator, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the app that needs no socket; its answers come whole."""
    async with simulator:
        app = create_app(lambda: connect(simulator, **options))
        address = "http://localhost"
        own = {"origin": address}
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=address, headers=own) as http,
        ):
            yield http


async def read(http: httpx.AsyncClient, **question: Any) -> list[dict[str, Any]]:
    """Ask for messages and give the records."""
    answer = await http.post("/api/messages", json={"participant": NUMBER, **question})
    assert answer.status_code == 200
    return [json.loads(each) for each in answer.text.splitlines()]


def ids(records: list[dict[str, Any]]) -> list[str]:
    """Give the ids of the messages in records."""
    return [message["id"] for record in records for message in record.get("messages", ())]


def fail_at(offset: int, fault: Fault) -> Callable[[int, Request], Fault | None]:
    """Let every first request from an offset on fail."""
    asked: set[str] = set()

    def choose(_: int, request: Request) -> Fault | None:
        new = request.raw_path not in asked
        asked.add(request.raw_path)
        return fault if new and int(request.query.get("start", 0)) >= offset else None

    return choose


async def messages_of(simulator: Simulator, number: str = NUMBER) -> list[Message]:
    """Read a conversation without the app, oldest first."""
    async with connect(simulator) as client:
        return await client.v2.conversations.list_messages(number).collect()


class Gate:
    """A limiter that the test controls: it gives as many permissions as the test says."""

    def __init__(self, permissions: int = 0) -> None:
        self.permitted = 0
        self._permissions = asyncio.Semaphore(0)
        self.permit(permissions)

    def permit(self, count: int) -> None:
        """Give this many more permissions."""
        self.permitted += count
        for _ in range(count):
            self._permissions.release()

    async def acquire(self) -> None:
        """Wait for the test."""
        await self._permissions.acquire()

    async def pause(self, seconds: float) -> None:
        """Ignore the pause: only the test gives permissions."""
