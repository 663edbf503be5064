"""Write the figures of archives as JSON and CSV."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from ip1_async.cli.report._figures import Figures
from ip1_async.cli.report._sections import Section, sections
from ip1_async.cli.report._sums import Scope


def as_json(figures: Figures, scope: Scope) -> str:
    """Write all figures as one object; sums of money are texts, so that they stay exact."""
    head = {
        "messages": figures.messages,
        "archives": scope.archives,
        "timezone": scope.zone,
        "since": _moment(figures.since),
        "until": _moment(figures.until),
        "partial_months": list(scope.partial),
        "prices_left_out": figures.unfit,
        "messages_without_time_left_out": figures.undated,
    }
    parts = {section.name: _objects(section) for section in sections(figures)}
    return json.dumps(head | parts, ensure_ascii=False, indent=2) + "\n"


def _objects(section: Section) -> list[dict[str, Any]]:
    keys = [_key(name) for name in section.columns]
    return [dict(zip(keys, map(_plain, row), strict=True)) for row in section.rows]


def as_csv(figures: Figures, scope: Scope) -> str:
    """Write one figure in a line: its section, what it counts, its name, and its value."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["section", "label", "detail", "figure", "value", "timezone"])
    for section in sections(figures):
        for row in section.rows:
            labels = [*row[: len(section.labels)], None][:2]
            for name, value in zip(section.values, row[len(section.labels) :], strict=True):
                lines.writerow(
                    [section.name, *map(_safe, labels), _key(name), _plain(value), scope.zone]
                )
    return text.getvalue()


def _safe(label: Any) -> Any:
    """Put a quote before a label that a spreadsheet would run as a formula."""
    return f"'{label}" if str(label).startswith(tuple("=+-@\t\r")) else label


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        whole, _, decimals = f"{value:f}".partition(".")
        return f"{whole}.{decimals.rstrip('0')}".rstrip(".")
    return round(value, 4) if isinstance(value, float) else value


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
