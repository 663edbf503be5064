"""What a pager is given: a source of pages, and how the listing is to be read."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Generic, Literal, Protocol, TypeVar

import attrs
from attrs.validators import optional

from ip1_async.errors import IP1Error
from ip1_async.models import Order

_MOST = 2**53

T = TypeVar("T")
OrderLike = Order | Literal["ASC", "DESC"]


@attrs.frozen(eq=False, repr=False)
class RawPage:
    """One answer, before it is decoded.

    Attributes:
        body: The body as it came.
        headers: The response headers.
        missing: The server answered that there is no such list, or nothing at this offset.
        links: Offsets by relation, from the links that can be read; `None` where one has none.
        attempts: How many requests it took.
    """

    body: bytes
    headers: Mapping[str, str]
    missing: bool = False
    links: Mapping[str, int | None] = {}
    attempts: int = 1


class Source(Protocol[T]):
    """A list on a server: how one page of it is asked for and read."""

    @property
    def route(self) -> str:
        """The kind of list, for events; it names no list."""
        ...

    @property
    def query(self) -> str:
        """What is listed; cursors of one query fit no other."""
        ...

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Ask for `limit` items from offset `start`."""
        ...

    def decode(self, raw: RawPage) -> list[T]:
        """Read the items of a page."""
        ...

    def identify(self, items: list[T]) -> list[str]:
        """Give what identifies each item in its list."""
        ...

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of the list on an error that has none."""
        ...


def _at_least(least: int) -> Callable[[Any, Any, Any], None]:
    def check(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if type(value) is not int or not least <= value <= _MOST:
            raise ValueError(f"{attribute.name}: expected a whole number from {least}")

    return check


def _order(value: Any) -> Order:
    try:
        return Order(value)
    except ValueError:
        raise ValueError('order: expected "ASC" or "DESC"') from None


def check_period(since: Any, until: Any) -> tuple[datetime | None, datetime | None]:
    """Give both ends of a period as times with a zone.

    Raises:
        ValueError: One of them is no time, or they are in the wrong order.
    """
    begin, end = _moment(since), _moment(until)
    # Two times of one zone would be compared by their clocks, which go back in autumn.
    if begin is not None and end is not None and end.timestamp() <= begin.timestamp():
        raise ValueError("until: expected a time after since")
    return begin, end


def _moment(value: Any) -> datetime | None:
    """Read a time without a zone as UTC, and a date as its first moment there."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is not None:
        raise ValueError("since, until: expected a datetime or a date")
    return None


@attrs.frozen(eq=False, repr=False)
class Paging:
    """How a listing is to be read, as its arguments say; a bad value is a `ValueError`."""

    order: Order = attrs.field(converter=_order)
    start: int = attrs.field(validator=_at_least(0))
    page_size: int = attrs.field(validator=_at_least(1))
    max_items: int | None = attrs.field(validator=optional(_at_least(0)))
    concurrency: int | None = attrs.field(validator=optional(_at_least(1)))
    cursor: str | None
    since: datetime | None = attrs.field(default=None, converter=_moment)
    until: datetime | None = attrs.field(default=None, converter=_moment)

    def __attrs_post_init__(self) -> None:
        if self.cursor is not None and self.start:
            raise ValueError("cursor: can't be used together with start")
        if self.since is not None and (self.cursor is not None or self.start):
            raise ValueError("since: can't be used together with start or cursor")
        check_period(self.since, self.until)


@attrs.frozen(eq=False, repr=False)
class Fetched(Generic[T]):
    """A page as it came, decoded; a row that was printed twice is in it once.

    Attributes:
        start: The offset that was asked for.
        raw: The answer.
        items: The items.
        ids: Their ids.
        rows: How many rows the server printed.
    """

    start: int
    raw: RawPage
    items: list[T]
    ids: list[str]
    rows: int

    @classmethod
    def of(cls, start: int, raw: RawPage, items: list[T], ids: list[str]) -> "Fetched[T]":
        """Take over a page, one item and one id for each row."""
        rows = len(ids)
        if len(set(ids)) < rows:
            first = {item_id: i for i, item_id in reversed(list(enumerate(ids)))}
            places = sorted(first.values())
            items, ids = [items[i] for i in places], [ids[i] for i in places]
        return cls(start, raw, items, ids, rows)

    @property
    def stop(self) -> int:
        """Offset after its last row; a row that was printed twice is taken for one."""
        return self.start + len(self.ids)

    @property
    def more(self) -> bool:
        """The server names a next page."""
        return "next" in self.raw.links

    @property
    def last(self) -> int | None:
        """Offset of the list's last page, where the server names it."""
        return self.raw.links.get("last")


@attrs.frozen(eq=False, repr=False)
class Joined(Generic[T]):
    """What a page added to the list.

    Attributes:
        page: The page.
        items: Those of its items that did not come before.
        ids: Their ids.
        stop: Offset after the last row joined so far.
        late: The items slipped behind the reader; they move no resume point.
    """

    page: Fetched[T]
    items: list[T]
    stop: int
    late: bool = False
