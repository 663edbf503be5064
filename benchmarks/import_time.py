"""How much longer does our import take than aiohttp's, which it contains?"""

import sys

from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import cpu
from benchmarks.ready_server import ReadyServer

_OURS = "from ip1_async import Client"
_THEIRS = "import aiohttp"
_TIMES = 3  # an import is short, and its time scatters


def measure(server: ReadyServer, size: Size, say: Say) -> Result:  # noqa: ARG001  # it takes no server
    """Import both in turn, in fresh interpreters."""
    seconds: dict[str, list[float]] = {_THEIRS: [], _OURS: []}
    for run in range(-1, size.runs * _TIMES):  # the first one writes the byte code
        for code, times in seconds.items():
            took = cpu(sys.executable, "-c", code)
            if run >= 0:
                times.append(took)
    ours, theirs = (1000 * min(seconds[name]) for name in (_OURS, _THEIRS))
    say(f"import: at best {ours:.0f} ms, aiohttp {theirs:.0f} ms")
    comparison = Comparison(
        _OURS,
        _THEIRS,
        "x its CPU",
        ratios(seconds[_OURS], seconds[_THEIRS]),
        at_most=1.12,
    )
    return Result([comparison], {"seconds": seconds})
