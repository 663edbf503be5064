"""Explains, at the end, every row that was passed without reading an item for it."""

from collections.abc import Generator
from itertools import takewhile
from typing import Any, Generic, TypeVar

from ip1_async._paging.history import Positions, fresh_rows, knows
from ip1_async._paging.reading import Reading, Steps
from ip1_async._paging.types import Fetched
from ip1_async.errors import PaginationError

T = TypeVar("T")


class LookBack(Generic[T]):
    """Looks for what slipped behind the reader, and for what arrived in front of it.

    An item that changed places with one that was read comes late. Cheapest first: count what
    arrived in front; look over the places where pages repeated something else than they should;
    bisect the rows for places that hold more than was read; sweep them all.
    """

    def __init__(self, reading: Reading[T]) -> None:
        """Look back over a list that was read to its end."""
        self._reading = reading

    def settle(self) -> Steps:
        """Explain the debt, and give what slipped behind the reader.

        Raises:
            PaginationError: More rows than items were read, and the difference is nowhere.
        """
        reading, debts, arrived = self._reading, self._reading.debts, None
        # In front of a listing's start there are rows that may slide in; elsewhere only news.
        if not debts.disturbed and not debts.moved and not reading.origin:
            arrived = yield from self._count_arrived()
        if arrived is None or arrived < reading.debt + debts.doubled:
            half = reading.ending.largest // 2
            for row in debts.rows(reading.debt):
                yield from self._look_over(row - half, row + half)
            if arrived is None:
                arrived = yield from self._count_arrived()
        if arrived < reading.debt:
            arrived += yield from self._bisect(arrived)
        calm = False
        if arrived < reading.debt:
            calm = yield from self._look_over(debts.base + arrived, reading.stop)
        if arrived < reading.debt and not calm:
            error = PaginationError("more rows were passed than items were read")
            error.missing = reading.debt - arrived
            raise error
        reading.ended = True

    def _count_arrived(self) -> Generator[int, Fetched[Any], int]:
        """Count the rows that arrived in front of the first item; 0 where that is not certain.

        Offsets that count from 1 look like one such row.
        """
        debts, debt = self._reading.debts, self._reading.debt
        if debt <= 0:
            return 0
        page = yield from self._reading.ask(debts.base + debt)
        found = self._positions_near(page, debts.before)
        news = sum(1 for _ in takewhile(lambda position: position is None, found))
        read = list(range(debts.before, debts.before + len(found) - news))
        return page.start + news - debts.base if read and found[news:] == read else 0

    def _look_over(self, first: int, last: int) -> Generator[int, Fetched[Any], bool]:
        """See the rows from one to another, and give what was passed there.

        Returns:
            The list kept still meanwhile, so that every row between was seen.
        """
        offset, calm, seam = max(0, first), True, None
        while True:
            page = yield from self._reading.ask(offset)
            self._add_passed(page)
            calm = calm and (seam is None or seam in page.ids)
            if page.stop >= min(last, self._reading.stop):
                return calm
            if page.stop <= offset + 1:
                return False
            offset, seam = page.stop - 1, page.ids[-1]

    def _bisect(self, arrived: int) -> Generator[int, Fetched[Any], int]:
        """Find the places where there are more rows than items, by halves.

        Returns:
            How many rows arrived there in bulk: more than a page of them side by side.
        """
        reading, before, bulk = self._reading, self._reading.debts.before, 0
        parts = [((reading.debts.base + arrived, before), (reading.stop - 1, reading.tail))]
        while parts:
            low, high = parts.pop()
            extra = (high[0] - low[0]) - (high[1] - low[1])
            if extra <= 0:
                continue
            near = high[0] - low[0] < reading.ending.largest
            page = yield from reading.ask(low[0] if near else (low[0] + high[0]) // 2)
            found = self._add_passed(page)
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
        return self._reading.history.positions(page.ids, near, exact=True)

    def _add_passed(self, page: Fetched[T]) -> Positions:
        """Give what was passed, between rows that were read."""
        reading = self._reading
        near = page.start - reading.debts.base - reading.debt + reading.debts.before
        found = self._positions_near(page, max(0, near))
        if knows(found):
            known = max(i for i, position in enumerate(found) if position is not None)
            within = max(known, reading.stop - page.start)  # what is behind came after the end
            fresh = [i for i in fresh_rows(found, reading.history.first) if i < within]
            if fresh:
                reading.accept_late(page, fresh)
        return found
