"""How much later than the bare page does the first message come?"""

import asyncio
import statistics
import time

import aiohttp

from benchmarks.contenders import PAGE
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer
from ip1_async import Client

LATENCY = 0.02  # seconds
_PAGES = 10


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Fetch the first message and the bare page in turn, each from a client of its own."""
    ours, bare = [], []
    for run in range(size.runs):
        ours_took, bare_took = isolated(
            alternate, server.url(_PAGES * PAGE, latency=LATENCY), size.first
        )
        ours.append(ours_took)
        bare.append(bare_took)
        said = f"{1000 * ours_took:.2f} ms, bare request {1000 * bare_took:.2f} ms"
        say(f"first message, {run + 1}/{size.runs}: {said}")
    comparison = Comparison(
        f"first message, {LATENCY * 1000:.0f} ms of latency",
        "one bare aiohttp request",
        "x its time",
        ratios(ours, bare),
        at_most=1.10,
    )
    return Result([comparison], {"latency": LATENCY, "first_message": ours, "bare_request": bare})


def alternate(url: str, times: int) -> tuple[float, float]:
    """Give the median seconds of both."""
    return asyncio.run(_alternate(url, times))


async def _alternate(url: str, times: int) -> tuple[float, float]:
    ours, bare = [], []
    for _ in range(1 + times):
        bare.append(await _bare(url))
        ours.append(await _ours(url))
        await asyncio.sleep(LATENCY)  # what was still under way ends
    return statistics.median(ours[1:]), statistics.median(bare[1:])


async def _bare(url: str) -> float:
    began = time.perf_counter()
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        page = f"{url}/conversations/{PARTICIPANT}?start=0&limit={PAGE}&order=ASC"
        async with session.get(page) as response:
            await response.read()
        return time.perf_counter() - began


async def _ours(url: str) -> float:
    began = time.perf_counter()
    async with Client("token", v2_url=url) as client:
        async for _ in client.v2.conversations.list_messages(PARTICIPANT):
            return time.perf_counter() - began
    raise AssertionError("the list is empty")
