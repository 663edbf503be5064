"""Does it last? `python -m benchmarks.soak --seconds 300`.

Streams a conversation that moves over and over, with faults at 5 %, and is cancelled and resumed
from its cursor at random. After each pass every message that was there throughout must have come
once, and none twice; memory and file descriptors must stay flat.
"""

import argparse
import asyncio
import contextlib
import gc
import itertools
import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ip1_async import Client, IP1Error
from ip1_async.testing import Simulator

PARTICIPANT = "46712345678"
MESSAGES = 20_000
LATENCY = (0.002, 0.02)  # seconds
REPORT = 5.0  # seconds
MOST_GROWTH = 30.0  # megabytes after the first pass
MOST_DESCRIPTORS = 40
Usage = tuple[float, int]
FAULTS = 0.05


def _serve(connection: Connection) -> None:
    """Serve a list that moves; on demand, name the messages that stayed since the last demand."""
    asyncio.run(_move(connection))


async def _move(connection: Connection) -> None:
    numbers = itertools.count()
    source = random.Random(1)

    def message() -> dict[str, Any]:
        return {"id": f"m{next(numbers)}", "body": "x" * 100, "statuses": []}

    messages = [message() for _ in range(MESSAGES)]
    simulator = Simulator(
        conversations={PARTICIPANT: messages}, faults=FAULTS, latency=LATENCY, seed=1
    )
    async with simulator:
        connection.send(simulator.v2_url)
        staying = {item["id"] for item in messages}
        while True:
            await asyncio.sleep(0.01)
            messages.insert(source.choice([0, len(messages)]), message())
            staying.discard(messages.pop(source.randrange(len(messages)))["id"])
            simulator.requests.clear()
            if connection.poll():
                if connection.recv() is None:
                    return
                connection.send(staying)
                staying = {item["id"] for item in messages}


async def read_once(client: Client, source: random.Random, counts: Counter[str]) -> list[str]:
    """Read to the end, however often it is cancelled or fails; give the ids."""
    read: list[str] = []
    cursor, ended = None, False
    while not ended:
        listing = client.v2.conversations.list_messages(PARTICIPANT, page_size=100, cursor=cursor)
        with contextlib.suppress(IP1Error, TimeoutError):
            async with listing as pager, asyncio.timeout(source.expovariate(3)):
                async for message in pager:
                    read.append(message.id)  # noqa: PERF401  # what came stays on an error
                ended = True
        cursor = listing.cursor
        counts["shifts"] += listing.shifts
        counts["kills"] += not ended
    counts["messages"] += len(read)
    counts["passes"] += 1
    return read


def in_use() -> Usage:
    """Give resident megabytes and open file descriptors of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6, len(list(Path("/proc/self/fd").iterdir()))


async def soak(url: str, connection: Connection, seconds: float) -> None:
    """Read repeatedly until the time is up; fail if something is lost, repeated or leaked."""
    source, counts = random.Random(2), Counter[str]()
    began = reported = time.monotonic()
    start: Usage | None = None
    async with Client("token", v2_url=url, rate_limit=None, retry_for=120) as client:
        while time.monotonic() - began < seconds:
            await asyncio.to_thread(_ask, connection)
            read = await read_once(client, source, counts)
            staying = await asyncio.to_thread(_ask, connection)
            assert len(read) == len(set(read)), "a message came twice"
            lost = staying - set(read)
            assert not lost, f"lost: {sorted(lost)[:5]}"
            now = in_use()
            start = start or now
            assert now[0] - start[0] < MOST_GROWTH, "memory grows"
            assert now[1] - start[1] < MOST_DESCRIPTORS, "descriptors leak"
            if time.monotonic() - reported > REPORT or time.monotonic() - began > seconds:
                reported = time.monotonic()
                report(reported - began, counts, now, start)


def report(seconds: float, counts: Counter[str], now: Usage, start: Usage) -> None:
    """Print one line."""
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    print(
        f"{seconds:5.0f} s: {said}; {now[0]:.0f} MB ({now[0] - start[0]:+.1f}), "
        f"{now[1]} descriptors ({now[1] - start[1]:+d}); none lost, none twice",
        flush=True,
    )


def _ask(connection: Connection) -> set[str]:
    connection.send("staying")
    staying: set[str] = connection.recv()
    return staying


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,))
    server.start()
    try:
        asyncio.run(soak(ours.recv(), ours, options.seconds))
    finally:
        ours.send(None)
        server.join()


if __name__ == "__main__":
    main()
