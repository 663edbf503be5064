"""Several processes on one account, and the server that sees what arrives."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs

from benchmarks.isolated import ROOT
from benchmarks.limit_worker import Job
from ip1_async.testing import Simulator


@attrs.frozen
class Arrivals:
    """What arrived at the server, and what the workers said.

    Attributes:
        moments: When, in order, in seconds.
        senders: Which worker sent each.
        waits: What each call waited, by worker; empty for one that was killed.
    """

    moments: Sequence[float]
    senders: Sequence[int]
    waits: Sequence[Sequence[float]]

    @property
    def worst(self) -> int:
        """Most arrivals in any second."""
        first = most = 0
        for last, moment in enumerate(self.moments):
            while moment - self.moments[first] > 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    @property
    def rate(self) -> float:
        """Arrivals per second."""
        return (len(self.moments) - 1) / (self.moments[-1] - self.moments[0])

    @property
    def least_share(self) -> float:
        """The smallest part that a worker had, until the first one was ready."""
        left = Counter(self.senders)
        for end, sender in enumerate(self.senders, 1):
            left[sender] -= 1
            if not left[sender]:
                break
        so_far = Counter(self.senders[:end])
        return min(so_far[worker] for worker in left) / end

    def longest_gap(self, without: int) -> float:
        """Give the longest time without an arrival after the last one of a worker."""
        begin = max(
            at for at, who in zip(self.moments, self.senders, strict=True) if who == without
        )
        after = [at for at in self.moments if at >= begin]
        return max(b - a for a, b in zip(after, after[1:], strict=False))


def participant(worker: int) -> str:
    """Name whom a worker asks for."""
    return f"467000000{worker:02}"


async def observe(
    kind: str, where: str, jobs: Sequence[dict[str, Any]], *, killed: int | None = None
) -> Arrivals:
    """Let workers send, and note what arrives.

    Args:
        kind: The limiter.
        where: Its URL or file.
        jobs: What each worker does.
        killed: Which worker is killed after a second.
    """
    people = {participant(worker): 1 for worker in range(len(jobs))}
    async with Simulator(conversations=people) as server:
        workers = [
            await _start(Job(kind, where, server.v2_url, participant(number), **job))
            for number, job in enumerate(jobs)
        ]
        try:
            for worker in workers:
                await _stdout(worker).readline()
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write(b"go\n")
            if killed is not None:
                await asyncio.sleep(1.5)
                workers[killed].kill()
            said = await asyncio.gather(*(_stdout(worker).read() for worker in workers))
        finally:
            for worker in workers:
                if worker.returncode is None:
                    worker.kill()
                await worker.wait()
        seen = sorted((request.time, request.path) for request in server.requests)
    names = [f"/{participant(worker)}/" for worker in range(len(jobs))]
    senders = [next(n for n, name in enumerate(names) if name in path) for _, path in seen]
    return Arrivals([at for at, _ in seen], senders, [json.loads(text or b"[]") for text in said])


async def _start(job: Job) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.limit_worker", json.dumps(attrs.asdict(job))),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def _stdout(worker: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert worker.stdout is not None
    return worker.stdout
