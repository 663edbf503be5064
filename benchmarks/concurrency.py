"""How much time does fetching pages concurrently save? `python -m benchmarks.concurrency`.

A conversation is streamed at a fixed latency without a rate limit, and compared with the same
pages one after another, and with the fewest round trips possible: one for the first page, then
`concurrency` pages in each.
"""

import argparse
import asyncio
import math
import statistics
import time

from benchmarks.server import PARTICIPANT, served
from ip1_async import Client

PAGE = 200


async def stream(url: str, messages: int, concurrency: int) -> float:
    """Stream the conversation; give the seconds it took."""
    async with Client("token", v2_url=url, rate_limit=None, concurrency=concurrency) as client:
        began = time.perf_counter()
        count = 0
        async for _ in client.v2.conversations.list_messages(PARTICIPANT):
            count += 1
        assert count == messages
        return time.perf_counter() - began


async def one_after_another(url: str, messages: int) -> float:
    """Ask for each page when the one before has come; give the seconds it took."""
    async with Client("token", v2_url=url, rate_limit=None) as client:
        began = time.perf_counter()
        count = 0
        for start in range(0, messages, PAGE):
            pager = client.v2.conversations.list_messages(PARTICIPANT, start=start, max_items=PAGE)
            count += len(await pager.collect())
        assert count == messages
        return time.perf_counter() - began


async def compare(url: str, pages: int, latency: float, concurrency: int, runs: int) -> None:
    """Run both in turn and print the medians and their ratios."""
    await stream(url, pages * PAGE, concurrency)  # fills the server's cache
    ours, theirs = [], []
    for run in range(runs):
        ours.append(await stream(url, pages * PAGE, concurrency))
        theirs.append(await one_after_another(url, pages * PAGE))
        print(f"run {run + 1}/{runs}: {ours[-1]:.3f} s, one after another {theirs[-1]:.3f} s")
    trips = 1 + math.ceil((pages - 1) / concurrency)
    median, sequential = statistics.median(ours), statistics.median(theirs)
    print(f"{pages} pages at {latency * 1000:.0f} ms, concurrency {concurrency}: {median:.3f} s")
    print(f"  of {trips} round trips:      {median / (trips * latency):.2f} x")
    print(f"  of one after another: {median / sequential:.3f} x")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with served(options.pages * PAGE, latency=options.latency) as url:
        asyncio.run(compare(url, options.pages, options.latency, options.concurrency, options.runs))


if __name__ == "__main__":
    main()
