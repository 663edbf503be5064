"""An account to try it with: a simulator in a process of its own."""

import argparse
import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Sequence

from ip1_async.testing import Simulator

_LONGEST = 300


def make_account(conversations: int) -> dict[str, int]:
    """Give the lengths of made-up conversations: many short ones, some of more than a page."""
    chance = random.Random(1)  # noqa: S311  # no secret
    numbers = (str(46_700_000_000 + number) for number in range(conversations))
    return {number: 1 + int(_LONGEST * chance.random() ** 3) for number in numbers}


def worst_second(times: Sequence[float]) -> int:
    """Count the most requests that arrived in any one second."""
    first, worst = 0, 0
    for last, time in enumerate(times):
        while time - times[first] >= 1:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


async def serve(conversations: int, latency: float, port: int, parent: int | None) -> None:
    """Serve the account until SIGTERM, or the parent's end, and then say what arrived."""
    simulator = Simulator(
        conversations=make_account(conversations), latency=latency, rate_limit=30, port=port
    )
    async with simulator:
        print(simulator.v2_url, flush=True)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        while parent in (None, os.getppid()) and not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.5)
    worst = worst_second([request.time for request in simulator.requests])
    print(
        f"{len(simulator.requests):,} requests arrived, at most {worst} in a second,"
        f" {simulator.throttled} refused",
        flush=True,
    )


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(prog="python -m examples.account.demo")
    parser.add_argument("conversations", type=int)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parent", type=int, help="process whose end is this one's, too")
    given = parser.parse_args()
    asyncio.run(serve(given.conversations, given.latency, given.port, given.parent))


if __name__ == "__main__":
    main()
