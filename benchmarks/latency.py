"""How close does the pager come to the fastest possible reading if answers have latency?"""

from benchmarks.contenders import LABELS, OURS, PAGE, timed
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer

CONCURRENCY = 16
LATENCY = 0.05  # seconds
_RAW = "raw_pump"


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Stream the same pages as fast as they can be fetched, in turn."""
    messages = size.pages * PAGE
    seconds: dict[str, list[float]] = {_RAW: [], OURS: []}
    for run in range(-1, size.runs):  # the first one makes the server's pages ready
        for name, times in seconds.items():
            warm, url = [server.url(PAGE), PAGE], server.url(messages, latency=LATENCY)
            took, *_ = isolated(timed, name, warm, url, messages, CONCURRENCY)
            if run >= 0:
                times.append(took)
                say(f"{size.pages} pages, {run + 1}/{size.runs}: {took:.3f} s  {LABELS[name]}")
    comparison = Comparison(
        f"{size.pages} pages at {LATENCY * 1000:.0f} ms, concurrency {CONCURRENCY}",
        f"{LABELS[_RAW]}, {CONCURRENCY} in flight",
        "x its time",
        ratios(seconds[OURS], seconds[_RAW]),
        at_most=1.05,
    )
    return Result([comparison], {"pages": size.pages, "latency": LATENCY, "seconds": seconds})
