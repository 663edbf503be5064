"""Answer every question, or those that are named: `python -m benchmarks [QUESTION ...]`."""

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import attrs

from benchmarks import report
from benchmarks.figures import FULL, QUICK, Question, Result, Size
from benchmarks.isolated import ROOT, installed
from benchmarks.ready_server import served

QUESTIONS = (
    "import_time",
    "first_message",
    "latency",
    "throughput",
    "decoding",
    "loop_hold",
    "calls",
    "held",
    "files",
    "webhooks",
    "account_limit",
    "limits",
    "memory",
    "curves",
)
# Those with a target in the table, without what takes minutes by the clock.
CHECKED = tuple(
    name
    for name in QUESTIONS
    if name not in ("first_message", "loop_hold", "account_limit", "curves")
)
_CHECK_RUNS = 7
_PLOTS = ROOT / "docs" / "plots"


def ask(names: Sequence[str], size: Size) -> dict[str, Result]:
    """Answer questions one after another, with progress on standard error."""
    results = {}
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    with served(size.messages) as server:
        for place, name in enumerate(names, 1):
            module = import_module(f"benchmarks.{name}")
            say(f"[{place}/{len(names)}] {(module.__doc__ or name).splitlines()[0]}")
            question: Question = module.measure
            results[name] = question(server, size, say)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON and plots; a check only says what holds.

    Returns:
        1 if a check found a target that does not hold.
    """
    options = _parse(arguments)
    size = QUICK if options.quick else FULL
    if options.check:
        size = attrs.evolve(size, runs=max(size.runs, _CHECK_RUNS))
    if options.runs:
        size = attrs.evolve(size, runs=options.runs)
    if options.messages:
        size = attrs.evolve(size, messages=options.messages)
    with installed():
        results = ask(options.questions or (CHECKED if options.check else QUESTIONS), size)
    comparisons = [comparison for result in results.values() for comparison in result.comparisons]
    if options.check:
        comparisons = [comparison for comparison in comparisons if comparison.is_met is not None]
    figures = {name: result.figures for name, result in results.items()}
    print(report.table(comparisons))
    print(report.describe(report.machine()))
    print(f"median and range of {size.runs} interleaved runs")
    if options.check:
        return int(not all(comparison.is_met for comparison in comparisons))
    print(report.save(options.results, size, comparisons, figures))
    if find_spec("matplotlib"):
        folder = options.plots or (options.results if options.quick else _PLOTS)
        print(*import_module("benchmarks.plots").draw(figures, folder), sep="\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", nargs="*", choices=[[], *QUESTIONS], metavar="QUESTION")
    parser.add_argument("--quick", action="store_true", help="seconds, and no figure to trust")
    parser.add_argument("--check", action="store_true", help="only the figures with a target")
    parser.add_argument("--runs", type=int, help="interleaved runs of each comparison")
    parser.add_argument("--messages", type=int, help="messages streamed without latency")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    parser.add_argument(
        "--plots", type=Path, help="folder for plots: docs/plots, or that of a quick run's results"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
