"""Several processes on one account, and the server that sees what arrives."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter
from typing import Any

import attrs

from benchmarks.isolated import ROOT
from benchmarks.limit_worker import DUE, Job
from ip1_async.testing import Simulator


@attrs.frozen
class Arrivals:
    """What arrived at the server, and what the workers said.

    Attributes:
        moments: When, in order, in seconds.
        due: When each would have arrived on a machine that is never late: after its permission
            and its delay on the way.
        senders: Which worker sent each.
        waits: What each call waited, by worker; empty for one that was killed.
    """

    moments: Sequence[float]
    due: Sequence[float]
    senders: Sequence[int]
    waits: Sequence[Sequence[float]]

    @property
    def worst(self) -> int:
        """Most arrivals in any second."""
        return _most_in_a_second(self.moments)

    @property
    def worst_due(self) -> int:
        """Most arrivals in any second, if the machine were never late."""
        return _most_in_a_second(sorted(self.due))

    @property
    def lag(self) -> float:
        """By how many seconds the machine was late at most."""
        return max(at - due for at, due in zip(self.moments, self.due, strict=True))

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
        return max((later - earlier for earlier, later in pairwise(after)), default=0.0)


def _most_in_a_second(moments: Sequence[float]) -> int:
    first = most = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > 1:
            first += 1
        most = max(most, last - first + 1)
    return most


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
    async with Simulator(conversations=people) as server:
        workers = [
            await _start(Job(kind, where, server.v2_url, participant(number), **job))
            for number, job in enumerate(jobs)
        ]
        try:
            for worker in workers:
                await _stdout(worker).readline()
            server.requests.clear()
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write(b"go\n")
            if killed is not None:
                await asyncio.sleep(1.5)
                with suppress(ProcessLookupError):  # it has sent everything
                    workers[killed].kill()
            said = await asyncio.gather(*(_stdout(worker).read() for worker in workers))
        except BaseException:
            for worker in workers:
                with suppress(ProcessLookupError):
                    worker.kill()
            raise
        finally:
            await asyncio.gather(*(worker.wait() for worker in workers))
        seen = sorted(server.requests, key=attrgetter("time"))
    names = {f"/{participant(worker)}/": worker for worker in range(len(jobs))}
    return Arrivals(
        [request.time for request in seen],
        [float(request.headers[DUE]) for request in seen],
        [next(number for name, number in names.items() if name in each.path) for each in seen],
        [json.loads(text or b"[]") for text in said],
    )


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
