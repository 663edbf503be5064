"""The adapters, behind real servers."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import attrs
import fastapi
import pytest
import uvicorn
from aiohttp import web

from ip1_async import Client, ClientClosedError
from ip1_async.testing import Simulator
from ip1_async.webhooks import Receiver, UnverifiedReceiver
from ip1_async.webhooks._asgi import make_app

HOOK = {"id": "m1", "batchId": "b1", "code": 201, "created": "2026-01-01T10:00:05Z"}
MESSAGE = {"id": "m1", "batchId": "b1", "direction": "mt", "statuses": [HOOK]}
BODY = json.dumps(HOOK).encode()


@attrs.frozen
class Served:
    """A receiver at a URL, and what its handler got."""

    url: str
    events: list[Any]


@asynccontextmanager
async def uvicorn_serving(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application by uvicorn."""
    config = uvicorn.Config(app, log_config=None, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        await serving


@asynccontextmanager
async def aiohttp_serving(hooks: UnverifiedReceiver) -> AsyncIterator[str]:
    """Serve by aiohttp.web."""
    app = web.Application()
    app.router.add_route("*", "/hooks/{secret}", hooks.aiohttp())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield "http://{}:{}".format(*runner.addresses[0])
    await runner.cleanup()


def mounted(hooks: UnverifiedReceiver) -> fastapi.FastAPI:
    """Mount a receiver in FastAPI."""
    app = fastapi.FastAPI()
    app.mount("/hooks", hooks.asgi())
    return app


@pytest.fixture(params=["aiohttp", "uvicorn", "fastapi"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """Serve an unverified receiver in each of the ways."""
    hooks, events = UnverifiedReceiver(secret="s3cret"), list[Any]()
    hooks.fallback(events.append)
    ways: dict[str, Callable[[], Any]] = {
        "aiohttp": lambda: aiohttp_serving(hooks),
        "uvicorn": lambda: uvicorn_serving(hooks.asgi()),
        "fastapi": lambda: uvicorn_serving(mounted(hooks)),
    }
    async with ways[request.param]() as url:
        yield Served(f"{url}/hooks/", events)


async def post(url: str, body: Any, method: str = "POST", **options: Any) -> int:
    """Send a request, and give the status."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body, **options) as response,
    ):
        return response.status


async def test_hooks_come_through(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A hook at the secret path is handled once, and the path is in no log."""
    caplog.set_level(logging.INFO)
    assert await post(served.url + "s3cret", BODY) == 200
    assert await post(served.url + "s3cret?a=b", BODY) == 200
    assert [each.code for each in served.events] == [201]
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("path", ["", "wrong", "s3cret/", "s3cret%2Fx", "%2e%2e", "s3cre%74x"])
async def test_wrong_paths_are_404(served: Served, path: str) -> None:
    """Without the secret nothing is read or handled, whatever the method."""
    for method in ("POST", "GET"):
        assert await post(served.url + path, BODY, method) == 404
    assert not served.events


async def test_only_post_is_answered(served: Served) -> None:
    """Another method at the right path is 405."""
    for method in ("GET", "PUT", "DELETE"):
        assert await post(served.url + "s3cret", None, method) == 405


async def chunks(count: int) -> AsyncIterator[bytes]:
    """Give pieces of an endless text."""
    for _ in range(count):
        yield b"[" * 8192


async def test_a_body_is_read_up_to_64_kb(served: Served) -> None:
    """A body in pieces is put together; past 64 KB it is 413, with its length or without."""

    async def pieces(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
        for part in parts:
            yield part
            await asyncio.sleep(0.01)

    assert await post(served.url + "s3cret", pieces([BODY[:9], BODY[9:]])) == 200
    assert await post(served.url + "s3cret", b"[" * 65_536) == 400
    assert await post(served.url + "s3cret", b"[" * 65_537) == 413
    assert await post(served.url + "s3cret", chunks(9)) == 413


async def test_a_bomb_is_too_large(served: Served) -> None:
    """A body that unpacks to more than 64 KB is refused, as is one that nobody unpacks."""
    import gzip  # noqa: PLC0415

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    bomb = gzip.compress(b"[" * 10_000_000)
    assert await post(served.url + "s3cret", bomb, headers=headers) in (400, 413)
    assert not served.events


async def test_a_damaged_body_is_400(served: Served) -> None:
    """A body that is not what its header says is no failure of ours."""
    headers = {"Content-Encoding": "gzip"}
    assert await post(served.url + "s3cret", b"no gzip", headers=headers) == 400


async def test_the_end_of_the_server_closes_the_client() -> None:
    """What uvicorn runs by itself, it closes by itself: client and memory."""
    async with Simulator(batches={"b1": [MESSAGE]}) as simulator:
        client = Client("token", v2_url=simulator.v2_url)
        hooks, events = Receiver(client, secret="s3cret"), list[Any]()
        hooks.fallback(events.append)
        async with uvicorn_serving(hooks.asgi()) as url:
            assert await post(f"{url}/s3cret", BODY) == 200
            assert await post(f"{url}/s3cret", BODY) == 200
        assert [(each.id, each.code) for each in events] == [("m1", 201)]
        assert len(simulator.requests) == 1
        with pytest.raises(ClientClosedError):
            await client.v2.batches.get_message("b1", "m1")


async def test_no_other_protocol_is_spoken() -> None:
    """A websocket is closed, and nobody is answered who has gone."""
    hooks, sent = UnverifiedReceiver(), list[Any]()
    hooks.fallback(print)

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    app = make_app(hooks)
    await app({"type": "http", "method": "POST", "path": "/"}, receive, send)
    assert sent == []
    await app({"type": "websocket", "path": "/"}, receive, send)
    assert sent == [{"type": "websocket.close"}]
