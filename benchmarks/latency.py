"""How close does the pipeline come to the wire where every answer takes its time?"""

from benchmarks.contenders import LABELS, OURS, PAGE, timed
from benchmarks.figures import Answer, Finding, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.wire import Wire

CONCURRENCY = 16
LATENCY = 0.05  # seconds
_RAW = "raw_pump"


def measure(wire: Wire, size: Size, say: Say) -> Answer:
    """Stream the same pages as fast as they can be fetched, in turn."""
    messages = size.pages * PAGE
    seconds: dict[str, list[float]] = {_RAW: [], OURS: []}
    for run in range(-1, size.runs):  # the first one makes the server's pages ready
        for name, times in seconds.items():
            warm, url = [wire.url(PAGE), PAGE], wire.url(messages, latency=LATENCY)
            took, *_ = isolated(timed, name, warm, url, messages, CONCURRENCY)
            if run >= 0:
                times.append(took)
                say(f"{size.pages} pages, {run + 1}/{size.runs}: {took:.3f} s  {LABELS[name]}")
    finding = Finding(
        f"{size.pages} pages at {LATENCY * 1000:.0f} ms, concurrency {CONCURRENCY}",
        f"{LABELS[_RAW]}, {CONCURRENCY} in flight",
        "x its time",
        ratios(seconds[OURS], seconds[_RAW]),
        at_most=1.05,
    )
    return Answer([finding], {"pages": size.pages, "latency": LATENCY, "seconds": seconds})
