"""Plot the figures of archives, with matplotlib."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from ip1_async import _private_files
from ip1_async.cli._output import clean
from ip1_async.cli.report._figures import Figures, Month, Outcome, Way
from ip1_async.cli.report._sections import WEEKDAYS, networks
from ip1_async.cli.report._sums import Scope

_WIDTH = 10  # inches
_MOST_CURRENCIES = 4
_MOST_NETWORKS = 9
_LONGEST_LABEL = 26
_MOST_TICKS = 12
_FEWEST_MONTHS = 6  # on the scale, so that a single month is no wall
_MONTHS_BETWEEN_TICKS = (1, 2, 3, 6, 12, 24, 60, 120, 1_200, 12_000)  # the last for any year
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LAST_LETTER = "\u024f"  # of those that the font surely has
_BLUE, _GREY, _PALE = "#2f6db3", "#5a5a5a", 0.45
_WAYS = {Way.OUTGOING: _BLUE, Way.INCOMING: "#e08a2c", Way.UNKNOWN: "#b5b5b5"}
_MAPS = {Way.OUTGOING: "Blues", Way.INCOMING: "Oranges"}
_COLORS = {Outcome.DELIVERED: "#3a9d5d", Outcome.FAILED: "#c8503c", Outcome.OPEN: "#d0d0d0"}


def draw_plots(figures: Figures, scope: Scope, directory: Path) -> list[Path]:
    """Write a PNG file for each plot that has data, for the user alone, and give their paths.

    Raises:
        OSError: A file can't be written.
    """
    with rc_context({"font.size": 13}):
        drawn = {
            "messages-by-month": _messages(figures, scope),
            "cost-by-month": _costs(figures, scope),
            "delivery-by-network": _networks(figures),
            "busiest-hours": _hours(figures, scope),
        }
        _private_files.make_directory(directory)
        paths = []
        for name, figure in drawn.items():
            if figure is not None:
                paths.append(directory / f"{name}.png")
                with _private_files.open_file(paths[-1], "wb") as file:
                    figure.savefig(file, dpi=150)
    return paths


def _label(text: str) -> str:
    """Shorten a text from outside, and keep to letters that the font has."""
    short = "".join(letter if letter <= _LAST_LETTER else "?" for letter in clean(text))
    return short if len(short) <= _LONGEST_LABEL else short[: _LONGEST_LABEL - 3] + "..."


def _new(height: float, title: str, about: str) -> Figure:
    """Make a figure with a title, and a line in grey below."""
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", size=17, weight="bold")
    figure.supxlabel(about, x=0.01, ha="left", size=11, color=_GREY)
    return figure


# By month.


def _messages(figures: Figures, scope: Scope) -> Figure | None:
    months = [month for month in figures.months if month]
    if not months:
        return None
    figure = _new(5.6, "Messages by month", _about_months(scope))
    axes = figure.subplots()
    bottom: Counter[Month] = Counter()
    for way, color in _WAYS.items():
        if figures.ways[way]:
            counts = {month: figures.months[month][way] for month in months}
            _draw_bars(axes, counts, bottom, color, scope, way.value)
            bottom.update(counts)
    if len(months) <= _MOST_TICKS:
        for month, count in bottom.items():
            place = (_place(month), count)
            axes.annotate(f"{count:,}", place, (0, 3), textcoords="offset points", ha="center")
    _scale_months(axes, months)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside upper right", ncols=len(_WAYS), frameon=False)
    return figure


def _costs(figures: Figures, scope: Scope) -> Figure | None:
    """Draw the currencies below each other, the most used first, each on its own scale."""
    currencies: dict[str, dict[Month, float]] = defaultdict(dict)
    for (month, currency), cost in sorted(figures.costs.items()):
        if month and cost.priced:
            currencies[currency][month] = float(cost.total)
    if not currencies:
        return None
    sums = figures.costs_by_currency()
    names = sorted(currencies, key=lambda name: -sums[name].priced)[:_MOST_CURRENCIES]
    figure = _new(max(5.6, 1.2 + 2.2 * len(names)), "Cost by month", _about_months(scope))
    rows = figure.subplots(len(names), sharex=True, squeeze=False)
    for name, axes in zip(names, rows[:, 0], strict=True):
        axes.set_ylabel(_label(name) or "no currency", parse_math=False)
        _draw_bars(axes, currencies[name], Counter(), _BLUE, scope)
        _scale_months(axes, [month for month in figures.months if month])
    return figure


def _about_months(scope: Scope) -> str:
    zone = "local time" if scope.zone == "local" else f"{scope.zone} time"
    return f"{zone}; pale: a part of the month only" if scope.partial else zone


def _draw_bars(  # noqa: PLR0917
    axes: Axes,
    values: Mapping[Month, float],
    bottom: Mapping[Month, float],
    color: str,
    scope: Scope,
    label: str | None = None,
) -> None:
    """Draw a bar for each month; that of a part of a month is pale."""
    for pale in (False, True):
        months = [month for month in values if (month in scope.partial) is pale]
        axes.bar(
            [_place(month) for month in months],
            [values[month] for month in months],
            bottom=[bottom[month] for month in months],
            width=0.8,
            color=[1 - _PALE * (1 - part) for part in to_rgb(color)] if pale else color,
            label=None if pale else label,
        )


def _scale_months(axes: Axes, months: Iterable[Month]) -> None:
    places = [_place(month) for month in months]
    first, last = min(places), max(places)
    step = next(step for step in _MONTHS_BETWEEN_TICKS if last - first < _MOST_TICKS * step)
    ticks = [place for place in range(first, last + 1) if place % step == 0]
    axes.set_xticks(ticks, [_month_label(place, named=place == ticks[0]) for place in ticks])
    margin = max(0.6, (_FEWEST_MONTHS - (last - first)) / 2)
    axes.set_xlim(first - margin, last + margin)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)


def _place(month: Month) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month_label(place: int, *, named: bool) -> str:
    """Name a month, and its year where that begins or is not clear yet."""
    year, month = divmod(place, 12)
    return f"{_MONTHS[month]}\n{year:04}" if named or month == 0 else _MONTHS[month]


# By network, and by hour.


def _networks(figures: Figures) -> Figure | None:
    """Draw the shares of each network; the largest network is on top, small ones are one."""
    rows = networks(figures).merged(_MOST_NETWORKS).rows
    if not rows:
        return None
    about = "by the latest status; delivered is 201 only; networks by size"
    figure = _new(max(4.2, 1.9 + 0.42 * len(rows)), "Delivery by network", about)
    axes = figure.subplots()
    left = [0.0] * len(rows)
    for outcome, color in _COLORS.items():
        place = {Outcome.DELIVERED: 3, Outcome.FAILED: 5, Outcome.OPEN: 6}[outcome]
        shares = [100 * float(row[place] or 0) / float(row[2] or 1) for row in rows]
        axes.barh(range(len(rows)), shares, 0.72, left=left, color=color, label=outcome.value)
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(range(len(rows)), [_label(str(row[0])) for row in rows], parse_math=False)
    for number, row in enumerate(rows):
        axes.text(1.5, number, f"{row[4]:.1%}", va="center", color="white", weight="bold")
        axes.text(101.5, number, f"{row[2]:,}", va="center", color=_GREY)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(rows) - 0.4, -0.6)  # the first on top
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}%"))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper right", ncols=len(Outcome), frameon=False)
    return figure


def _hours(figures: Figures, scope: Scope) -> Figure | None:
    """Draw the ways below each other, each on its own scale of colors."""
    ways = [way for way in _MAPS if any(each is way for each, _, _ in figures.hours)]
    if not ways:
        return None
    figure = _new(1.4 + 2.6 * len(ways), "Busiest hours", _about_months(scope).split(";")[0])
    rows = figure.subplots(len(ways), sharex=True, squeeze=False)
    for way, axes in zip(ways, rows[:, 0], strict=True):
        counts = [[figures.hours[way, day, hour] for hour in range(24)] for day in range(7)]
        image = axes.imshow(counts, cmap=_MAPS[way], aspect="auto", vmin=0)
        axes.set_ylabel(way.value, labelpad=8)
        axes.set_xticks(range(24), [f"{hour:02}" for hour in range(24)], size=11)
        axes.set_yticks(range(7), WEEKDAYS, size=11)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, format=StrMethodFormatter("{x:,.0f}"))
        bar.locator = MaxNLocator(integer=True, nbins=4)
        bar.outline.set_visible(False)
    return figure
