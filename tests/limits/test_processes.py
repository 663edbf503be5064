"""Processes that share a limit, and a server that counts what arrives.

A machine that runs other tests at the same time is late by more than the limit can allow for. So
each request says when it was due at the server, after its permission and its delay on the way.
"""

from pathlib import Path

import pytest
from redis_server import needs_redis

from benchmarks.limit_field import observe


@pytest.fixture(params=[pytest.param("RedisLimiter", marks=needs_redis), "FileLimiter"])
def limit(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Name a limiter and where it is."""
    if request.param == "FileLimiter":
        return request.param, str(tmp_path / "limit")
    return request.param, request.getfixturevalue("server").url


async def test_four_processes_with_jitter(limit: tuple[str, str]) -> None:
    """At most 30 arrive in any second, and everybody gets on.

    One clock is set forth by 5 s meanwhile, and another one back.
    """
    jobs = [{"calls": 40, "step": step} for step in (0.0, 5.0, -5.0, 0.0)]
    seen = await observe(*limit, jobs)
    assert seen.worst_due <= 30
    assert len(seen.moments) == 160
    assert seen.least_share >= 0.2


async def test_a_killed_process_costs_the_others_nothing(limit: tuple[str, str]) -> None:
    """The moment that it had booked is lost, and no lock stays."""
    seen = await observe(*limit, [{"calls": 60}] * 3, killed=1)
    assert seen.worst_due <= 30
    assert all(seen.senders.count(worker) == 60 for worker in (0, 2))
    assert 0 < seen.senders.count(1) < 60
    assert seen.longest_gap(1) <= 1 + seen.lag
