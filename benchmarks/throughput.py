"""How fast are typed messages without latency and limit, compared with the alternatives?"""

from benchmarks.contenders import LABELS, OURS, available, timed
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer

CONCURRENCY = 16
_WARM = 2_000
# At least so many times as many messages per second as each.
_TARGETS = {
    "typed_pump": 0.75,
    "raw_pump": None,
    "json_dicts": 1.5,
    "httpx_pydantic": 3.2,
    "stock_cattrs": 2.2,
}


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Stream the same list with every contender in turn."""
    seconds = compare(server, size.messages, size.runs, say)
    comparisons = [
        Comparison(
            f"{size.messages:,} messages, no latency",
            LABELS[name],
            "x",
            ratios(seconds[name], seconds[OURS]),
            at_least=least,
        )
        for name, least in _TARGETS.items()
        if name in seconds
    ]
    rates = {name: [size.messages / each for each in times] for name, times in seconds.items()}
    return Result(comparisons, {"messages": size.messages, "messages_per_second": rates})


def compare(server: ReadyServer, messages: int, runs: int, say: Say) -> dict[str, list[float]]:
    """Give the seconds of each run by contender; all must have read the same."""
    for name in ("raw_pump", OURS):  # both make the server's pages ready, at their offsets
        _stream(server, name, messages)
    seconds: dict[str, list[float]] = {name: [] for name in available()}
    contents = set()
    for run in range(runs):
        for name, times in seconds.items():
            took, characters = _stream(server, name, messages)
            times.append(took)
            if characters:
                contents.add(characters)
            say(f"{messages:,} messages, {run + 1}/{runs}: {took:7.3f} s  {LABELS[name]}")
    assert len(contents) == 1, "the contenders read different lists"
    return seconds


def _stream(server: ReadyServer, name: str, messages: int) -> tuple[float, int]:
    warm = (server.url(_WARM), _WARM)
    took, characters = isolated(timed, name, warm, server.url(messages), messages, CONCURRENCY)
    return took, characters
