"""What a benchmark is given and what it finds out."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from benchmarks.ready_server import ReadyServer

Say = Callable[[str], None]


@attrs.frozen
class Size:
    """How much to measure.

    Attributes:
        runs: Interleaved runs of each comparison.
        messages: Messages streamed without latency.
        calls: Single calls sent at once.
        pages: Pages streamed with latency.
        limited_pages: Pages streamed at the account's limit.
        first: First messages fetched in each run.
        hooks: Hooks posted to each receiver in each run.
        held: Messages that memory is measured over.
        held_first: Messages after which memory should not grow.
        curve: Pages of each point of the curves over concurrency.
        concurrencies: The points of those curves.
        latencies: One such curve for each, in seconds.
        shares: Fractions of `messages`, the points of the curve over messages.
        limit_calls: Calls of each of four processes that share a limit.
        limit_queue: Calls that wait beside a single one.
        limit_runs: Runs of each shared limiter.
    """

    runs: int
    messages: int
    calls: int
    pages: int
    limited_pages: int
    first: int
    hooks: int
    held: int
    held_first: int
    curve: int
    concurrencies: Sequence[int]
    latencies: Sequence[float]
    shares: Sequence[float]
    limit_calls: int
    limit_queue: int
    limit_runs: int


FULL = Size(
    runs=5,
    messages=100_000,
    calls=10_000,
    pages=200,
    limited_pages=300,
    first=30,
    hooks=20_000,
    held=1_000_000,
    held_first=10_000,
    curve=64,
    concurrencies=(1, 2, 4, 8, 16, 32),
    latencies=(0.01, 0.05, 0.2),
    shares=(0.1, 0.25, 0.5, 1),
    limit_calls=300,
    limit_queue=200,
    limit_runs=1,
)
QUICK = Size(
    runs=1,
    messages=2_000,
    calls=100,
    pages=8,
    limited_pages=8,
    first=2,
    hooks=400,
    held=8_000,
    held_first=2_000,
    curve=4,
    concurrencies=(1, 16),
    latencies=(0.01,),
    shares=(1,),
    limit_calls=4,
    limit_queue=4,
    limit_runs=1,
)


@attrs.frozen
class Comparison:
    """One line of the table.

    Attributes:
        what: The thing that was measured.
        against: The thing that it is compared with.
        unit: `x` for a ratio, or the unit of each sample.
        samples: One value for each run.
        at_least: Its median should not be below.
        at_most: Its median should not be above.
    """

    what: str
    against: str
    unit: str
    samples: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return statistics.median(self.samples)

    @property
    def is_met(self) -> bool | None:
        """Whether the median is on the right side; `None` if there is no target."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most


@attrs.frozen
class Result:
    """The answer to a question: lines of the table, and all figures for the JSON and the plots."""

    comparisons: Sequence[Comparison]
    figures: dict[str, Any]


Question = Callable[[ReadyServer, Size, Say], Result]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide run by run, because a disturbance of the machine affects both sides of a run."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]
