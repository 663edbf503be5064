"""How long does one page hold the event loop?"""

import asyncio
import statistics
import time
from asyncio import events

from benchmarks.contenders import PAGE
from benchmarks.contenders.ours import read
from benchmarks.figures import Comparison, Result, Say, Size
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer

CONCURRENCY = 16


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Time every callback of the loop, and take the longest ones: one for each page."""
    medians, tails = [], []
    for run in range(size.runs):
        url = server.url(size.pages * PAGE)
        held = isolated(longest, server.url(PAGE), url, size.pages)
        medians.append(1000 * statistics.median(held))
        tails.append(1000 * held[len(held) // 100])
        say(f"loop held, {run + 1}/{size.runs}: {medians[-1]:.2f} ms, p99 {tails[-1]:.2f} ms")
    what = f"event loop held by one page of {PAGE}"
    comparisons = [
        Comparison(f"{what}, median", "", "ms", medians, at_most=1.0),
        Comparison(f"{what}, p99", "", "ms", tails),
    ]
    return Result(comparisons, {"median_ms": medians, "p99_ms": tails})


def longest(warm_url: str, url: str, pages: int) -> list[float]:
    """Give the seconds of the longest callbacks, as many as pages, longest first."""
    asyncio.run(read(warm_url, PAGE, CONCURRENCY))
    durations = _time_callbacks()
    asyncio.run(read(url, pages * PAGE, CONCURRENCY))
    return sorted(durations, reverse=True)[:pages]


def _time_callbacks() -> list[float]:
    """Time every callback that any loop runs from here on."""
    durations: list[float] = []
    run = events.Handle._run  # noqa: SLF001  # there is no public hook

    def timed(handle: events.Handle) -> None:
        began = time.perf_counter()
        run(handle)
        durations.append(time.perf_counter() - began)

    events.Handle._run = timed  # type: ignore[assignment,method-assign]  # noqa: SLF001
    return durations
