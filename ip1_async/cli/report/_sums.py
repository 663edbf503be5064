"""Show the figures of archives as tables."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from rich.table import Table

from ip1_async import Direction
from ip1_async.cli._output import clean, render
from ip1_async.cli.report._figures import Cost, Figures, Outcome

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ABOUT_TIMES = (
    "Times are in UTC. The API gives no creation time, so a message counts at its earliest known "
    "time, that of a status or of its last update."
)
_ABOUT_COSTS = (
    "Cost is the sum of the known prices; currencies are never added together. Incoming messages "
    "usually have neither price nor currency."
)
_ABOUT_DELIVERY = (
    "Outgoing messages by their latest status: delivered is 201 only, failed is any other final "
    "status, open may still change."
)


def draw_figures(figures: Figures, files: int) -> str:
    """Draw the figures of a number of archives, within 80 columns."""
    head = _head(figures, files)
    if not figures.messages:
        return render(head)
    unfit = f" Prices beyond decimal(38, 20), which are in no sum: {figures.unfit:,}."
    return render(
        head,
        _ABOUT_TIMES,
        "\nMESSAGES AND COST BY MONTH AND CURRENCY",
        _ABOUT_COSTS + (unfit if figures.unfit else ""),
        _costs(figures),
        "\nDELIVERY BY NETWORK",
        _ABOUT_DELIVERY,
        _networks(figures),
        "\nBUSIEST HOURS",
        _busiest(figures.hours),
        _hours(figures.hours),
    )


def _head(figures: Figures, files: int) -> str:
    sent, received = (figures.directions[way] for way in (Direction.MT, Direction.MO))
    unknown = figures.messages - sent - received
    ways = f"{sent:,} outgoing, {received:,} incoming"
    return f"{figures.messages:,} messages in {files:,} archives: {ways}" + (
        f", {unknown:,} of unknown direction" if unknown else ""
    )


def _table(*columns: str, labels: int) -> Table:
    """Make a table whose first columns are labels, and the others numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for place, title in enumerate(columns):
        table.add_column(title, no_wrap=True, justify="left" if place < labels else "right")
    return table


def _costs(figures: Figures) -> Table:
    table = _table("month", "currency", "messages", "with price", "cost", labels=2)
    sums = figures.costs_by_currency()
    places = max(_places(cost.total) for cost in sums.values())
    for (month, currency), cost in sorted(figures.costs.items()):
        table.add_row(month or "unknown", *_cost_cells(currency, cost, places))
    table.add_row()
    for currency, cost in sums.items():
        table.add_row("all", *_cost_cells(currency, cost, places))
    return table


def _cost_cells(currency: str, cost: Cost, places: int) -> Iterable[str]:
    total = f"{cost.total:,.{places}f}" if cost.priced else "-"
    return clean(currency) or "-", f"{cost.messages:,}", f"{cost.priced:,}", total


def _places(total: Decimal) -> int:
    """Count the decimals that a total needs."""
    return len(f"{total:f}".partition(".")[2].rstrip("0"))


def _networks(figures: Figures) -> Table:
    table = _table("mcc", "mnc", "messages", "delivered", "", "failed", "open", "", labels=2)
    for (mcc, mnc), outcomes in figures.networks_by_size():
        table.add_row(clean(mcc) or "unknown", clean(mnc) or "-", *_outcome_cells(outcomes))
    table.add_row()
    table.add_row("all", "", *_outcome_cells(figures.outcomes()))
    return table


def _outcome_cells(outcomes: Counter[Outcome]) -> Iterable[str]:
    total = outcomes.total()
    yield f"{total:,}"
    for each in Outcome:
        yield f"{outcomes[each]:,}"
        if each is not Outcome.FAILED:
            yield f"{outcomes[each] / (total or 1):.1%}"


def _busiest(hours: Counter[tuple[int, int]]) -> str:
    if not hours:
        return "No message has a time."
    # If several are equal, the first of the week.
    (day, hour), count = max(sorted(hours.items()), key=lambda item: item[1])
    return f"{WEEKDAYS[day]} {hour:02}:00 to {hour:02}:59 UTC, with {count:,} messages."


def _hours(hours: Counter[tuple[int, int]]) -> Table:
    table = _table("UTC", *WEEKDAYS, "all", labels=1)
    for hour in range(24):
        counts = [hours[day, hour] for day in range(7)]
        table.add_row(f"{hour:02}", *(f"{count:,}" for count in (*counts, sum(counts))))
    totals = [sum(hours[day, hour] for hour in range(24)) for day in range(7)]
    table.add_row()
    table.add_row("all", *(f"{count:,}" for count in (*totals, sum(totals))))
    return table
