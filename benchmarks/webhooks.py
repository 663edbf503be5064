"""How many hooks a second does a receiver take, beside a bare handler of aiohttp.web?"""

import asyncio
import time
from multiprocessing.connection import Connection

from aiohttp import web

from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer
from benchmarks.server import in_process
from ip1_async.webhooks import HookEvent, UnverifiedReceiver
from ip1_async.webhooks._aiohttp import AiohttpHandler

_CONNECTIONS = 16
_PATH = "/hooks/secret"
_BODY = (
    '{"id":"5bcf4324ee47dee4%08x","batchId":"5bc86b6e85c7209830f96936","recipient":"46712345678",'
    '"code":201,"duration":1,"created":"2026-01-01T10:00:05.123Z","segments":1,"price":0.35,'
    '"currency":"sek","reference":null}'
)


def measure(_: ReadyServer, size: Size, say: Say) -> Result:
    """Post the same hooks to both in turn, each in a process of its own."""
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for run in range(size.runs):
        for name, found in rates.items():
            with in_process(_serve, name) as port:
                found.append(isolated(post_all, port, size.hooks))
            say(f"hooks, {run + 1}/{size.runs}: {found[-1]:8,.0f} a second  {name}")
    comparison = Comparison(
        "hooks taken by UnverifiedReceiver",
        "a bare aiohttp.web handler that reads the body",
        "x",
        ratios(rates["ours"], rates["bare"]),
        at_least=0.5,
    )
    return Result([comparison], {"hooks": size.hooks, "hooks_per_second": rates})


def _serve(connection: Connection, name: str) -> None:
    async def run() -> None:
        app = web.Application()
        app.router.add_post("/hooks/{secret}", _receiver() if name == "ours" else _bare)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        connection.send(runner.addresses[0][1])
        await asyncio.to_thread(connection.recv)
        await runner.cleanup()

    asyncio.run(run())


def _receiver() -> AiohttpHandler:
    hooks = UnverifiedReceiver(secret="secret")  # noqa: S106  # made up here

    @hooks.fallback
    async def take(_: HookEvent) -> None:
        """Do nothing."""

    return hooks.aiohttp()


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


def post_all(port: int, hooks: int) -> float:
    """Give the hooks per second, over 16 connections, after a tenth of them to warm up."""
    return asyncio.run(_post_all(port, hooks))


async def _post_all(port: int, hooks: int) -> float:
    warm = hooks // 10
    await _post(port, range(warm))
    began = time.perf_counter()
    await asyncio.gather(
        *(_post(port, range(warm + n, warm + hooks, _CONNECTIONS)) for n in range(_CONNECTIONS))
    )
    return hooks / (time.perf_counter() - began)


async def _post(port: int, numbers: range) -> None:
    """Post over one connection, without a client that would cost more than the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        body = (_BODY % number).encode()
        head = f"POST {_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), answer
    writer.close()
