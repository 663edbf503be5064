"""The parts of a report as rows of values, before they are drawn or written as data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from ip1_async.cli._tables import status_name
from ip1_async.cli.report._figures import Figures, Outcome, Outcomes, Way
from ip1_async.cli.report._operators import operator_name

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Value = str | int | float | Decimal | None
Row = tuple[Value, ...]
_OUTCOMES = ("messages", "delivered", "share", "failed", "open")


@attrs.frozen
class Section:
    """One question that a report answers.

    Attributes:
        name: Its name in data.
        labels: Names of the first columns, which say what a row counts.
        values: Names of the other columns. A `share` is a part of 1.
        rows: The rows, in the order of the columns.
        totals: Rows that sum up all others; data leaves them out.
    """

    name: str
    labels: Sequence[str]
    values: Sequence[str]
    rows: Sequence[Row]
    totals: Sequence[Row] = ()

    @property
    def columns(self) -> list[str]:
        """Names of all columns."""
        return [*self.labels, *self.values]

    def without(self, label: int) -> "Section":
        """Leave out one of the labels."""

        def cut(values: Sequence[Any]) -> Any:
            return (*values[:label], *values[label + 1 :])

        rows, totals = list(map(cut, self.rows)), list(map(cut, self.totals))
        return attrs.evolve(self, labels=cut(self.labels), rows=rows, totals=totals)

    def merged(self, most: int) -> "Section":
        """Sum up all rows after the first ones, where that makes a section with shares shorter."""
        rest = self.rows[most:]
        if len(rest) < 2:  # noqa: PLR2004  # one row is no shorter
            return self
        others: list[Value] = [f"{len(rest):,} others", *[""] * (len(self.labels) - 1)]
        for place, name in enumerate(self.values, len(self.labels)):
            others.append(0 if name == "share" else sum(_number(row[place]) for row in rest))
        place, whole = self.columns.index("share"), self.columns.index("messages")
        part = self.columns.index("delivered") if "delivered" in self.values else whole
        of = others[whole] if part != whole else sum(_number(row[whole]) for row in self.rows)
        others[place] = _number(others[part]) / (_number(of) or 1)
        return attrs.evolve(self, rows=[*self.rows[:most], tuple(others)])


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def sections(figures: Figures) -> list[Section]:
    """Give all sections; networks, senders and batches with the largest first."""
    return [
        months(figures),
        costs(figures),
        networks(figures),
        _groups("senders", "sender", figures.senders, figures),
        _groups("batches", "batch", figures.batches, figures),
        _counts("failures", "status", _named(figures.failures), figures.failures.total()),
        _counts("opt_outs", "word", figures.opt_outs, figures.ways[Way.INCOMING]),
        hours(figures),
    ]


def months(figures: Figures) -> Section:
    """Count messages by month and way."""
    ways = [way for way in Way if way is not Way.UNKNOWN or figures.ways[way]]
    rows: list[Row] = [
        (month or None, *(counts[way] for way in ways))
        for month, counts in sorted(figures.months.items())
    ]
    total: Row = ("all", *(figures.ways[way] for way in ways))
    return Section("months", ["month"], ways, rows, [total])


def costs(figures: Figures) -> Section:
    """Add up prices by month and currency."""
    rows: list[Row] = [
        (month or None, currency or None, cost.messages, cost.priced, cost.known)
        for (month, currency), cost in sorted(figures.costs.items())
    ]
    totals: list[Row] = [
        ("all", currency or None, cost.messages, cost.priced, cost.known)
        for currency, cost in figures.costs_by_currency().items()
    ]
    return Section("costs", ["month", "currency"], ["messages", "with price", "cost"], rows, totals)


def networks(figures: Figures) -> Section:
    """Count what became of outgoing messages by network."""
    rows: list[Row] = [
        (operator_name(mcc, mnc), f"{mcc}-{mnc or '?'}" if mcc else None, *_outcome_values(counts))
        for (mcc, mnc), counts in by_size(figures.networks)
    ]
    total: Row = ("all", "", *_outcome_values(figures.outcomes()))
    return Section("networks", ["network", "mcc-mnc"], _OUTCOMES, rows, [total])


def _groups(name: str, label: str, groups: Mapping[str, Outcomes], figures: Figures) -> Section:
    rows: list[Row] = [
        (group or None, *_outcome_values(counts)) for group, counts in by_size(groups)
    ]
    total: Row = ("all", *_outcome_values(figures.outcomes()))
    return Section(name, [label], _OUTCOMES, rows, [total])


def by_size(groups: Mapping[Any, Outcomes]) -> list[tuple[Any, Outcomes]]:
    """List groups; the one with the most messages comes first."""
    return sorted(groups.items(), key=lambda item: (-item[1].total(), item[0]))


def _outcome_values(counts: Outcomes) -> Row:
    total, delivered = counts.total(), counts[Outcome.DELIVERED]
    share = delivered / (total or 1)
    return total, delivered, share, counts[Outcome.FAILED], counts[Outcome.OPEN]


def _named(codes: Counter[int]) -> dict[str, int]:
    return {status_name(code) if code else "unknown": count for code, count in codes.items()}


def _counts(name: str, label: str, counts: Mapping[str, int], whole: int) -> Section:
    rows: list[Row] = [
        (each, count, count / (whole or 1))
        for each, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Section(name, [label], ["messages", "share"], rows)


def hours(figures: Figures) -> Section:
    """Count messages by weekday, hour and way."""
    ways = (Way.OUTGOING, Way.INCOMING)
    rows: list[Row] = [
        (name, f"{hour:02}", *(figures.hours[way, day, hour] for way in ways))
        for day, name in enumerate(WEEKDAYS)
        for hour in range(24)
    ]
    return Section("hours", ["weekday", "hour"], ways, rows)
