"""Which items of a listing belong to a period, and where it ends."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import length_hint
from typing import Any, Generic, TypeVar
from zlib import crc32

import attrs

from ip1_async._paging.cursor import MOST_MARKS
from ip1_async._paging.types import Paging
from ip1_async.models import Order

T = TypeVar("T")

_ENOUGH = 200  # items in a row: fewer may have been updated late


class Sifted(Iterator[T]):
    """Items but for those that are too old; the length hint counts these, too."""

    def __init__(self, items: Sequence[T], since: datetime | None) -> None:
        self.left = iter(items)
        self._since = since

    def __next__(self) -> T:
        for item in self.left:
            if not _is_before(item, self._since):
                return item
        raise StopIteration

    def __length_hint__(self) -> int:
        return length_hint(self.left)


@attrs.define(eq=False)
class Period(Generic[T]):
    """Cuts the pages of one listing to a period.

    An item without a time counts like the older one beside it.

    Attributes:
        since: Items that were changed before it are left out.
        until: The listing ends with the last item that was changed before it.
        descending: The newest item comes first.
        is_over: No further item is wanted.
    """

    since: datetime | None
    until: datetime | None
    descending: bool
    is_over: bool = False
    _begun: bool = attrs.field(default=False, init=False)
    _was_newer: bool = attrs.field(default=False, init=False)
    _held: list[T] = attrs.field(factory=list, init=False)  # too new, if nothing older follows
    _behind: int = attrs.field(default=0, init=False)
    _mark: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        until = self.until and self.until.timestamp()
        self._mark = 1 + crc32(str(until).encode()) % MOST_MARKS

    @classmethod
    def of(cls, paging: Paging) -> "Period[T] | None":
        """Make the period of a listing; `None` where it has none."""
        if paging.since is None and paging.until is None:
            return None
        return cls(paging.since, paging.until, paging.order is Order.DESC)

    @property
    def mark(self) -> int:
        """What a cursor keeps of a period that has begun: else its first message may be too new."""
        return self._mark if self._begun and self.descending else 0

    def go_on(self, mark: int) -> None:
        """Go on after a cursor; that of another period says nothing of this one."""
        self._begun = mark == self._mark

    @property
    def search(self) -> Callable[[T], bool] | None:
        """What tells whether an item is in front of it; `None` where nothing has to be found."""
        return None if self.since is None or self.descending else self.is_old

    def is_old(self, item: T) -> bool:
        """Whether an item, and all that are older with it, was created before the period."""
        if self.since is None:
            return False
        return _is_before(item, self.since.replace(microsecond=0))  # a second has no order

    def admit(self, items: list[T], *, late: bool) -> tuple[list[T], int]:
        """Cut a page to the period.

        Args:
            items: The new items of the page.
            late: They slipped behind the reader.

        Returns:
            The items to sift now, and how many were read behind them.
        """
        if late:
            return [item for item in items if not self._is_too_new(item)], self._behind
        if self.is_over:
            self._behind += len(items)
            return [], self._behind
        items = [*self._held, *items]
        first, stop = self._find_newest(items) if self.descending else self._find_oldest(items)
        self._behind = len(items) - stop
        return items[first:stop], self._behind

    def _find_oldest(self, items: list[T]) -> tuple[int, int]:
        first, stop = 0, len(items)
        if not self._begun:
            first = _after_last(map(self.is_old, items))
            self._begun = True
        if self.until is not None:
            stop = _after_last(_is_before(item, self.until) for item in items)
            stop += _first(map(self._is_too_new, items[stop:]))
            self._held = items[stop:]
            self.is_over = sum(map(self._is_too_new, self._held)) >= _ENOUGH
        return first, stop

    def _find_newest(self, items: list[T]) -> tuple[int, int]:
        first, stop = 0, _first(map(self.is_old, items))
        self.is_over = stop < len(items)
        if self.until is not None and not self._begun:
            oldest = _first(_is_before(item, self.until) for item in items)
            self._begun = oldest < len(items)
            first = _after_last(map(self._is_too_new, items[:oldest]))
            self._was_newer |= first > 0
            if self._was_newer and not self._begun:
                stop = first
            self._held = items[stop:]
        return first, stop

    def _is_too_new(self, item: Any) -> bool:
        known = self.until is not None and item.modified is not None
        return known and not _is_before(item, self.until)

    def sift(self, items: Sequence[T]) -> Sifted[T]:
        """Give the items that are not too old, one by one."""
        return Sifted(items, self.since)

    def places(self, items: Sequence[T]) -> list[int]:
        """Give the places of the items that sifting gives."""
        return [i for i, item in enumerate(items) if not _is_before(item, self.since)]


def _is_before(item: Any, moment: datetime | None) -> bool:
    return moment is not None and item.modified is not None and item.modified < moment


def _first(marks: Iterable[bool]) -> int:
    """Give the place of the first mark; without one, how many places there are."""
    return [*marks, True].index(True)


def _after_last(marks: Iterable[bool]) -> int:
    """Give the place after the last mark; without one, the first place."""
    return max((place + 1 for place, mark in enumerate(marks) if mark), default=0)
