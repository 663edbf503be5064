"""Several processes on one account, and the server that sees what arrives."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import attrs

from benchmarks.isolated import ROOT
from benchmarks.limit_worker import Job, watched
from ip1_async.testing import Simulator


@attrs.frozen
class Arrivals:
    """What arrived at the server, and what the workers said.

    Attributes:
        moments: When, in order, in seconds.
        senders: Which worker sent each.
        waits: What each call waited, by worker; empty for one that was killed.
        lag: By how many seconds the machine was late at most: a worker and the server together.
    """

    moments: Sequence[float]
    senders: Sequence[int]
    waits: Sequence[Sequence[float]]
    lag: float

    def worst(self, window: float = 1.0) -> int:
        """Most arrivals in any second, or other window."""
        first = most = 0
        for last, moment in enumerate(self.moments):
            while moment - self.moments[first] > window:
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
        all_of = Counter(self.senders)
        so_far: Counter[int] = Counter()
        for sender in self.senders:
            so_far[sender] += 1
            if so_far[sender] == all_of[sender]:
                break
        return min(so_far[worker] for worker in all_of) / so_far.total()

    def longest_gap(self, without: int) -> float:
        """Give the longest time without an arrival after the last one of a worker."""
        begin = max(
            at for at, who in zip(self.moments, self.senders, strict=True) if who == without
        )
        after = [at for at in self.moments if at >= begin]
        return max(later - earlier for earlier, later in pairwise(after))


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
    people = {participant(worker): 1 for worker in range(len(jobs))} | {"1": 1}
    async with Simulator(conversations=people) as server, watched() as lag:
        workers = [
            await _start(Job(kind, where, server.v2_url, participant(number), **job))
            for number, job in enumerate(jobs)
        ]
        try:
            for worker in workers:
                await _stdout(worker).readline()
            server.requests.clear()
            lag[0] = 0.0
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write(b"go\n")
            if killed is not None:
                await asyncio.sleep(1.5)
                workers[killed].kill()
            said = await asyncio.gather(*(_stdout(worker).read() for worker in workers))
        except BaseException:
            for worker in workers:
                worker.kill()
            raise
        finally:
            await asyncio.gather(*(worker.wait() for worker in workers))
        seen = sorted((request.time, request.path) for request in server.requests)
    names = [f"/{participant(worker)}/" for worker in range(len(jobs))]
    senders = [next(n for n, name in enumerate(names) if name in path) for _, path in seen]
    reports = [json.loads(text or '{"waits": [], "lag": 0}') for text in said]
    late = lag[0] + max(report["lag"] for report in reports)
    return Arrivals([at for at, _ in seen], senders, [each["waits"] for each in reports], late)


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
