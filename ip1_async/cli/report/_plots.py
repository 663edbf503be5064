"""Plot the figures of archives, with matplotlib."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator, StrMethodFormatter

from ip1_async import _private_files
from ip1_async.cli._output import clean
from ip1_async.cli.report._figures import Figures, Month, Outcome
from ip1_async.cli.report._sums import WEEKDAYS

_MOST_CURRENCIES = 6
_MOST_NETWORKS = 15
_LONGEST_LABEL = 12
_MOST_TICKS = 12
_MONTHS_BETWEEN_TICKS = (1, 2, 3, 6, 12, 24, 60, 120, 1_200, 12_000)  # the last for any year
_BLUE = "#2f6db3"
_COLORS = {Outcome.DELIVERED: "#3a9d5d", Outcome.FAILED: "#c8503c", Outcome.OPEN: "#c9c9c9"}


def draw_plots(figures: Figures, directory: Path) -> list[Path]:
    """Write a PNG file for each plot that has data, for the user alone, and give their paths.

    Raises:
        OSError: A file can't be written.
    """
    drawn = {
        "messages-by-month": _messages(figures),
        "cost-by-month": _costs(figures),
        "delivery-by-network": _networks(figures),
        "busiest-hours": _hours(figures),
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
    short = clean(text).encode("ascii", "replace").decode()
    return short if len(short) <= _LONGEST_LABEL else short[: _LONGEST_LABEL - 3] + "..."


def _by_month(axes: Axes, values: Mapping[Month, float], months: Iterable[Month]) -> None:
    """Draw a bar for each month, on a scale from the first month of all to the last."""
    axes.bar([_place(month) for month in values], list(values.values()), width=0.85, color=_BLUE)
    first, last = _place(min(months)), _place(max(months))
    step = next(step for step in _MONTHS_BETWEEN_TICKS if last - first < _MOST_TICKS * step)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(lambda x, _: f"{int(x) // 12:04}-{int(x) % 12 + 1:02}")
    axes.set_xlim(first - 0.7, last + 0.7)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _place(month: Month) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _messages(figures: Figures) -> Figure | None:
    months = figures.messages_by_month()
    if not months:
        return None
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set_title("Messages by month (UTC)")
    axes.set_ylabel("messages, both directions")
    _by_month(axes, months, months)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _costs(figures: Figures) -> Figure | None:
    """Draw the currencies below each other, the most used first, each on its own scale."""
    currencies: dict[str, dict[Month, float]] = defaultdict(dict)
    for (month, currency), cost in sorted(figures.costs.items()):
        if month and cost.priced:
            currencies[currency][month] = float(cost.total)
    if not currencies:
        return None
    sums = figures.costs_by_currency()
    names = sorted(currencies, key=lambda name: -sums[name].priced)[:_MOST_CURRENCIES]
    figure = Figure(figsize=(10, 1.5 + 2.7 * len(names)), layout="constrained")
    figure.suptitle("Cost by month (UTC), each currency on its own scale")
    rows = figure.subplots(len(names), sharex=True, squeeze=False)
    for name, axes in zip(names, rows[:, 0], strict=True):
        axes.set_ylabel(_label(name) or "no currency", parse_math=False)
        _by_month(axes, currencies[name], figures.messages_by_month())
    return figure


def _networks(figures: Figures) -> Figure | None:
    """Draw the shares of each network; the largest network is on top."""
    networks = figures.networks_by_size()[:_MOST_NETWORKS]
    if not networks:
        return None
    figure = Figure(figsize=(10, 1.7 + 0.36 * len(networks)), layout="constrained")
    axes = figure.subplots()
    more = len(figures.networks) - len(networks)
    axes.set_title(
        "Outgoing messages by network (mcc-mnc), share delivered"
        + (f", without {more:,} smaller" if more else "")
    )
    left = [0.0] * len(networks)
    for outcome, color in _COLORS.items():
        shares = [100 * counts[outcome] / counts.total() for _, counts in networks]
        axes.barh(range(len(networks)), shares, left=left, color=color, label=outcome.value)
        left = [start + share for start, share in zip(left, shares, strict=True)]
    labels = [f"{_name(*network)}: {_delivered(counts)}" for network, counts in networks]
    axes.set_yticks(range(len(networks)), labels, parse_math=False)
    axes.set_xlabel("share of messages by latest status, %; delivered is 201 only")
    axes.set_xlim(0, 100)
    axes.set_ylim(len(networks) - 0.4, -0.6)  # the first on top
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(Outcome), frameon=False)
    return figure


def _name(mcc: str, mnc: str) -> str:
    return f"{_label(mcc)}-{_label(mnc) or '?'}" if mcc else "unknown"


def _delivered(counts: Counter[Outcome]) -> str:
    return f"{counts[Outcome.DELIVERED] / counts.total():.1%} of {counts.total():,}"


def _hours(figures: Figures) -> Figure | None:
    if not figures.hours:
        return None
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    axes = figure.subplots()
    counts = [[figures.hours[day, hour] for hour in range(24)] for day in range(7)]
    image = axes.imshow(counts, cmap="YlGnBu", aspect="auto", vmin=0)
    axes.set_title("Messages by hour and weekday, both directions")
    axes.set_xticks(range(24), [f"{hour:02}" for hour in range(24)])
    axes.set_yticks(range(7), WEEKDAYS)
    axes.set_xlabel("hour (UTC)")
    bar = figure.colorbar(image, label="messages", format=StrMethodFormatter("{x:,.0f}"))
    bar.locator = MaxNLocator(integer=True)
    return figure
