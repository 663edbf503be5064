"""How much time does it take to write, read, convert and sum up archives?

All figures are seconds of CPU, of a fresh process each.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.contenders.by_hand import write_lines
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import cpu, isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer

_IN_FLIGHT = (1, 16)
_IP1 = (sys.executable, "-c", "import sys; from ip1_async.cli import main; sys.exit(main())")
_SQL = (sys.executable, "-m", "benchmarks.contenders.duckdb_sql")
_TABLES = {"convert": 2.5, "report": 4.0}  # the targets
Measured = dict[str, list[float]]


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Archive one list, then read, convert and sum the file, each in turn with its alternative."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive" / f"{PARTICIPANT}.jsonl"
        write_lines(server.url(size.messages), size.messages, str(archive), _IN_FLIGHT[-1])
        archiving = _interleaved(_archiving(server, size, Path(folder)), size, say)
        reading = _interleaved(_reading(archive), size, say)
        tables = _interleaved(_of_tables(archive), size, say) if _has_rivals() else {}
    return Result(
        [
            *_findings_of_archiving(archiving, size),
            _finding_of_reading(reading),
            *_findings_of_tables(tables, size),
        ],
        {**archiving, **reading, **tables},
    )


def _has_rivals() -> bool:
    return all(map(find_spec, ("cyclopts", "duckdb", "matplotlib", "pyarrow")))


def _interleaved(jobs: Mapping[str, Callable[[], float]], size: Size, say: Say) -> Measured:
    seconds: Measured = {name: [] for name in jobs}
    for run in range(size.runs):
        for name, job in jobs.items():
            seconds[name].append(job())
        told = ", ".join(f"{name} {taken[-1]:.2f} s" for name, taken in seconds.items())
        say(f"files, {run + 1}/{size.runs}: {told}")
    return seconds


def _archiving(server: ReadyServer, size: Size, folder: Path) -> dict[str, Callable[[], float]]:
    def ours() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as target:
            url = server.url(size.messages)
            options = ("--v2-url", url, "--rate-limit", "10000")
            return cpu(*_IP1, "archive", PARTICIPANT, "-o", target, *options)

    def by_hand(in_flight: int) -> float:
        url, target = server.url(size.messages), str(folder / "by-hand.jsonl")
        arguments = (url, str(size.messages), target, str(in_flight))
        return cpu(sys.executable, "-m", "benchmarks.contenders.by_hand", *arguments)

    rivals = {f"by hand, {n} in flight": lambda n=n: by_hand(n) for n in _IN_FLIGHT}
    return {"ip1 archive": ours, **rivals}


def _reading(archive: Path) -> dict[str, Callable[[], float]]:
    return {
        "read_messages": lambda: float(isolated(read_ours, str(archive))),
        "json.loads": lambda: float(isolated(read_json, str(archive))),
    }


def _of_tables(archive: Path) -> dict[str, Callable[[], float]]:
    parquet, plots = (str(archive.parents[1] / name) for name in ("out.parquet", "plots"))
    folder, file = str(archive.parent), str(archive)
    return {
        "ip1 convert": lambda: cpu(*_IP1, "convert", file, parquet),
        "DuckDB convert": lambda: cpu(*_SQL, "convert", file, parquet),
        "ip1 report": lambda: cpu(*_IP1, "report", folder, "--no-plots"),
        "ip1 report, plots": lambda: cpu(*_IP1, "report", folder, "--plots", plots),
        "DuckDB report": lambda: cpu(*_SQL, "report", file),
        "ip1 --version": lambda: cpu(*_IP1, "--version"),
    }


def _findings_of_archiving(seconds: Measured, size: Size) -> list[Comparison]:
    return [
        Comparison(
            f"ip1 archive, {size.messages:,} messages",
            f"aiohttp and msgspec, {in_flight} in flight",
            "x its CPU",
            ratios(seconds["ip1 archive"], seconds[f"by hand, {in_flight} in flight"]),
            at_most=4.5,
        )
        for in_flight in _IN_FLIGHT
    ]


def _finding_of_reading(seconds: Measured) -> Comparison:
    taken = ratios(seconds["read_messages"], seconds["json.loads"])
    return Comparison("read_messages", "json.loads of its lines", "x its CPU", taken, at_most=0.5)


def _findings_of_tables(seconds: Measured, size: Size) -> list[Comparison]:
    if not seconds:
        return []
    comparisons = [
        Comparison(
            f"ip1 {name}, {size.messages:,} messages",
            "DuckDB doing the same",
            "x its CPU",
            ratios(seconds[f"ip1 {name}"], seconds[f"DuckDB {name}"]),
            at_most=target,
        )
        for name, target in _TABLES.items()
    ]
    plots = ratios(seconds["ip1 report, plots"], seconds["DuckDB report"])
    start = seconds["ip1 --version"]
    return [
        *comparisons,
        Comparison("the same with plots", "DuckDB without", "x its CPU", plots),
        Comparison("start of the command ip1", "", "s of CPU", start, at_most=0.5),
    ]


def read_ours(path: str) -> float:
    """Give the seconds of CPU for reading all models."""
    from ip1_async.tables import read_messages  # noqa: PLC0415  # its import is not measured

    return _timed(lambda: read_messages(path))


def read_json(path: str) -> float:
    """Give the seconds of CPU for parsing all lines."""
    with open(path, "rb") as file:  # noqa: PTH123  # as one writes it
        return _timed(lambda: map(json.loads, file))


def _timed(make: Callable[[], Any]) -> float:
    began = time.process_time()
    for _ in make():
        pass
    return time.process_time() - began
