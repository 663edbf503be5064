"""A worker: takes shards from Redis. Any machine that sees the disk can run one."""

import argparse
import asyncio
import os
from pathlib import Path

from taskiq.api import run_receiver_task

from examples.account.work import make_broker

_SHARDS_AT_ONCE = 2  # while the last conversations of one are read, the next one begins


async def work(folder: Path, queue: str, limit: str, parent: int | None) -> None:
    """Work until the parent process ends, if there is one to watch."""
    broker = make_broker(folder, queue, limit)
    receiver = asyncio.create_task(
        run_receiver_task(broker, run_startup=True, max_async_tasks=_SHARDS_AT_ONCE)
    )
    while parent in (None, os.getppid()):
        done, _ = await asyncio.wait([receiver], timeout=0.5)
        if done:
            receiver.result()
            return
    os._exit(1)  # at any moment is fine: what is on the disk is whole


def main() -> None:
    """Read the options, and work."""
    parser = argparse.ArgumentParser(prog="python -m examples.account.worker")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queue", required=True, help="URL of the Redis with the queue")
    parser.add_argument("--limit", required=True, help="URL of the account's limit")
    parser.add_argument("--parent", type=int, help="process whose end is this one's, too")
    given = parser.parse_args()
    os.umask(0o077)
    asyncio.run(work(given.folder.resolve(), given.queue, given.limit, given.parent))


if __name__ == "__main__":
    main()
