"""How much longer does our import take than aiohttp's, which it contains?"""

from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import evaluated
from benchmarks.ready_server import ReadyServer

_CODE = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"
_TIMES = 3  # an import is short, and its time scatters


def measure(server: ReadyServer, size: Size, say: Say) -> Result:  # noqa: ARG001  # it takes no server
    """Import both in turn, in fresh interpreters."""
    seconds: dict[str, list[float]] = {"aiohttp": [], "ip1_async": []}
    for run in range(-1, size.runs * _TIMES):  # the first one writes the byte code
        for name, times in seconds.items():
            took = evaluated(_CODE.format(name))
            if run >= 0:
                times.append(took)
    ours, theirs = (1000 * min(seconds[name]) for name in ("ip1_async", "aiohttp"))
    say(f"import: at best {ours:.0f} ms, aiohttp {theirs:.0f} ms")
    comparison = Comparison(
        "import ip1_async",
        "import aiohttp",
        "x its time",
        ratios(seconds["ip1_async"], seconds["aiohttp"]),
        at_most=1.20,
    )
    return Result([comparison], {"seconds": seconds})
