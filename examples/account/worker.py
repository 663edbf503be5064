"""A worker: takes shards from Redis until whoever started it is gone. Any machine can run one."""

import argparse
import asyncio
import os
from pathlib import Path

from taskiq.api import run_receiver_task

from examples.account.work import make_broker

_SHARDS_AT_ONCE = 2  # while the last conversations of one are read, the next one begins


async def work(folder: Path, queue: str, limit: str) -> None:
    """Work until the parent process ends."""
    broker = make_broker(folder, queue, limit)
    receiver = asyncio.create_task(
        run_receiver_task(broker, run_startup=True, max_async_tasks=_SHARDS_AT_ONCE)
    )
    parent = os.getppid()
    while os.getppid() == parent:
        done, _ = await asyncio.wait([receiver], timeout=0.5)
        if done:
            break
    receiver.cancel()
    await asyncio.gather(receiver, return_exceptions=True)
    await broker.shutdown()


def main() -> None:
    """Read the options, and work."""
    parser = argparse.ArgumentParser(prog="python -m examples.account.worker")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queue", required=True, help="URL of the Redis with the queue")
    parser.add_argument("--limit", required=True, help="URL of the account's limit")
    given = parser.parse_args()
    os.umask(0o077)
    asyncio.run(work(given.folder.resolve(), given.queue, given.limit))


if __name__ == "__main__":
    main()
