"""The sums over archives: exact, and without the messages themselves."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum

import attrs

from ip1_async import Direction, Message, MessageStatusCode

# The column `price` of a table holds such prices; 60 digits hold any sum of them.
_PRICE = Context(prec=38, traps=[Inexact, InvalidOperation])
_SMALLEST = Decimal("1e-20")
_SUM = Context(prec=60, traps=[Inexact])
_DELIVERED = MessageStatusCode.DELIVERED_TO_HANDSET


class Outcome(StrEnum):
    """What became of an outgoing message, by its latest status."""

    DELIVERED = "delivered"
    FAILED = "failed"
    OPEN = "open"


@attrs.define
class Cost:
    """The messages and prices of one currency.

    Attributes:
        messages: Number of messages, with and without a price.
        priced: Number of messages with a price.
        total: Sum of the prices.
    """

    messages: int = 0
    priced: int = 0
    total: Decimal = Decimal(0)

    def add(self, other: "Cost") -> None:
        """Add another cost, exactly."""
        self.messages += other.messages
        self.priced += other.priced
        self.total = _SUM.add(self.total, other.total)


Month = str  # "2026-03"; "" if no time is known
Network = tuple[str, str]  # mcc and mnc; "" if unknown


@attrs.define
class Figures:
    """Sums over messages.

    Attributes:
        messages: Number of messages.
        directions: Messages by direction; also by `None` and unknown values.
        costs: Costs by month and currency; the currency is in capitals, or "" if unknown.
        networks: Outgoing messages by network and outcome.
        hours: Messages by weekday (0 is Monday) and hour, in UTC.
        unfit: Number of prices that no table holds exactly; no sum contains them.
    """

    messages: int = 0
    directions: Counter[str | int | None] = attrs.field(factory=Counter)
    costs: dict[tuple[Month, str], Cost] = attrs.field(factory=lambda: defaultdict(Cost))
    networks: dict[Network, Counter[Outcome]] = attrs.field(factory=lambda: defaultdict(Counter))
    hours: Counter[tuple[int, int]] = attrs.field(factory=Counter)
    unfit: int = 0

    def add(self, message: Message) -> None:
        """Count one message."""
        self.messages += 1
        self.directions[message.direction] += 1
        moment = earliest_time(message)
        month = "" if moment is None else f"{moment.year:04}-{moment.month:02}"
        self._add_cost(self.costs[month, (message.currency or "").upper()], message.price)
        if message.direction == Direction.MT:
            self.networks[message.mcc or "", message.mnc or ""][outcome(message)] += 1
        if moment is not None:
            self.hours[moment.weekday(), moment.hour] += 1

    def _add_cost(self, cost: Cost, price: Decimal | None) -> None:
        cost.messages += 1
        if price is None:
            return
        try:
            price = _PRICE.quantize(price, _SMALLEST)
        except (Inexact, InvalidOperation):
            self.unfit += 1
            return
        cost.priced += 1
        cost.total = _SUM.add(cost.total, price)

    def costs_by_currency(self) -> dict[str, Cost]:
        """Add up the months for each currency."""
        sums: dict[str, Cost] = defaultdict(Cost)
        for (_, currency), cost in sorted(self.costs.items()):
            sums[currency].add(cost)
        return sums

    def messages_by_month(self) -> dict[Month, int]:
        """Count the messages of each known month, over all currencies."""
        sums: Counter[Month] = Counter()
        for (month, _), cost in sorted(self.costs.items()):
            if month:
                sums[month] += cost.messages
        return sums

    def networks_by_size(self) -> list[tuple[Network, Counter[Outcome]]]:
        """List the networks; the one with the most messages comes first."""
        return sorted(self.networks.items(), key=lambda item: (-item[1].total(), item[0]))

    def outcomes(self) -> Counter[Outcome]:
        """Count the outcomes over all networks."""
        return sum(self.networks.values(), Counter())


def earliest_time(message: Message) -> datetime | None:
    """Give the known time that is nearest to the creation of a message.

    The API gives no time of creation. Every status and every update comes after it, so the earliest
    of these is the nearest.
    """
    earliest = message.modified
    for status in message.statuses:
        if status.created is not None and (earliest is None or status.created < earliest):
            earliest = status.created
    return earliest


def outcome(message: Message) -> Outcome:
    """Decide what became of a message: delivered (201 only), failed, or open if not yet final."""
    latest = message.latest_status
    if latest is None or not latest.is_final:
        return Outcome.OPEN
    return Outcome.DELIVERED if latest.code == _DELIVERED else Outcome.FAILED
