"""What do typed messages cost without latency and limit, compared with the alternatives?"""

from collections.abc import Mapping, Sequence

import attrs

from benchmarks.contenders import LABELS, OURS, OURS_BY_PAGES, PAGE, available, timed
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import ReadyServer

CONCURRENCY = 16
_WARM = 2_000
_SMALL_PAGE = 50  # of a server that clamps
# Their CPU is at least so many times ours.
_TARGETS = {
    "typed_pump": 1.0,
    "warm_typed_pump": 0.9,
    "raw_pump": None,
    "json_dicts": 1.5,
    "httpx_pydantic": 3.2,
    "stock_cattrs": 3.0,
}
_SMALL_TARGETS = {"typed_pump": None, "warm_typed_pump": 0.7}


@attrs.frozen
class Compared:
    """Seconds of each run, by contender.

    Attributes:
        cpu: User and system.
        wall: By the clock.
    """

    cpu: dict[str, list[float]]
    wall: dict[str, list[float]]


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Stream the same list with every contender in turn, then in small pages."""
    found = compare(server, size.messages, size.runs, say)
    pumps = (*_SMALL_TARGETS, OURS)
    small = compare(server, size.messages, size.runs, say, names=pumps, page=_SMALL_PAGE)
    what = f"{size.messages:,} messages"
    by_pages = ratios(found.cpu[OURS_BY_PAGES], found.cpu[OURS])
    comparisons = [
        *_findings(what, found.cpu, "x our CPU", _TARGETS),
        *_findings(f"{what}, pages of {_SMALL_PAGE}", small.cpu, "x our CPU", _SMALL_TARGETS),
        Comparison(f"{what} by pages()", "one by one", "x its CPU", by_pages, at_most=1.05),
        *_findings(what, found.wall, "x our time", dict.fromkeys(_TARGETS)),
    ]
    figures = {"messages": size.messages, "all": attrs.asdict(found), "small": attrs.asdict(small)}
    return Result(comparisons, figures)


def _findings(
    what: str,
    seconds: Mapping[str, list[float]],
    unit: str,
    targets: Mapping[str, float | None],
) -> list[Comparison]:
    return [
        Comparison(what, LABELS[name], unit, ratios(seconds[name], seconds[OURS]), at_least=least)
        for name, least in targets.items()
        if name in seconds
    ]


def compare(
    server: ReadyServer,
    messages: int,
    runs: int,
    say: Say,
    *,
    names: Sequence[str] = (),
    page: int = PAGE,
) -> Compared:
    """Read a list with every contender, or those named, in turn; all must read the same."""
    how = (CONCURRENCY,) if page == PAGE else (CONCURRENCY, page)
    names = names or available()
    found = Compared({name: [] for name in names}, {name: [] for name in names})
    contents = set()
    for run in range(-1, runs):  # the first one makes the server's pages ready
        for name in names:
            warm, url = (server.url(_WARM), _WARM), server.url(messages)
            wall, cpu, characters = isolated(timed, name, warm, url, messages, *how)
            if run < 0:
                continue
            found.cpu[name].append(cpu)
            found.wall[name].append(wall)
            if characters:
                contents.add(characters)
            say(f"{messages:,} messages, {run + 1}/{runs}: {cpu:7.3f} s of CPU  {LABELS[name]}")
    assert len(contents) == 1, "the contenders read different lists"
    return found
