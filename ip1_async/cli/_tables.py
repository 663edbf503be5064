"""Show messages, statuses and sums to a person."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs
from rich.table import Table
from rich.text import Text

from ip1_async import (
    Batch,
    BlacklistEntry,
    Bundle,
    BundleMessage,
    ConversationSummary,
    Direction,
    Message,
    MessageStatusCode,
    Sender,
    Status,
    StatusCount,
    to_dict,
)
from ip1_async.cli._output import clean, console, render
from ip1_async.cli._period import in_zone, zone_name

T = TypeVar("T")
_BLOCK_STYLES = {2: "green", 4: "red", 5: "red"}
_WORTH_WRAPPING = 30  # a narrower text is cut
_WIDE = 100  # columns, from which on there is room for more than what matters
_OVERFLOW: dict[bool, Any] = {True: "fold", False: "ellipsis"}
_LABEL_WIDTH = 30


@attrs.frozen
class Column(Generic[T]):
    """One column of a listing; the last one takes the rest of the width.

    Attributes:
        title: Its heading; `{zone}` is the time zone.
        width: The width in characters; the least width for the last column.
        cell: A function that gives the text of a row.
        right: Whether the text is aligned to the right.
        whole: Whether a long text is wrapped, and not cut.
        wide: Whether it is shown on a wide screen only.
    """

    title: str
    width: int
    cell: Callable[[T], str | Text]
    right: bool = False
    whole: bool = False
    wide: bool = False


@attrs.define
class Sheet(Generic[T]):
    """A listing that is drawn batch by batch; its widths are fixed, so it keeps no rows."""

    columns: tuple[Column[T], ...]
    _begun: bool = attrs.field(default=False, init=False)

    def draw(self, items: Iterable[T]) -> str:
        """Draw the next rows, with the titles above the first ones."""
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=not self._begun)
        width = console().width
        columns = [each for each in self.columns if width >= _WIDE or not each.wide]
        *fixed, last = columns
        left = max(last.width, width - sum(c.width + 1 for c in fixed))
        wraps = last.whole or left >= _WORTH_WRAPPING
        for column in fixed:
            align: Any = "right" if column.right else "left"
            title = column.title.format(zone=zone_name())
            table.add_column(title, width=column.width, no_wrap=True, justify=align)
        table.add_column(last.title, width=left, no_wrap=not wraps, overflow=_OVERFLOW[wraps])
        for item in items:
            table.add_row(*(column.cell(item) for column in columns))
        self._begun = True
        return render(table)


def status_name(code: int) -> str:
    """Name a status code, with its number and its words."""
    try:
        name = MessageStatusCode(code).name
    except ValueError:
        return str(code)
    return f"{code} {name.replace('_', ' ').lower().replace('gsm', 'GSM')}"


def _short_status(status: Status | None) -> Text:
    if status is None or status.code is None:
        return Text("-")
    name = status_name(status.code)
    # The column would cut "delivered to gateway" to "delivered".
    name = name.replace("delivered to handset", "delivered").replace("delivered to", "at")
    return Text(name, _BLOCK_STYLES.get(status.block or 0, ""))


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else f"{in_zone(moment):%Y-%m-%d %H:%M}"


def _price(message: Message | BundleMessage) -> str:
    if message.price is None:
        return ""
    return clean(f"{message.price} {(message.currency or '').upper()}")


def _shown(text: str | None) -> str:
    return "-" if text is None else clean(text)


def _arrow(message: Message) -> Text:
    if message.direction == Direction.MT:
        return Text("→", "green")
    return Text("←", "cyan") if message.direction == Direction.MO else Text("?")


_TIME: Column[Any] = Column("time ({zone})", 16, lambda m: _time(m.modified))
_CREATED: Column[Any] = Column("since ({zone})", 16, lambda each: _time(each.created))
_RECIPIENT: Column[Any] = Column("recipient", 12, lambda m: _shown(m.recipient))
_STATUS: Column[Message] = Column("status", 13, lambda m: _short_status(m.latest_status))
_SEGMENTS: Column[Any] = Column("SMS", 3, lambda m: str(m.segments or "-"), right=True, wide=True)
_PRICE: Column[Any] = Column("price", 10, _price, right=True, wide=True)
_ID: Column[Any] = Column("id", 24, lambda m: clean(m.id), whole=True)
_TEXT: Column[Message] = Column("text", 10, lambda m: clean(m.body or ""))


def _with_id(columns: Iterable[Column[Message]], *, show_id: bool) -> Sheet[Message]:
    return Sheet((*((_ID,) if show_id else ()), *columns))


def conversation_sheet(participant: str, *, show_id: bool) -> Sheet[Message]:
    """Draw the messages of a conversation, each with the other party."""

    def other(message: Message) -> str:
        is_sender = message.sender == participant.removeprefix("+")
        return _shown(message.recipient if is_sender else message.sender)

    party: Column[Message] = Column("other party", 12, other, wide=show_id)
    arrow: Column[Message] = Column("", 1, _arrow)
    columns = (_TIME, party, _STATUS, _SEGMENTS, _PRICE, arrow, _TEXT)
    return _with_id(columns, show_id=show_id)


def batch_sheet(*, show_id: bool) -> Sheet[Message]:
    """Draw the messages of a batch."""
    return _with_id((_TIME, _RECIPIENT, _STATUS, _SEGMENTS, _PRICE, _TEXT), show_id=show_id)


def bundle_sheet() -> Sheet[BundleMessage]:
    """Draw the messages of a bundle; the API gives no text of theirs."""
    status: Column[BundleMessage] = Column("status", 9, lambda m: _shown(m.status))
    return Sheet((_TIME, _RECIPIENT, status, attrs.evolve(_PRICE, wide=False), _ID))


def batches_sheet() -> Sheet[Batch]:
    """Draw batches; the API gives no time of theirs."""
    return Sheet(
        (
            Column("id", 24, lambda b: clean(b.id)),
            Column("sender", 12, lambda b: _shown(b.sender)),
            Column("status", 10, lambda b: _shown(b.status)),
            Column("reference", 12, lambda b: clean(b.reference or ""), wide=True),
            Column("text", 10, lambda b: clean(b.body or "")),
        )
    )


def bundles_sheet() -> Sheet[Bundle]:
    """Draw bundles."""
    return Sheet(
        (
            _CREATED,
            Column("id", 24, lambda b: clean(b.id)),
            Column("brand", 12, lambda b: _shown(b.brand), wide=True),
            Column("text", 10, lambda b: clean(b.content or "")),
        )
    )


def senders_sheet() -> Sheet[Sender]:
    """Draw registered senders."""
    return Sheet((_CREATED, Column("sender", 13, lambda s: clean(s.sender), whole=True)))


def blacklist_sheet() -> Sheet[BlacklistEntry]:
    """Draw numbers that get no messages."""
    return Sheet((_CREATED, Column("number", 15, lambda e: clean(e.msisdn), whole=True)))


def draw_details(message: Message | BundleMessage) -> str:
    """Draw everything that is known about one message, one field per line."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in to_dict(message).items():
        if name != "statuses":
            table.add_row(clean(name), clean(str(value)))
    for status in getattr(message, "statuses", ()):
        table.add_row("status", _history_line(status))
    return render(table)


def _history_line(status: Status) -> str:
    when = "-" if status.created is None else f"{in_zone(status.created):%Y-%m-%d %H:%M:%S %Z}"
    code = "-" if status.code is None else status_name(status.code)
    return f"{when}  {code}{' (final)' if status.is_final else ''}"


def counts_table(
    title: str, rows: Iterable[tuple[str, int, int]], most: int | None = None
) -> Table:
    """Make a table that counts messages and segments by label, the most frequent label first.

    The labels after the first `most` ones are summed up in one row.
    """
    counts = sorted(rows, key=lambda row: -row[1])
    total = sum(messages for _, messages, _ in counts)
    if most is not None and len(counts) > most:
        counts, others = counts[:most], counts[most:]
        name = f"{len(others)} others"
        counts.append((name, sum(row[1] for row in others), sum(row[2] for row in others)))
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(title, width=_LABEL_WIDTH)
    for name in ("messages", "share", "segments"):
        table.add_column(name, width=10, justify="right")
    for label, messages, segments in counts:
        share = f"{messages / (total or 1):.1%}"
        table.add_row(clean(label), f"{messages:,}", share, f"{segments:,}")
    return table


def draw_summary(summary: ConversationSummary) -> str:
    """Draw the sums of a conversation."""
    total, segments = summary.total_message_count or 0, summary.total_sms_count or 0
    head = f"{_shown(summary.participant)}: {total:,} messages, {segments:,} SMS segments"
    ways = {
        "outgoing, by latest status": summary.mobile_terminated_messages,
        "incoming, by latest status": summary.mobile_originated_messages,
    }
    tables = [counts_table(title, _rows(counts)) for title, counts in ways.items() if counts]
    return render(head, *(part for table in tables for part in ("", table)))


def _rows(counts: dict[int, StatusCount]) -> Iterable[tuple[str, int, int]]:
    for code, count in counts.items():
        yield status_name(code), count.messages or 0, count.sms or 0


def facts_table(facts: Iterable[tuple[str, str]], width: int = 30) -> Table:
    """Make a table of what was measured; a fact without a title belongs to the one above."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", width=width)
    table.add_column()
    for fact in facts:
        table.add_row(*fact)
    return table
