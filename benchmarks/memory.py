"""Does memory stay flat, however long the list?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.contenders import PAGE
from benchmarks.figures import Comparison, Result, Say, Size
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer
from ip1_async import Client

_STATUS = Path("/proc/self/status")
_SAMPLES = 20
_KEPT_SHARE = 5  # lists that are kept are read up to this fraction
Samples = list[tuple[int, float, float]]  # messages, megabytes now, and at the peak so far


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Stream a long list in its own process, and compare its peak with an early one."""
    if not _STATUS.exists():
        say("memory: skipped, it is read from /proc")
        return Result([], {})
    every = size.held_first
    runs = []
    for run in range(size.runs):
        samples = isolated(streamed, server.url(size.held), size.held, every)
        runs.append(samples)
        grown = samples[-1][2] - samples[0][2]
        say(f"memory, {run + 1}/{size.runs}: {samples[-1][2]:.1f} MB at the peak, {grown:+.1f} MB")
    comparison = Comparison(
        f"peak memory, {size.held:,} messages streamed",
        f"the peak after {size.held_first:,}",
        "MB more",
        [samples[-1][2] - samples[0][2] for samples in runs],
        at_most=12,
    )
    return Result([comparison], {"streamed": runs, "kept": _measure_kept(server, size, say)})


def _measure_kept(server: ReadyServer, size: Size, say: Say) -> dict[str, Samples]:
    """Sample what it takes to keep every message, for the plot."""
    total = size.held // _KEPT_SHARE
    found = {}
    for name, function in {"messages in a list": kept, "dicts in a list": kept_dicts}.items():
        found[name] = isolated(function, server.url(total), total, max(1, total // _SAMPLES))
        say(f"memory, {total:,} {name}: {found[name][-1][2]:.1f} MB")
    return found


def streamed(url: str, messages: int, every: int) -> Samples:
    """Read with `async for`, and keep nothing."""
    return asyncio.run(_sample(_ours(url), messages, every, keep=False))


def kept(url: str, messages: int, every: int) -> Samples:
    """Read with `async for`, and keep all."""
    return asyncio.run(_sample(_ours(url), messages, every, keep=True))


def kept_dicts(url: str, messages: int, every: int) -> Samples:
    """Read dicts page by page, and keep all."""
    return asyncio.run(_sample(_dicts(url, messages), messages, every, keep=True))


async def _sample(source: AsyncIterator[Any], total: int, every: int, *, keep: bool) -> Samples:
    samples, memory, count = [], [], 0
    async for message in source:
        count += 1
        if keep:
            memory.append(message)
        if count % every == 0 or count == total:
            samples.append((count, *_megabytes()))
    assert count == total
    return samples


async def _ours(url: str) -> AsyncIterator[Any]:
    async with Client("token", v2_url=url, rate_limit=None) as client:
        async for message in client.v2.conversations.list_messages(PARTICIPANT):
            yield message


async def _dicts(url: str, messages: int) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        for start in range(0, messages, PAGE):
            paging = f"start={start}&limit={PAGE}&order=ASC"
            async with session.get(f"{url}/conversations/{PARTICIPANT}?{paging}") as response:
                for message in await response.json():
                    yield message


def _megabytes() -> tuple[float, float]:
    """Give resident megabytes, now and at the peak of this process."""
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    now, peak = (int(values[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak
