"""The example's web app on a loopback port, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import uvicorn

from examples.web.app import create_app
from ip1_async import Client
from ip1_async.testing import Simulator

_SEND_BUFFER = 65_536


@attrs.frozen
class Served:
    """A running app and the simulator behind it."""

    url: str
    simulator: Simulator
    server: uvicorn.Server

    @property
    def streams(self) -> int:
        """How many requests the app is answering."""
        return len(self.server.server_state.tasks)


async def until(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110  # a server and a simulator have no event for it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serve(
    simulator: Simulator, app: Callable[..., Any] | None = None, **options: Any
) -> AsyncIterator[Served]:
    """Serve the app, or another that leads to it, and stop it with all its streams."""
    async with simulator:
        app = app or create_app(lambda: connect(simulator, **options))
        # Sockets inherit the small buffer, so that a slow reader is felt soon.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            config = uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=5
            )
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listener]))
            await until(lambda: server.started or serving.done())
            try:
                url = "http://{}:{}".format(*listener.getsockname())
                yield Served(url, simulator, server)
            finally:
                server.should_exit = True
                await serving


def connect(simulator: Simulator, **options: Any) -> Client:
    """Make a client of a simulator; no limit unless one is given."""
    settings = {"rate_limit": None, **options}
    return Client("token", v2_url=simulator.v2_url, v3_url=simulator.v3_url, **settings)
