"""Joins pages of a list that may move to one list: pure, without tasks, waiting and HTTP.

Consecutive pages overlap by one row. One invariant carries all of it: for every id that is known,
all items before it that keep their places have been read. So a page that holds any known id can
be joined, however old the answer is, and to start again at the origin is always right.

A method that needs to see more yields the offset of a page and is sent that page. State changes
only when a page is accepted, so that a step can be given up at any request.
"""

from collections import deque
from collections.abc import Generator
from itertools import dropwhile, pairwise, takewhile
from math import log2
from typing import Any, Generic, TypeVar

from ip1_async._paging.cursor import Cursor
from ip1_async._paging.debts import Debts
from ip1_async._paging.history import History
from ip1_async._paging.search import every, outward
from ip1_async._paging.types import Fetched, Joined
from ip1_async.errors import CursorLostError, PaginationError

T = TypeVar("T")
Steps = Generator[int, Fetched[Any], None]
Positions = list[int | None]

# API manual, pagination: the page size of a server that ignores `limit`.
_DEFAULT_PAGE_SIZE = 50
_FAR = 1_000_000
_LOST = "nothing that the cursor remembers is in the list any more"


class Joiner(Generic[T]):
    """One list, joined page by page.

    Attributes:
        ready: What was joined and not taken yet, oldest first.
        stop: Row after the last page joined, where the next item should be.
        largest: Rows in the largest page so far.
        pages: How many pages were joined.
        end: The list ends before this row, as far as the server says.
        suspects_end: The list may end here: `finish` finds out, if no page is on its way.
        is_read: The list was read to its end; `finish` looks for what slipped behind the reader.
        ended: All items were read, or are in `ready`.
        shifts: How often the list moved and was joined again.
        not_found: The server answered 404 to the whole list.
    """

    def __init__(self, page_size: int, cursor: Cursor, history: History) -> None:
        """Begin where a cursor points; `history` holds what was read before it."""
        self.ready: deque[Joined[T]] = deque()
        self.stop = cursor.offset
        self.largest = 0
        self.pages = 0
        self.end: int | None = None
        self.ended = False
        self.shifts = 0
        self.not_found = False
        self.history = history
        self._origin = cursor.origin
        self._asked = page_size
        self._debts = Debts(cursor.offset)
        self._tail = len(history) - 1  # position of the last row joined
        self._tail_id: str | None = None
        self._last_page: Fetched[T] | None = None
        self._seen_next = False
        self._short = False  # the last page was shorter than others
        self._uneven = False  # and so was another one, in the middle of the list
        self.suspects_end = False
        self.is_read = False
        self._farthest = 0  # row seen, from 1; it only says how long a search may be, as does
        self._smallest = page_size  # the smallest page
        self._vain = 0  # requests, and
        self._idle = 0  # pages joined, since the last new item

    @property
    def next_offset(self) -> int:
        """Where the next page should begin: at the last row joined."""
        return max(0, self.stop - 1) if self.history and self._asked > 1 else self.stop

    @property
    def overlap(self) -> int:
        """How many rows the next page should repeat."""
        return self.stop - self.next_offset

    @property
    def _debt(self) -> int:
        """How many more rows were passed than items were read."""
        debts = self._debts
        return self.stop - debts.base - (len(self.history) - debts.before) - debts.doubled

    # What a driver calls.

    def join(self, page: Fetched[T]) -> Steps:
        """Join a page, with all that has to be seen first."""
        if not self.history:
            yield from self._begin(page)
        elif self._follows(page):
            tail = len(self.history) + len(page.ids) - 2
            self._accept(page, page.items[1:], page.ids[1:], tail)
        else:
            yield from self._place(page)

    def finish(self) -> Steps:
        """Make sure that the list ends here, and that nothing slipped behind the reader."""
        if self.is_read:
            yield from self._settle_debts()
        else:
            yield from self._confirm_end()

    def rest(self) -> None:
        """Forget what was asked for in vain: after an error everything is asked for again."""
        self._vain = self._idle = 0

    def _ask(self, offset: int) -> Generator[int, Fetched[Any], Fetched[T]]:
        self._vain += 1
        pages = max(self.stop, self.end or 0, self._farthest) // self._smallest
        if self._vain > 40 + 4 * pages:
            raise PaginationError("the list changes as fast as it is read, or the server loops")
        page = yield offset
        if page.ids and offset < self.stop + _FAR:
            self._farthest = max(self._farthest, page.stop)
            self._smallest = min(self._smallest, len(page.ids))
        return page

    # The first page.

    def _begin(self, page: Fetched[T]) -> Steps:
        while not page.ids and page.more:  # not the end yet, says the server
            page = yield from self._ask(self.stop)
        if page.raw.missing and self._origin:  # an offset past the end, or no list at all?
            self.not_found = (yield from self._ask(0)).raw.missing
        elif page.raw.missing:
            self.not_found = True
        if page.ids:
            self._take(page, [None] * len(page.ids))
        else:
            self._accept(page, [], [], None)
            self._close()

    # The next page.

    def _follows(self, page: Fetched[T]) -> bool:
        """Whether the page is the last row joined and then news: the usual case."""
        ids = page.ids
        return (
            ids[:1] == [self._tail_id]
            and page.start == self.stop - 1
            and len(ids) > 1
            and self.history.is_new(ids[1:])
        )

    def _positions(self, page: Fetched[T], *, exact: bool = False) -> Positions:
        return self.history.positions(page.ids, self._tail, exact=exact)

    def _place(self, page: Fetched[T]) -> Steps:
        """Join any other page, once the rows before it are joined."""
        if (yield from self._is_all(page, self._last_page)):
            self._take_all(page)
            return
        found = self._positions(page)
        fits = self._fits(page, found)
        passed = _knows(found) and not self._brings(found)
        if not fits and not passed and page.start > self.next_offset:
            if not page.ids:
                yield from self._confirm_end()
                return
            yield from self._close_gap(page)
            found = self._positions(page)
            fits = self._fits(page, found)
            if self.is_read or not fits:
                return
        if fits:
            self._take(page, found)
        elif page.start < self.next_offset:
            return  # it was asked for before the list moved
        elif self._asked == 1 and not page.ids:
            self._close()  # nothing can overlap: the offset has to do
        elif _knows(found):
            yield from self._home_in(page, found, searched=False)
        else:
            yield from self._search(page)

    def _fits(self, page: Fetched[T], found: Positions) -> bool:
        """Whether no row can be missing between what was joined and this page."""
        if self._tail in found:
            return True
        if self._asked == 1 and page.start == self.stop and not _knows(found):
            return bool(page.ids)  # nothing can overlap: the offset has to do
        return page.start <= self.stop and _knows(found) and self._brings(found)

    def _brings(self, found: Positions) -> bool:
        """Whether anything in the page is new, but for what arrived in front of it all."""
        return bool(_fresh(found, self.history.first))

    def _close_gap(self, page: Fetched[T]) -> Steps:
        """Join what is between the last row and a page, after an answer that was shorter."""
        while page.start >= self.stop and not self.is_read:
            before = self.stop
            other = yield from self._ask(self.next_offset)
            yield from self._place(other)
            if self.stop <= before:
                yield from self._pass_single(other)
            if self.stop <= before:
                return

    def _pass_single(self, page: Fetched[T]) -> Steps:
        """Go on behind the last row where the server sends that row alone, page after page."""
        if self._is_tail(page):
            self._take_behind((yield from self._ask(self.stop)))

    def _is_tail(self, page: Fetched[T]) -> bool:
        return len(page.ids) == 1 and self._positions(page) == [self._tail]

    def _take_behind(self, page: Fetched[T]) -> None:
        """Join a page that begins behind the last row, just after that was seen in its place."""
        found = self._positions(page, exact=True)
        if page.ids and not _knows(found):
            self._take(page, found)

    def _is_all(
        self, page: Fetched[T], other: Fetched[T] | None
    ) -> Generator[int, Fetched[Any], bool]:
        """Whether the server ignores `start`: without links, the same rows at two offsets."""
        if page.raw.links or not page.ids:
            return False
        if len(page.ids) > self._asked:
            return True
        if other is None or page.ids != other.ids or page.start == other.start:
            return False
        # The list may have moved by just a page; but not that far.
        far = yield from self._ask(self.stop + _FAR)
        return far.ids == page.ids

    def _take_all(self, page: Fetched[T]) -> None:
        """Accept what is new in an answer that is the whole list.

        Raises:
            CursorLostError: Nothing in it is known.
        """
        found, first = self._positions(page, exact=True), 0
        if not self.history.complete:  # what is in front may have been read and forgotten
            if not _knows(found):
                raise CursorLostError(_LOST)
            first = max(i for i, position in enumerate(found) if position is not None)
        self._take(page, found, moves=True, begin=first)
        self._debts = Debts(page.stop, len(self.history))
        self._close()

    # A place that was lost.

    def _search(self, lost: Fetched[T]) -> Steps:
        """Look around for any row that is known; without one, all that was read is gone."""
        known = len(self.history) if self.history.complete else None
        grew = lost.last is None or self.end is None or lost.last + self.largest > self.end
        size, guess = self.largest or self._asked, self._guess(lost)
        probes = outward(lost, size, known, guess, further=grew)
        if (yield from self._find(probes, lost)) or (
            not self.history.complete and (yield from self._find(every(), lost))
        ):
            return
        page = yield from self._ask(self._origin)
        if not self.history.complete and (page.ids or self._farthest):
            raise CursorLostError(_LOST)
        if self._origin and not (yield from self._is_empty(page)):
            raise PaginationError("all that was read is gone, and with it where the start was")
        self._start_again(page)

    def _is_empty(self, page: Fetched[T]) -> Generator[int, Fetched[Any], bool]:
        return not page.ids and not (yield from self._ask(0)).ids

    def _find(self, probes: Steps, lost: Fetched[T]) -> Generator[int, Fetched[Any], bool]:
        """Look at pages until one has a row that is known, and go on from there."""
        offset = next(probes, None)
        while offset is not None:
            page = yield from self._ask(offset)
            found = self._positions(page, exact=True)
            if _knows(found):
                yield from self._home_in(page, found, searched=True)
                self._use(lost)
                return True
            offset = _send(probes, page)
        return False

    def _guess(self, lost: Fetched[T]) -> int | None:
        """Guess the place by how much the list grew, where the server names its last page."""
        if lost.last is None or self.end is None:
            return None
        grown = lost.last + self.largest - self.end
        return lost.start + grown - self.largest // 2 if grown >= self.largest else None

    def _use(self, page: Fetched[T]) -> None:
        """Join what a page in hand has behind the place that was found meanwhile."""
        found = self._positions(page, exact=True)
        if self._tail in found and not self.is_read and page.stop > self.stop:
            self._take(page, found, begin=found.index(self._tail))

    def _start_again(self, page: Fetched[T]) -> None:
        """Begin once more where the listing began: what is known comes no second time."""
        self.not_found = page.raw.missing and not len(self.history)
        self._debts = Debts(self._origin, len(self.history))
        found = self._positions(page, exact=True)
        if page.ids:
            self._take(page, found, moves=True, searched=True)
        else:
            self.stop = page.start
            self._close()

    def _home_in(self, page: Fetched[T], found: Positions, *, searched: bool) -> Steps:
        """Go from a page with known rows to where they end."""
        low, high, jump = 0, None, 0
        while not self._leads_on(page, found):
            if page.ids and found[-1] is not None:
                low = page.stop
                # In a list that keeps its order, the last row read is this far away.
                jump = low - 1 + self._tail - found[-1]
            else:
                high = page.start
            if high is not None and low >= high:
                page = yield from self._ask(low - 1)
                found = self._positions(page, exact=True)
                break
            before = page
            page = yield from self._ask(max(low, jump) if high is None else (low + high) // 2)
            if (yield from self._is_all(page, before)):
                self._take_all(page)
                return
            found = self._positions(page, exact=True)
        if _knows(found):
            self._take(page, found, moves=True, searched=searched)
        else:
            yield from self._search(page)

    def _leads_on(self, page: Fetched[T], found: Positions) -> bool:
        if not _knows(found):
            return False
        ends = bool(page.raw.links) and not page.more and self._seen_next
        return ends or self._tail in found or found[-1] is None

    # Accepting.

    def _take(
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
        moves = moves or self._tail in found or found[-1] is None or page.stop > self.stop
        fresh = [i for i in _fresh(found, self.history.first) if i >= begin]
        if self.pages:
            self._note(page.start + begin, found[begin:], searched=searched)
        else:
            self._debts = Debts(page.stop - len(fresh), len(self.history))
        tail = found[-1]
        if tail is None:  # the last row is new
            tail = len(self.history) + len(fresh) - 1
        ids = [page.ids[i] for i in fresh]
        self._accept(page, [page.items[i] for i in fresh], ids, tail if moves else None)

    def _note(self, start: int, found: Positions, *, searched: bool) -> None:
        """Compare the repeats with those that a list at rest would show."""
        if not _knows(found):
            return
        run = _run(found, self.history.first)
        expected = self.stop - start
        if run[-1:] == [self._tail]:
            if len(run) == expected:
                return
            self._debts.note(self.stop, self._debt, gained=len(run) > expected)
        else:
            lost_tail = bool(run) and searched
            self._debts.note(self.stop, self._debt, gained=False, disturbed=not lost_tail)
        self.shifts += 1

    def _accept(self, page: Fetched[T], items: list[T], ids: list[str], tail: int | None) -> None:
        """Take a page over; nothing else changes what is known of the list."""
        rows = page.rows
        self._debts.doubled += rows - len(page.ids)
        self._uneven |= self.pages > 0 and (self._short or rows > self.largest)
        self.largest = max(self.largest, rows)
        self.history.add(ids)
        self.pages += 1
        self.end = self._bound(page.last)
        if tail is not None:
            self._tail, self._tail_id, self.stop = tail, page.ids[-1], page.stop
            self._last_page = page
        self._idle = 0 if ids else self._idle + 1
        if ids:
            self._vain = 0
        elif self._idle > 5 + 2 * log2(max(1, self.pages - self._idle)):
            raise PaginationError("the server sends nothing but what it sent before")
        self.ready.append(Joined(page, items, self.stop))
        self._weigh_end(page, brought=bool(ids))
        self._seen_next |= page.more

    def _bound(self, last: int | None) -> int | None:
        """Bound the list by its last page: the least bound holds until that page moves past it."""
        if last is None:
            return None
        end = last + self.largest
        return end if self.end is None or last >= self.end else min(end, self.end)

    # The end.

    def _weigh_end(self, page: Fetched[T], *, brought: bool) -> None:
        """Close the list on evidence only; where its end is likely, `finish` looks for some."""
        rows, last = page.rows, page.last
        self._short = rows < (self.largest if self.pages > 1 else self._asked)
        self.suspects_end = not brought or (self._short and not page.more)
        if not page.more and self._says_end(page, rows, last, brought=brought):
            self._close()

    def _says_end(self, page: Fetched[T], rows: int, last: int | None, *, brought: bool) -> bool:
        """Whether a page without `next` is the last one for certain."""
        if self.pages == 1 and not self._seen_next:
            if last is None:
                return rows < min(_DEFAULT_PAGE_SIZE, self._asked)  # the documented default
            # Its own link says that it is the last page; offsets may count from 1.
            return rows < self._asked and last <= max(page.start, min(1, rows - 1))
        if self._uneven or (last is not None and last >= self.stop):
            return False
        if self._seen_next:
            return self._short or not brought
        reached = last is not None and self.stop >= last + max(self.largest, self._asked)
        return reached and self._short

    def _confirm_end(self) -> Steps:
        """See nothing where the next row should be, and then the last row still in its place."""
        page = yield from self._ask(self.stop)
        if page.ids and (self._asked == 1 or _knows(self._positions(page, exact=True))):
            yield from self._place(page)
            return
        while not page.ids and (page.raw.links.get("next") or 0) > page.start:
            page = yield from self._ask(page.raw.links["next"] or 0)  # rows that are not printed
        again = page if self._asked == 1 else (yield from self._ask(self.next_offset))
        if self._asked > 1 and not self._is_tail(again):
            yield from self._place(again)
            self._use(page)
        elif page.ids:
            self._take_behind(page)  # the server's own link led there
        else:
            self._close()

    def _close(self) -> None:
        self.is_read = True
        self.ended = not self._debts

    # What slipped behind the reader.

    def _settle_debts(self) -> Steps:
        """Explain what repeated: look where something may have slipped behind the reader.

        Raises:
            PaginationError: More rows than items were read, and the difference is nowhere.
        """
        debts, arrived = self._debts, None
        # In front of a listing's start there are rows that may slide in; elsewhere only news.
        if not debts.disturbed and not debts.moved and not self._origin:
            arrived = yield from self._count_arrived()
        if arrived is None or arrived < self._debt:
            half = self.largest // 2
            for row in debts.rows(self._debt):
                yield from self._look_over(row - half, row + half)
            if arrived is None:
                arrived = yield from self._count_arrived()
        if arrived < self._debt:
            arrived += yield from self._trace(arrived)
        calm = False
        if arrived < self._debt:
            calm = yield from self._look_over(debts.base + arrived, self.stop)
        if arrived < self._debt and not calm:
            error = PaginationError("more rows were passed than items were read")
            error.missing = self._debt - arrived
            raise error
        self.ended = True

    def _count_arrived(self) -> Generator[int, Fetched[Any], int]:
        """Count the rows that arrived in front of the first item; 0 where that is not certain.

        Offsets that count from 1 look like one such row.
        """
        debts = self._debts
        if self._debt <= 0:
            return 0
        page = yield from self._ask(debts.base + self._debt)
        found = self._positions_near(page, debts.before)
        news = sum(1 for _ in takewhile(lambda position: position is None, found))
        read = list(range(debts.before, debts.before + len(found) - news))
        return page.start + news - debts.base if read and found[news:] == read else 0

    def _look_over(self, first: int, last: int) -> Generator[int, Fetched[Any], bool]:
        """See the rows from one to another, and give what was passed there, late.

        Returns:
            The list kept still meanwhile, so that every row between was seen.
        """
        offset, calm, seam = max(0, first), True, None
        while True:
            page = yield from self._ask(offset)
            self._add_late(page)
            calm = calm and (seam is None or seam in page.ids)
            if page.stop >= min(last, self.stop):
                return calm
            if page.stop <= offset + 1:
                return False
            offset, seam = page.stop - 1, page.ids[-1]

    def _trace(self, arrived: int) -> Generator[int, Fetched[Any], int]:
        """Find the places where there are more rows than items, by bisection.

        Returns:
            How many rows arrived there in bulk: more than a page of them side by side.
        """
        before, bulk = self._debts.before, 0
        parts = [((self._debts.base + arrived, before), (self.stop - 1, self._tail))]
        while parts:
            low, high = parts.pop()
            extra = (high[0] - low[0]) - (high[1] - low[1])
            if extra <= 0:
                continue
            near = high[0] - low[0] < self.largest
            page = yield from self._ask(low[0] if near else (low[0] + high[0]) // 2)
            found = self._add_late(page)
            if near:
                continue
            known = [(page.start + i, p) for i, p in enumerate(found) if p is not None]
            if not known:
                bulk += extra
                continue
            if known[0][0] > page.start and known[0][1] <= before:  # they arrived in front
                bulk += known[0][0] - page.start
            parts += [(low, (page.start, known[0][1])), (known[-1], high)]
        return bulk

    def _positions_near(self, page: Fetched[T], near: int) -> Positions:
        return self.history.positions(page.ids, near, exact=True)

    def _add_late(self, page: Fetched[T]) -> Positions:
        """Give what was passed, between rows that were read."""
        near = page.start - self._debts.base - self._debt + self._debts.before
        found = self._positions_near(page, max(0, near))
        if _knows(found):
            within = self.stop - page.start  # what is behind came after the end
            fresh = [i for i in _fresh(found, self.history.first) if i < within]
            ids = [page.ids[i] for i in fresh]
            if ids:
                self.history.add(ids, late=True)
                self._vain = 0
                items = [page.items[i] for i in fresh]
                self.ready.append(Joined(page, items, self.stop, late=True))
        return found


def _knows(found: Positions) -> bool:
    return any(position is not None for position in found)


def _run(found: Positions, oldest: int) -> list[int]:
    """Give the positions that open a page, where they rise and nothing after them is known.

    What arrived in front of the very first item may come before them.
    """
    first = next((p for p in found if p is not None), None)
    rest = dropwhile(lambda p: p is None, found) if first is not None and first <= oldest else found
    run = [p for p in takewhile(lambda p: p is not None, rest) if p is not None]
    known = sum(p is not None for p in found)
    return run if len(run) == known and all(a <= b for a, b in pairwise(run)) else []


def _fresh(found: Positions, oldest: int) -> list[int]:
    """Pick the rows that were never read."""
    first = next((i for i, position in enumerate(found) if position is not None), 0)
    # What is in front of all that is remembered has arrived since, or was read long ago.
    begin = first if _knows(found) and (found[first] or 0) <= oldest else 0
    return [i for i in range(begin, len(found)) if found[i] is None]


def _send(steps: Generator[int, Fetched[Any], None], page: Fetched[Any]) -> int | None:
    try:
        return steps.send(page)
    except StopIteration:
        return None
