"""Show the figures of archives as tables."""

from collections.abc import Sequence
from decimal import Decimal

import attrs
from rich.console import RenderableType
from rich.table import Table

from ip1_async.cli._output import clean, render
from ip1_async.cli.report._figures import Figures, Way
from ip1_async.cli.report._operators import has_names
from ip1_async.cli.report._sections import WEEKDAYS, Section, Value, sections

_MOST_ROWS = 12  # of groups; smaller ones are summed up
_LONGEST = {"network": 24, "sender": 24, "batch": 26, "status": 30, "mcc-mnc": 8}
_ABOUT_COSTS = (
    "Cost is the sum of the known prices; currencies are never added together. Incoming messages "
    "usually have neither price nor currency."
)
_ABOUT_DELIVERY = (
    "Outgoing messages by their latest status: delivered is 201 only, failed is any other final "
    "status, open may still change."
)
_ABOUT_NAMES = "For the names of operators install ip1-async[operators]."
_ABOUT_OPT_OUTS = "Incoming messages of up to three words that begin with one like STOP."
_TITLES = {
    "months": ("MESSAGES BY MONTH", ""),
    "costs": ("COST BY MONTH AND CURRENCY", _ABOUT_COSTS),
    "networks": ("DELIVERY BY NETWORK", _ABOUT_DELIVERY),
    "senders": ("DELIVERY BY SENDER", ""),
    "batches": ("DELIVERY BY BATCH", ""),
    "failures": ("FAILED MESSAGES BY STATUS", ""),
    "opt_outs": ("OPT-OUTS BY WORD", _ABOUT_OPT_OUTS),
}
_GROUPED = {"networks", "senders", "batches", "failures"}


@attrs.frozen
class Scope:
    """What a report is about.

    Attributes:
        archives: The number of archives.
        zone: The name of the time zone.
        partial: Months that are not covered whole: the period or the archives end within them.
    """

    archives: int
    zone: str
    partial: Sequence[str] = ()


def draw_figures(figures: Figures, scope: Scope) -> str:
    """Draw the figures, within 80 columns."""
    if not figures.messages:
        return render(_head(figures, scope))
    parts: list[RenderableType] = [_head(figures, scope), _about_times(figures, scope)]
    for section in sections(figures):
        if section.rows and section.name in _TITLES:
            title, about = _TITLES[section.name]
            parts += [f"\n{title}", *filter(None, [about, *_remarks(section, figures, scope)])]
            parts.append(_table(section, scope))
    return render(*parts, *_hours(figures))


def _head(figures: Figures, scope: Scope) -> str:
    ways = f"{figures.ways[Way.OUTGOING]:,} outgoing, {figures.ways[Way.INCOMING]:,} incoming"
    unknown = figures.ways[Way.UNKNOWN]
    return f"{figures.messages:,} messages in {scope.archives:,} archives: {ways}" + (
        f", {unknown:,} of unknown direction" if unknown else ""
    )


def _about_times(figures: Figures, scope: Scope) -> str:
    where = {"local": "local", "UTC": "in UTC"}.get(scope.zone, f"those of {scope.zone}")
    text = (
        f"Times are {where}. The API gives no creation time, so a message counts at its earliest "
        "known time, that of a status or of its last update."
    )
    if figures.undated:
        text += f" Messages without any time, which are not counted: {figures.undated:,}."
    return text


def _remarks(section: Section, figures: Figures, scope: Scope) -> list[str]:
    if section.name == "costs" and figures.unfit:
        return [f"Prices beyond decimal(38, 20), which are in no sum: {figures.unfit:,}."]
    if section.name == "months" and any(row[0] in scope.partial for row in section.rows):
        return ["* A part of the month only."]
    if section.name == "networks" and not has_names():
        return [_ABOUT_NAMES]
    return []


def _table(section: Section, scope: Scope) -> Table:
    if section.name in _GROUPED:
        section = section.merged(_MOST_ROWS)
    if section.name == "networks" and not has_names():  # the numbers are their names
        section = section.without(1)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in section.columns:
        right = title in section.values
        most = _LONGEST.get(title)
        align = "right" if right else "left"
        table.add_column(title, no_wrap=True, max_width=most, justify=align)  # type: ignore[arg-type]
    places = max((_places(value) for row in section.rows for value in row), default=0)
    for row in section.rows:
        table.add_row(*(_text(value, places, scope) for value in row))
    for number, row in enumerate(section.totals):
        if number == 0:
            table.add_row()
        table.add_row(*(_text(value, places, scope) for value in row))
    return table


def _text(value: Value, places: int, scope: Scope) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        return f"{value:,.{places}f}"
    if isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, int):
        return f"{value:,}"
    return clean(value) + ("*" if value in scope.partial else "")


def _places(value: Value) -> int:
    """Count the decimals that a sum needs."""
    return len(f"{value:f}".partition(".")[2].rstrip("0")) if isinstance(value, Decimal) else 0


def _hours(figures: Figures) -> list[RenderableType]:
    """Draw a table of hours and weekdays for each way that has any."""
    parts: list[RenderableType] = []
    for way in (Way.OUTGOING, Way.INCOMING):
        counts = {each: n for each, n in figures.hours.items() if each[0] is way}
        if counts:
            # If several are equal, the first of the week.
            (_, day, hour), most = max(sorted(counts.items()), key=lambda item: item[1])
            when = f"{WEEKDAYS[day]} {hour:02}:00 to {hour:02}:59"
            parts += ["", f"{way.capitalize()}: {when}, with {most:,} messages."]
            parts.append(_grid(figures, way))
    return ["\nBUSIEST HOURS", *(parts[1:] or ["No message has a time."])]


def _grid(figures: Figures, way: Way) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in ("hour", *WEEKDAYS, "all"):
        table.add_column(title, justify="left" if title == "hour" else "right")
    columns = [[figures.hours[way, day, hour] for hour in range(24)] for day in range(7)]
    columns.append([sum(counts) for counts in zip(*columns, strict=True)])
    for hour in range(24):
        table.add_row(f"{hour:02}", *(f"{counts[hour]:,}" for counts in columns))
    table.add_row()
    table.add_row("all", *(f"{sum(counts):,}" for counts in columns))
    return table
