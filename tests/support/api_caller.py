"""Calls a simulator without the client, and an app that the simulator calls."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from ip1_async.testing import Simulator

RECIPIENTS = ("46700000001", "46700000002")
SMS: dict[str, Any] = {"sender": "iP1", "body": "Hej!", "recipients": [*RECIPIENTS]}
RCS: dict[str, Any] = {
    "brand": "iP1",
    "agent": "support",
    "content": "Hej!",
    "recipients": {"46700000001": {}},
}


BOUND = 60  # seconds after which a test that waits for something has failed


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the server to get somewhere."""
    async with asyncio.timeout(BOUND):
        while not condition():  # noqa: ASYNC110 (the simulator has no event for it)
            await asyncio.sleep(0.005)


class ApiCaller:
    """Calls paths such as `/v2/batches` of one simulator."""

    def __init__(self, session: aiohttp.ClientSession, simulator: Simulator) -> None:
        self._session = session
        self._root = simulator.v2_url.removesuffix("/v2")

    async def __call__(self, method: str, path: str, payload: Any = None) -> tuple[int, Any]:
        """Give status and parsed body."""
        async with self._session.request(method, self._root + path, json=payload) as response:
            body = await response.read()
            return response.status, json.loads(body) if body else None

    async def send(self, **changes: Any) -> Any:
        """Send a batch that is accepted, and give it."""
        status, batch = await self("POST", "/v2/batches", {**SMS, **changes})
        assert status == 201
        return batch

    async def read(self, path: str) -> Any:
        """Read what exists."""
        status, found = await self("GET", path)
        assert status == 200
        return found


@asynccontextmanager
async def api_of(simulator: Simulator) -> AsyncIterator[ApiCaller]:
    """Run a simulator and call it with a token that it accepts."""
    headers = {"Authorization": f"Bearer {simulator.token or 'any'}"}
    async with simulator, aiohttp.ClientSession(headers=headers) as session:
        session._retry_connection = False  # else aiohttp repeats a GET whose connection was lost
        yield ApiCaller(session, simulator)


@asynccontextmanager
async def app(answer: Callable[[Any], int]) -> AsyncIterator[str]:
    """Run an app that answers each object posted to it with a status; give its URL."""

    async def handle(request: web.BaseRequest) -> web.Response:
        return web.Response(status=answer(await request.json()))

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()
