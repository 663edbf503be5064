"""What the demos add up over messages."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

import attrs
from rich.console import RenderableType
from rich.table import Table

from ip1_async import Direction, Message
from ip1_async.cli._tables import counts_table, status_name

_MOST_STATUSES = 8
_WAYS = {Direction.MT: "outgoing", Direction.MO: "incoming"}


@attrs.define
class MessageSums:
    """Sums over messages, none of which is kept."""

    count: int = 0
    messages: dict[str, Counter[str]] = attrs.field(factory=lambda: defaultdict(Counter))
    segments: dict[str, Counter[str]] = attrs.field(factory=lambda: defaultdict(Counter))
    costs: dict[str, Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))

    def add(self, message: Message) -> None:
        """Count a message."""
        self.count += 1
        latest = message.latest_status
        code = "-" if latest is None or latest.code is None else status_name(latest.code)
        way = next((name for key, name in _WAYS.items() if key == message.direction), "-")
        for key, label in (("direction", way), ("status", code)):
            self.messages[key][label] += 1
            self.segments[key][label] += message.segments or 0
        if message.price is not None:
            # The API gives the currency in either case.
            self.costs[(message.currency or "-").upper()] += message.price

    def rows(self, key: str) -> Iterable[tuple[str, int, int]]:
        """Give label, messages and segments by direction or status."""
        for label, count in self.messages[key].items():
            yield label, count, self.segments[key][label]

    def report(self, *keys: str) -> Iterable[RenderableType]:
        """Draw the counts by direction or status, and the costs."""
        for key in keys:
            yield counts_table(f"by {key}", self.rows(key), _MOST_STATUSES)
            yield ""
        yield _costs_table(self.costs)
        yield ""


def _costs_table(costs: dict[str, Decimal]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("cost", width=30)
    table.add_column("sum", width=10, justify="right")
    for currency, amount in sorted(costs.items()):
        table.add_row(currency, f"{amount:,.2f}")
    return table
