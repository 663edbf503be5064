"""What is known of a list, and what was read of it; nothing changes but when a page is accepted."""

from collections.abc import Generator
from math import log2
from typing import Any, Generic, TypeVar

from ip1_async._paging.cursor import Cursor
from ip1_async._paging.debts import Debts
from ip1_async._paging.ending import Ending
from ip1_async._paging.history import History, Positions, fresh_rows, known_run, knows
from ip1_async._paging.types import Fetched, Joined
from ip1_async.errors import PaginationError

T = TypeVar("T")
Steps = Generator[int, Fetched[Any], None]

FAR = 1_000_000  # rows behind the place: no list moves as far between two answers


class Reading(Generic[T]):
    """The state of one listing.

    Attributes:
        ready: What was joined and not taken yet, oldest first.
        stop: Row after the last page joined, where the next item should be.
        history: The ids that were read.
        tail: The position of the last row joined in the history.
        tail_id: The id of that row.
        origin: Row where the listing began.
        asked: The page size that is asked for.
        ending: What is known of the end.
        debts: Where rows may have been passed unread.
        is_read: The list was read to its end; what slipped behind the reader may be missing.
        ended: All items were read, or are in `ready`.
        shifts: How often the list moved and was joined again.
        not_found: The server answered 404 to the whole list.
    """

    def __init__(self, page_size: int, cursor: Cursor, history: History) -> None:
        """Begin where a cursor points; `history` holds what was read before it."""
        self.ready: list[Joined[T]] = []
        self.stop = cursor.offset
        self.history = history
        self.tail = len(history) - 1
        self.tail_id: str | None = None
        self.origin = cursor.origin
        self.asked = page_size
        self.ending = Ending(page_size)
        self.debts = Debts(cursor.offset)
        self.is_read = False
        self.ended = False
        self.shifts = 0
        self.not_found = False
        self.last_page: Fetched[T] | None = None
        self.farthest = 0  # row seen, from 1; it only says how long a search may be, as does
        self._smallest = page_size  # the smallest page
        self._doubles = 0  # rows that it printed twice
        self._vain = 0  # requests, and
        self._idle = 0  # pages joined, since the last new item

    @property
    def next_offset(self) -> int:
        """Where the next page should begin: at the last row joined."""
        return max(0, self.stop - 1) if self.history and self.asked > 1 else self.stop

    @property
    def overlap(self) -> int:
        """How many rows the next page should repeat."""
        return self.stop - self.next_offset

    @property
    def waiting(self) -> int:
        """How many items were joined and not taken yet."""
        return sum(len(joined.items) for joined in self.ready)

    @property
    def is_done(self) -> bool:
        """All items were read, and taken."""
        return self.ended and not self.ready

    @property
    def debt(self) -> int:
        """How many more rows were passed than items were read."""
        debts = self.debts
        return self.stop - debts.base - (len(self.history) - debts.before) - debts.doubled

    def ask(self, offset: int) -> Generator[int, Fetched[Any], Fetched[T]]:
        """Yield the offset of a page that has to be seen, and return that page.

        Raises:
            PaginationError: Too many pages in a row were of no use.
        """
        self._vain += 1
        pages = max(self.stop, self.ending.bound or 0, self.farthest) // self._smallest
        if self._vain > 40 + 4 * pages:
            raise PaginationError("the list changes as fast as it is read, or the server loops")
        page = yield offset
        if page.ids and offset < self.stop + FAR:
            self.farthest = max(self.farthest, page.stop)
            self._smallest = min(self._smallest, len(page.ids))
        return page

    def rest(self) -> None:
        """Forget what was asked for in vain: after an error everything is asked for again."""
        self._vain = self._idle = 0

    def forget(self, stop: int, unread: int) -> None:
        """Keep what a cursor needs, and no more, after the last item that is wanted.

        Args:
            stop: Row after that item.
            unread: How many items were joined behind it.
        """
        self.history = self.history.shrunk(unread)
        self.stop = stop
        self.last_page = None
        self.ready.clear()

    def positions(self, page: Fetched[T], *, exact: bool = False) -> Positions:
        """Give the positions of a page's ids, which are looked for near the last row first."""
        return self.history.positions(page.ids, self.tail, exact=exact)

    def is_tail(self, page: Fetched[T]) -> bool:
        """Whether a page is the last row joined, and nothing else."""
        return len(page.ids) == 1 and self.positions(page) == [self.tail]

    def take(
        self,
        page: Fetched[T],
        found: Positions,
        *,
        moves: bool = False,
        searched: bool = False,
        begin: int = 0,
    ) -> None:
        """Accept what is new in a page, from a row on, and note what its repeats say.

        Args:
            page: The page.
            found: The positions of its ids in the history.
            moves: The reader goes on behind it, even if it knows no other reason.
            searched: Nothing was known where the last item should have been: rows went away.
            begin: The first row that counts.
        """
        moves = moves or self.tail in found or found[-1] is None or page.stop > self.stop
        # After rows went away, what is in front of a cursor's ids may have been forgotten.
        front = -1 if searched and not self.history.complete else self.history.first
        fresh = [i for i in fresh_rows(found, front) if i >= begin]
        if self.ending.pages:
            self._note(page.start + begin, found[begin:], searched=searched)
        else:
            self.debts = Debts(page.stop - len(fresh), len(self.history))
        gone = self.history.first - 1 if searched else self.tail
        self.history.go_on_after(max((p for p in found if p is not None), default=gone))
        tail = found[-1]
        if tail is None:  # the last row is new
            tail = len(self.history) + len(fresh) - 1
        ids = [page.ids[i] for i in fresh]
        self.accept(page, [page.items[i] for i in fresh], ids, tail if moves else None)

    def _note(self, start: int, found: Positions, *, searched: bool) -> None:
        """Compare the repeats with those that a list at rest would show."""
        if not knows(found):
            return
        run = known_run(found, self.history.first)
        expected = self.stop - start
        if run[-1:] == [self.tail]:
            if len(run) == expected:
                return
            self.debts.doubled += min(self._doubles, max(0, len(run) - expected))
            self.debts.note(self.stop, self.debt, gained=len(run) > expected)
        else:
            lost_tail = bool(run) and searched
            self.debts.note(self.stop, self.debt, gained=False, disturbed=not lost_tail)
        self.shifts += 1

    def accept(self, page: Fetched[T], items: list[T], ids: list[str], tail: int | None) -> None:
        """Take a page over; nothing else changes what is known of the list.

        Args:
            page: The page.
            items: Those of its items that are new.
            ids: Their ids.
            tail: The position of its last row, where the reader goes on behind it.

        Raises:
            PaginationError: Too many pages in a row brought nothing.
        """
        self.history.add(ids)
        if tail is not None:
            self.tail, self.tail_id, self.stop = tail, page.ids[-1], page.stop
            self.last_page, self._doubles = page, page.rows - len(page.ids)
        ends = self.ending.weigh(page, self.stop, brought=bool(ids))
        self._idle = 0 if ids else self._idle + 1
        if ids:
            self._vain = 0
        elif self._idle > 5 + 2 * log2(max(1, self.ending.pages - self._idle)):
            raise PaginationError("the server sends nothing but what it sent before")
        self.ready.append(Joined(page, items, self.stop))
        if ends:
            self.close()

    def accept_late(self, page: Fetched[T], rows: list[int]) -> None:
        """Take rows over that slipped behind the reader; they move no resume point."""
        self.history.add([page.ids[i] for i in rows], late=True)
        self._vain = 0
        self.ready.append(Joined(page, [page.items[i] for i in rows], self.stop, late=True))

    def close(self) -> None:
        """Note that the list was read to its end."""
        self.is_read = True
        self.ended = not self.debts
