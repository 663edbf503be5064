"""Judges where a list ends: on evidence only, by rows, and by no page size that was seen once."""

from typing import Any

from ip1_async._paging.types import Fetched

# API manual, pagination: the page size of a server that ignores `limit`.
_DEFAULT_PAGE_SIZE = 50


class Ending:
    """What the pages that were joined say about the end of their list.

    Attributes:
        bound: The list ends before this row, as far as the server says.
        is_likely: The list may end at the last page joined; only another request can tell.
        largest: Rows in the largest page so far.
        pages: How many pages were joined.
        seen_next: The server has named a next page before.
    """

    def __init__(self, page_size: int) -> None:
        """Begin with the page size that is asked for."""
        self.bound: int | None = None
        self.is_likely = False
        self.largest = 0
        self.pages = 0
        self.seen_next = False
        self._asked = page_size
        self._short = False  # the last page was shorter than others
        self._uneven = False  # and so was another one, in the middle of the list

    def weigh(self, page: Fetched[Any], stop: int, *, brought: bool) -> bool:
        """Take a page into account, and say whether the list ends with it for certain.

        Args:
            page: The page that was joined last.
            stop: Row after the last page joined.
            brought: The page brought something new.
        """
        rows = page.rows
        self._uneven |= self.pages > 0 and (self._short or rows > self.largest)
        self.largest = max(self.largest, rows)
        self.pages += 1
        self._limit(page.last)
        self._short = rows < (self.largest if self.pages > 1 else self._asked)
        self.is_likely = not brought or (self._short and not page.more)
        ends = not page.more and self._is_certain(page, stop)
        self.seen_next |= page.more
        return ends

    def _limit(self, last: int | None) -> None:
        """Bound the list by its last page: the least bound holds until that page moves past it."""
        if last is None:
            self.bound = None
        elif self.bound is None or last >= self.bound:
            self.bound = last + self.largest
        else:
            self.bound = min(last + self.largest, self.bound)

    def _is_certain(self, page: Fetched[Any], stop: int) -> bool:
        """Whether a page without `next` is the last one for certain."""
        rows, last = page.rows, page.last
        if self.pages == 1:
            if last is None:
                return rows < min(_DEFAULT_PAGE_SIZE, self._asked)  # the documented default
            # Its own link says that it is the last page; offsets may count from 1.
            return rows < self._asked and last <= max(page.start, min(1, rows - 1))
        if self._uneven or (last is not None and last >= stop):
            return False
        if self.seen_next:
            return self._short
        reached = last is not None and stop >= last + max(self.largest, self._asked)
        return reached and self._short
