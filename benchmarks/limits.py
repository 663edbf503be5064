"""Do processes on one account keep its limit together, is it fair, and what do others do?"""

import asyncio
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Comparison, Result, Say, Size
from benchmarks.limit_contenders import MAKERS
from benchmarks.limit_field import Arrivals, observe
from benchmarks.ready_server import ReadyServer

_OURS = ("RedisLimiter", "FileLimiter")
_LIMIT = 30  # requests per second
_STEPS = (5.0, -5.0, 0.0, 0.0)  # seconds
_SINGLE_CALLS = 8
_QUEUE = 200


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Send with four processes, with a clock that is set, beside a queue, and with a kill."""
    del server  # the simulator notes when each request arrives
    comparisons: list[Comparison] = []
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, _redis(Path(folder)) as url:
        for kind in MAKERS:
            where = str(Path(folder) / "limit") if kind == "FileLimiter" else url
            if where:
                runs = [_run(kind, where, size, say) for _ in range(size.limit_runs)]
                figures[kind] = runs
                comparisons += _compare(kind, runs)
    return Result(comparisons, figures)


def _run(kind: str, where: str, size: Size, say: Say) -> dict[str, float]:
    calls, processes = size.limit_calls, len(_STEPS)
    single = {"calls": min(_SINGLE_CALLS, calls), "one_by_one": True}
    uneven = _observe(kind, where, [{"calls": size.limit_queue}, single])
    if size.limit_queue < _QUEUE:  # to see that it runs, one of the four is enough
        together = stepped = killed = uneven
    else:
        together = _observe(kind, where, [{"calls": calls}] * processes)
        stepped = _observe(kind, where, [{"calls": calls, "step": step} for step in _STEPS])
        killed = _observe(kind, where, [{"calls": calls}] * processes, killed=0)
    run = {
        "worst": together.worst,
        "worst_due": together.worst_due,
        "rate": together.rate,
        "least_share": together.least_share,
        "lag": together.lag,
        "worst_with_a_step": stepped.worst,
        "worst_due_with_a_step": stepped.worst_due,
        "single_wait": statistics.median(uneven.waits[1]),
        "gap_after_a_kill": killed.longest_gap(0),
    }
    say(f"{kind}: " + ", ".join(f"{name} {value:.2f}" for name, value in run.items()))
    return run


def _observe(kind: str, where: str, jobs: list[dict[str, Any]], **options: Any) -> Arrivals:
    return asyncio.run(observe(kind, where, jobs, **options))


def _compare(kind: str, runs: list[dict[str, float]]) -> Iterator[Comparison]:
    ours = kind in _OURS

    def comparison(what: str, unit: str, name: str, **target: float) -> Comparison:
        samples = [float(run[name]) for run in runs]
        return Comparison(
            f"{kind}: {what}", "processes on one account", unit, samples, **(target if ours else {})
        )

    yield comparison("most arrivals in a second", "", "worst")
    yield comparison("the same, less the machine's delays", "", "worst_due", at_most=_LIMIT)
    yield comparison("the same, two clocks set by 5 s", "", "worst_due_with_a_step", at_most=_LIMIT)
    yield comparison("arrivals per second", "", "rate", at_least=26)
    yield comparison("smallest share of a process", "x", "least_share", at_least=0.2)
    yield comparison("a single call beside 200 waits", "s", "single_wait", at_most=0.3)
    yield comparison("nothing arrives after a kill for", "s", "gap_after_a_kill", at_most=1)
    yield comparison("the machine itself was late by", "s", "lag")


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a Redis server; without the program there is no URL."""
    if shutil.which("redis-server") is None:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            while server.poll() is None and not _answers(port):
                time.sleep(0.01)
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
