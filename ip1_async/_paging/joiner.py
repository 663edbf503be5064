"""Joins pages of a list that may move to one list: pure, without tasks, waiting and HTTP.

Consecutive pages overlap by one row. One invariant carries all of it: for every id that is known,
all items before it that keep their places have been read. So a page that holds any known id can
be joined, however old the answer is, and to start again at the origin is always right.

A method that needs to see more yields the offset of a page and is sent that page. State changes
only when a page is accepted, so that a step can be given up at any request.
"""

from collections.abc import Generator
from typing import Any, TypeVar

from ip1_async._paging.debts import Debts
from ip1_async._paging.history import Positions, fresh_rows, knows
from ip1_async._paging.lookback import LookBack
from ip1_async._paging.reading import FAR, Reading, Steps
from ip1_async._paging.search import every, outward
from ip1_async._paging.types import Fetched
from ip1_async.errors import CursorLostError, PaginationError

T = TypeVar("T")

_LOST = "nothing that the cursor remembers is in the list any more"


class Joiner(Reading[T]):
    """One list, joined page by page."""

    def join(self, page: Fetched[T]) -> Steps:
        """Join a page, with all that has to be seen first."""
        if not self.history:
            yield from self._begin(page)
        elif self._follows(page):
            tail = len(self.history) + len(page.ids) - 2
            self.accept(page, page.items[1:], page.ids[1:], tail)
        else:
            yield from self._place(page)

    def finish(self) -> Steps:
        """Make sure that the list ends here, and that nothing slipped behind the reader."""
        if self.is_read:
            yield from LookBack(self).settle()
        else:
            yield from self._confirm_end()

    # The first page.

    def _begin(self, page: Fetched[T]) -> Steps:
        while not page.ids and page.more:  # not the end yet, says the server
            page = yield from self.ask(self.stop)
        if page.raw.missing and self.origin:  # an offset past the end, or no list at all?
            self.not_found = (yield from self.ask(0)).raw.missing
        elif page.raw.missing:
            self.not_found = True
        if page.ids:  # all of them are news
            self.debts = Debts(page.start)
            self.accept(page, page.items, page.ids, len(page.ids) - 1)
        else:
            self.accept(page, [], [], None)
            self.close()

    # The next page.

    def _follows(self, page: Fetched[T]) -> bool:
        """Whether the page is the last row joined and then news: the usual case."""
        ids = page.ids
        return (
            ids[:1] == [self.tail_id]
            and page.start == self.stop - 1
            and len(ids) > 1
            and self.history.is_new(ids[1:])
        )

    def _place(self, page: Fetched[T]) -> Steps:
        """Join any other page, once the rows before it are joined."""
        if (yield from self._is_all(page, self.last_page)):
            self._take_all(page)
            return
        found = self.positions(page)
        fits = self._fits(page, found)
        passed = knows(found) and not self._brings(found)
        if not fits and not passed and page.start > self.next_offset:
            if not page.ids:
                yield from self._confirm_end()
                return
            yield from self._close_gap(page)
            found = self.positions(page)
            fits = self._fits(page, found)
            if self.is_read or not fits:
                return
        if fits:
            self.take(page, found)
        elif page.start < self.next_offset:
            return  # it was asked for before the list moved
        elif self.asked == 1 and not page.ids:
            self.close()  # nothing can overlap: the offset has to do
        elif knows(found):
            yield from self._home_in(page, found, searched=False)
        else:
            yield from self._search(page)

    def _fits(self, page: Fetched[T], found: Positions) -> bool:
        """Whether no row can be missing between what was joined and this page."""
        if self.tail in found:
            return True
        if self.asked == 1 and page.start == self.stop and not knows(found):
            return bool(page.ids)  # nothing can overlap: the offset has to do
        return page.start <= self.stop and knows(found) and self._brings(found)

    def _brings(self, found: Positions) -> bool:
        """Whether anything in the page is new, but for what arrived in front of it all."""
        return bool(fresh_rows(found, self.history.first))

    def _close_gap(self, page: Fetched[T]) -> Steps:
        """Join what is between the last row and a page, after an answer that was shorter."""
        while page.start >= self.stop and not self.is_read:
            before = self.stop
            other = yield from self.ask(self.next_offset)
            yield from self._place(other)
            if self.stop <= before:
                yield from self._pass_single(other)
            if self.stop <= before:
                return

    def _pass_single(self, page: Fetched[T]) -> Steps:
        """Go on behind the last row where the server sends that row alone, page after page."""
        if self.is_tail(page):
            self._take_behind((yield from self.ask(self.stop)))

    def _take_behind(self, page: Fetched[T]) -> None:
        """Join a page that begins behind the last row, just after that was seen in its place."""
        found = self.positions(page, exact=True)
        if page.ids and not knows(found):
            self.take(page, found)

    def _is_all(
        self, page: Fetched[T], other: Fetched[T] | None
    ) -> Generator[int, Fetched[Any], bool]:
        """Whether the server ignores `start`: without links, the same rows at two offsets."""
        if page.raw.links or not page.ids:
            return False
        if len(page.ids) > self.asked:
            return True
        if other is None or page.ids != other.ids or page.start == other.start:
            return False
        # The list may have moved by just a page; but not that far.
        far = yield from self.ask(self.stop + FAR)
        return far.ids == page.ids

    def _take_all(self, page: Fetched[T]) -> None:
        """Accept what is new in an answer that is the whole list.

        Raises:
            CursorLostError: Nothing in it is known.
        """
        found, first = self.positions(page, exact=True), 0
        if not self.history.complete:  # what is in front may have been read and forgotten
            if not knows(found):
                raise CursorLostError(_LOST)
            first = max(i for i, position in enumerate(found) if position is not None)
        self.take(page, found, moves=True, begin=first)
        self.debts = Debts(page.stop, len(self.history))
        self.close()

    # A place that was lost.

    def _search(self, lost: Fetched[T]) -> Steps:
        """Look around for any row that is known; without one, all that was read is gone."""
        known = len(self.history) if self.history.complete else None
        grew = (
            lost.last is None
            or self.ending.bound is None
            or lost.last + self.ending.largest > self.ending.bound
        )
        size, guess = self.ending.largest or self.asked, self._guess(lost)
        probes = outward(lost, size, known, guess, further=grew)
        if (yield from self._find(probes, lost)) or (
            not self.history.complete and (yield from self._find(every(), lost))
        ):
            return
        page = yield from self.ask(self.origin)
        if not self.history.complete and (page.ids or self.farthest):
            raise CursorLostError(_LOST)
        if self.origin and not (yield from self._is_empty(page)):
            raise PaginationError("all that was read is gone, and with it where the start was")
        self._start_again(page)

    def _is_empty(self, page: Fetched[T]) -> Generator[int, Fetched[Any], bool]:
        return not page.ids and not (yield from self.ask(0)).ids

    def _find(self, probes: Steps, lost: Fetched[T]) -> Generator[int, Fetched[Any], bool]:
        """Look at pages until one has a row that is known, and go on from there."""
        offset = next(probes, None)
        while offset is not None:
            page = yield from self.ask(offset)
            found = self.positions(page, exact=True)
            if knows(found):
                yield from self._home_in(page, found, searched=True)
                self._use(lost)
                return True
            offset = _send(probes, page)
        return False

    def _guess(self, lost: Fetched[T]) -> int | None:
        """Guess the place by how much the list grew, where the server names its last page."""
        if lost.last is None or self.ending.bound is None:
            return None
        grown = lost.last + self.ending.largest - self.ending.bound
        return (
            lost.start + grown - self.ending.largest // 2 if grown >= self.ending.largest else None
        )

    def _use(self, page: Fetched[T]) -> None:
        """Join what a page in hand has behind the place that was found meanwhile."""
        found = self.positions(page, exact=True)
        if self.tail in found and not self.is_read and page.stop > self.stop:
            self.take(page, found, begin=found.index(self.tail))

    def _start_again(self, page: Fetched[T]) -> None:
        """Begin once more where the listing began: what is known comes no second time."""
        self.not_found = page.raw.missing and not len(self.history)
        self.debts = Debts(self.origin, len(self.history))
        found = self.positions(page, exact=True)
        if page.ids:
            self.take(page, found, moves=True, searched=True)
        else:
            self.stop = page.start
            self.close()

    def _home_in(self, page: Fetched[T], found: Positions, *, searched: bool) -> Steps:
        """Go from a page with known rows to where they end."""
        low, high, jump = 0, None, 0
        while not self._leads_on(page, found):
            if page.ids and found[-1] is not None:
                low = page.stop
                # In a list that keeps its order, the last row read is this far away.
                jump = low - 1 + self.tail - found[-1]
            else:
                high = page.start
            if high is not None and low >= high:
                page = yield from self.ask(low - 1)
                found = self.positions(page, exact=True)
                break
            before = page
            page = yield from self.ask(max(low, jump) if high is None else (low + high) // 2)
            if (yield from self._is_all(page, before)):
                self._take_all(page)
                return
            found = self.positions(page, exact=True)
        if knows(found):
            self.take(page, found, moves=True, searched=searched)
        else:
            yield from self._search(page)

    def _leads_on(self, page: Fetched[T], found: Positions) -> bool:
        if not knows(found):
            return False
        ends = bool(page.raw.links) and not page.more and self.ending.seen_next
        return ends or self.tail in found or found[-1] is None

    # The end.

    def _confirm_end(self) -> Steps:
        """See nothing where the next row should be, and then the last row still in its place."""
        page = yield from self.ask(self.stop)
        if page.ids and (self.asked == 1 or knows(self.positions(page, exact=True))):
            yield from self._place(page)
            return
        while not page.ids and (page.raw.links.get("next") or 0) > page.start:
            page = yield from self.ask(page.raw.links["next"] or 0)  # rows that are not printed
        again = page if self.asked == 1 else (yield from self.ask(self.next_offset))
        if self.asked > 1 and not self.is_tail(again):
            yield from self._place(again)
            self._use(page)
        elif page.ids:
            self._take_behind(page)  # the server's own link led there
        else:
            self.close()


def _send(steps: Generator[int, Fetched[Any], None], page: Fetched[Any]) -> int | None:
    try:
        return steps.send(page)
    except StopIteration:
        return None
