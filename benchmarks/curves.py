"""What do concurrency and size change? No line of the table, but two of the plots."""

from typing import Any

from benchmarks.contenders import OURS, PAGE, timed
from benchmarks.figures import Answer, Say, Size
from benchmarks.isolated import isolated
from benchmarks.throughput import compare
from benchmarks.wire import Wire

CONCURRENCIES = (1, 2, 4, 8, 16, 32)
LATENCIES = (0.01, 0.05, 0.2)  # seconds
_SHARES = (10, 4, 2, 1)
_MOST_RUNS = 3


def measure(wire: Wire, size: Size, say: Say) -> Answer:
    """Measure the curves; fewer runs than for the table do."""
    runs = min(size.runs, _MOST_RUNS)
    sizes = [size.messages // share for share in _SHARES]
    by_size = [compare(wire, messages, runs, say) for messages in sizes]
    figures = {
        "concurrencies": CONCURRENCIES,
        "messages_per_second": {
            str(latency): [_rates(wire, size, latency, each, runs, say) for each in CONCURRENCIES]
            for latency in LATENCIES
        },
        "messages": sizes,
        "seconds": {name: [times[name] for times in by_size] for name in by_size[0]},
    }
    return Answer([], figures)


def _rates(
    wire: Wire, size: Size, latency: float, concurrency: int, runs: int, say: Say
) -> list[float]:
    messages = size.curve * PAGE
    found: list[float] = []
    for _ in range(runs):
        url = wire.url(messages, latency=latency)
        answer: Any = isolated(timed, OURS, [wire.url(PAGE), PAGE], url, messages, concurrency)
        found.append(messages / answer[0])
    rate = max(found)
    say(f"{latency * 1000:3.0f} ms, concurrency {concurrency:2}: {rate:7,.0f} messages/s at best")
    return found
