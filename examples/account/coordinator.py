"""Sees to it that every shard is finished, whoever dies on the way."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import attrs
from taskiq import AsyncBroker

from examples.account.plan import Plan
from examples.account.status import Overview
from examples.account.work import NAME, make_broker

_BETWEEN_LOOKS = 0.2  # seconds


@attrs.frozen(kw_only=True)
class Options:
    """How to archive an account.

    Attributes:
        folder: Where the archives are or will be.
        queue: The URL of a Redis; `None` is a queue in memory.
        limit: The URL of the account's limit.
        processes: How many workers to keep running.
        patience: Seconds without a sign of a shard before it is queued again.
        shards: How many shards to cut the account into.
    """

    folder: Path
    queue: str | None
    limit: str
    processes: int
    patience: float
    shards: int


async def archive_account(participants: list[str], options: Options) -> Overview:
    """Archive an account, or go on with it; give how far it came."""
    plan = Plan(options.folder)
    shards, round_ = plan.begin(participants, options.shards)
    broker = make_broker(options.folder, options.queue, options.limit)
    workers: list[asyncio.subprocess.Process] = []
    await broker.startup()
    try:
        turns = _Turns(plan, round_, broker, options)
        left = [shard for shard in range(shards) if not plan.is_finished(shard, round_)]
        while left:
            if options.queue is not None:
                workers = await _keep_running(workers, options)
            await turns.queue(left)
            await asyncio.sleep(_BETWEEN_LOOKS)
            left = [shard for shard in left if not turns.is_over(shard)]
            Overview.of(plan, shards, round_).show()
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.terminate()
        await asyncio.gather(*(worker.wait() for worker in workers))
        await broker.shutdown()
    return Overview.of(plan, shards, round_)


@attrs.define
class _Turns:
    """Queues as many shards as there are hands for, and again those of which nothing is heard."""

    plan: Plan
    round: int
    broker: AsyncBroker
    options: Options
    queued: dict[int, float] = attrs.field(factory=dict)

    async def queue(self, left: list[int]) -> None:
        task: Any = self.broker.find_task(NAME)
        most = 3 * self.options.processes
        for shard in left[:most]:
            heard = max(self.queued.get(shard, 0.0), self.plan.state(shard).at)
            if shard in self.queued and time.time() - heard < self.options.patience:
                continue
            self.queued[shard] = time.time()
            await task.kiq(str(self.options.folder), shard, self.round)

    def is_over(self, shard: int) -> bool:
        """Tell whether a shard is through since it was queued, with or without failures."""
        state = self.plan.state(shard)
        since = self.queued.get(shard)
        return (
            state.finished
            and state.round == self.round
            and since is not None
            and (not state.failed or state.at >= since)
        )


async def _keep_running(
    workers: list[asyncio.subprocess.Process], options: Options
) -> list[asyncio.subprocess.Process]:
    """Start workers in the place of those that died."""
    running = [worker for worker in workers if worker.returncode is None]
    command = ["-m", "examples.account.worker", str(options.folder)]
    command += ["--queue", str(options.queue), "--limit", options.limit]
    command += ["--parent", str(os.getpid())]
    missing = options.processes - len(running)
    starts = (asyncio.create_subprocess_exec(sys.executable, *command) for _ in range(missing))
    return [*running, *await asyncio.gather(*starts)]
