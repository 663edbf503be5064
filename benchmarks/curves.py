"""What do concurrency and size change? This fills no line of the table, but two of the plots."""

from collections.abc import Sequence

import attrs

from benchmarks.contenders import OURS, PAGE, available, timed
from benchmarks.figures import Result, Say, Size
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer
from benchmarks.throughput import compare

_MOST_RUNS = 3


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Measure the curves, with fewer runs than for the table."""
    size = attrs.evolve(size, runs=min(size.runs, _MOST_RUNS))
    sizes = [int(size.messages * share) for share in size.shares]
    by_size = [compare(server, messages, size.runs, say, names=_others()).cpu for messages in sizes]
    figures = {
        "concurrencies": size.concurrencies,
        "messages_per_second": {
            str(latency): [_rates(server, size, latency, each, say) for each in size.concurrencies]
            for latency in size.latencies
        },
        "messages": sizes,
        "cpu": {name: [times[name] for times in by_size] for name in by_size[0]},
    }
    return Result([], figures)


def _others() -> Sequence[str]:
    """Name one of each kind: a plot of all would hide them behind each other."""
    return [name for name in available() if name not in ("warm_typed_pump", "ours_by_pages")]


def _rates(
    server: ReadyServer, size: Size, latency: float, concurrency: int, say: Say
) -> list[float]:
    messages = size.curve * PAGE
    found = []
    for _ in range(size.runs):
        url = server.url(messages, latency=latency)
        took, *_ = isolated(timed, OURS, [server.url(PAGE), PAGE], url, messages, concurrency)
        found.append(messages / took)
    rate = max(found)
    say(f"{latency * 1000:3.0f} ms, concurrency {concurrency:2}: {rate:7,.0f} messages/s at best")
    return found
