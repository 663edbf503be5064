"""The sums over archives: exact, and without the messages themselves."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, tzinfo
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
        messages: Number of messages with a price or a currency.
        priced: Number of messages with a price.
        total: Sum of the prices.
    """

    messages: int = 0
    priced: int = 0
    total: Decimal = Decimal(0)

    @property
    def known(self) -> Decimal | None:
        """The sum of the prices, if there is any."""
        return self.total if self.priced else None

    def add(self, other: "Cost") -> None:
        """Add another cost, exactly."""
        self.messages += other.messages
        self.priced += other.priced
        self.total = _SUM.add(self.total, other.total)


Month = str  # "2026-03"; "" if no time is known
Network = tuple[str, str]  # mcc and mnc; "" if unknown
Outcomes = Counter[Outcome]


class Way(StrEnum):
    """Which way a message went."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"
    UNKNOWN = "unknown"


def _groups() -> dict[str, Outcomes]:
    return defaultdict(Counter)


@attrs.define
class Figures:
    """Sums over the messages of a period.

    Attributes:
        zone: The time zone of months and hours; `None` is the machine's own.
        since: Messages from before it are not counted.
        until: Messages from then on are not counted.
        ways: Messages by the way they went.
        months: Messages by month and way.
        costs: Costs by month and currency; the currency is in capitals, or "" if unknown.
        networks: Outgoing messages by network and outcome.
        senders: Outgoing messages by sender and outcome.
        batches: Outgoing messages by batch and outcome.
        failures: Failed messages by the code of their latest status; 0 if there is none.
        opt_outs: Incoming messages by the word that asks for no more.
        hours: Messages by way, weekday (0 is Monday) and hour.
        unfit: Number of prices that no table holds exactly; no sum contains them.
        undated: Number of messages without a time, which belong to no period.
    """

    zone: tzinfo | None = UTC
    since: datetime | None = None
    until: datetime | None = None
    ways: Counter[Way] = attrs.field(factory=Counter)
    months: dict[Month, Counter[Way]] = attrs.field(factory=lambda: defaultdict(Counter))
    costs: dict[tuple[Month, str], Cost] = attrs.field(factory=lambda: defaultdict(Cost))
    networks: dict[Network, Outcomes] = attrs.field(factory=lambda: defaultdict(Counter))
    senders: dict[str, Outcomes] = attrs.field(factory=_groups)
    batches: dict[str, Outcomes] = attrs.field(factory=_groups)
    failures: Counter[int] = attrs.field(factory=Counter)
    opt_outs: Counter[str] = attrs.field(factory=Counter)
    hours: Counter[tuple[Way, int, int]] = attrs.field(factory=Counter)
    unfit: int = 0
    undated: int = 0

    @property
    def messages(self) -> int:
        """Number of messages."""
        return self.ways.total()

    def add(self, message: Message) -> None:
        """Count one message, if it is of the period."""
        moment = earliest_time(message)
        if moment is None and (self.since or self.until):
            self.undated += 1
        elif moment is None or self._is_within(moment):
            self._add(message, _way(message), moment)

    def _is_within(self, moment: datetime) -> bool:
        begun = self.since is None or moment >= self.since
        return begun and (self.until is None or moment < self.until)

    def _add(self, message: Message, way: Way, moment: datetime | None) -> None:
        self.ways[way] += 1
        month = ""
        if moment is not None:
            moment = _in_zone(moment, self.zone)
            month = _month(moment)
            self.hours[way, moment.weekday(), moment.hour] += 1
        self.months[month][way] += 1
        if message.price is not None or message.currency:
            self._add_cost(self.costs[month, (message.currency or "").upper()], message.price)
        if way is Way.OUTGOING:
            self._add_outcome(message, outcome(message))
        elif way is Way.INCOMING and (word := opt_out_word(message.body or "")):
            self.opt_outs[word] += 1

    def _add_outcome(self, message: Message, result: Outcome) -> None:
        self.networks[message.mcc or "", message.mnc or ""][result] += 1
        self.senders[message.sender or ""][result] += 1
        self.batches[message.batch_id or ""][result] += 1
        if result is Outcome.FAILED:
            status = message.latest_status
            self.failures[0 if status is None else status.code or 0] += 1

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

    def partial_months(self, newest: datetime) -> list[Month]:
        """List months that the period cuts, or that end after the newest archive was written."""
        cuts = [_in_zone(newest, self.zone)]
        for moment in filter(None, (self.since, self.until)):
            here = _in_zone(moment, self.zone)
            begin = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            cuts += [here] if here != begin else []
        return sorted({_month(moment) for moment in cuts} & self.months.keys())

    def outcomes(self) -> Outcomes:
        """Count the outcomes of all outgoing messages."""
        return sum(self.senders.values(), Counter())


def _way(message: Message) -> Way:
    if message.direction == Direction.MT:
        return Way.OUTGOING
    return Way.INCOMING if message.direction == Direction.MO else Way.UNKNOWN


def _month(moment: datetime) -> Month:
    return f"{moment.year:04}-{moment.month:02}"


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):  # at the ends of the calendar
        return moment


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


# English, Swedish, Norwegian, Danish, Finnish, German, Polish; a name may follow.
_OPT_OUT_WORDS = {
    *("stop", "stopall", "unsubscribe", "cancel", "end", "quit"),
    *("stopp", "avsluta", "avregistrera", "sluta", "avbryt"),
    *("avmeld", "slutt", "afmeld", "frameld", "lopeta", "peru"),
    *("abmelden", "wypisz", "rezygnuj"),
}
_MOST_WORDS = 3


def opt_out_word(body: str) -> str | None:
    """Find the word by which an incoming message asks for no more, in capitals."""
    words = body.casefold().split(maxsplit=_MOST_WORDS)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    first = words[0].strip("'\".,!?:;-")
    return first.upper() if first in _OPT_OUT_WORDS else None
