"""Which pages are fetched ahead, and how many."""

from typing import Any

from ip1_async._paging.joiner import Joiner


class Planner:
    """Plans requests one page after another, from where the next item should be.

    The first page is fetched alone, then one page ahead of the consumer, and one more with every
    page that was joined; all that `concurrency` allows, once the server has named its last page.
    """

    def __init__(self, joiner: Joiner[Any], page_size: int, concurrency: int) -> None:
        self._joiner = joiner
        self._page_size = page_size
        self._concurrency = concurrency
        self._planned: int | None = None  # where the next request starts
        self._window = 1

    @property
    def _stride(self) -> int:
        return max(1, (self._joiner.ending.largest or self._page_size) - self._joiner.overlap)

    def reset(self) -> None:
        """Plan anew: nothing is ahead any more."""
        self._planned = None

    def widen(self) -> None:
        """Note that one more page was joined."""
        if self._joiner.ending.pages > 1:
            self._window = min(self._concurrency, self._window + 1)

    def open(self) -> None:
        """Note that the consumer asks for more than the first page."""
        if self._joiner.ending.pages == 1 and self._joiner.ending.bound is not None:
            self._window = self._concurrency

    def next(self, ahead: int, left: int | None) -> int | None:
        """Give the offset to request next; `None` where the look-ahead is full.

        Args:
            ahead: Pages in flight, or waiting to be joined.
            left: Items that are still wanted; `None` for all.
        """
        joiner = self._joiner
        if ahead >= self._window or joiner.is_read or joiner.ending.is_likely:
            return None
        if self._planned is None:
            self._planned = joiner.next_offset
        start, bound = self._planned, joiner.ending.bound
        begin = start + joiner.overlap
        new = begin - joiner.stop  # rows between, which other pages bring
        # Where it would begin with the last row, it proves that a full page was the last one.
        beyond = bound is not None and begin > bound
        if new > 0 and (beyond or (left is not None and new >= left)):
            return None
        self._planned += self._stride
        return start

    def is_astray(self, first: int, ahead: int) -> bool:
        """Whether what is ahead is of no use: the place is behind it, or too far in front.

        Args:
            first: The offset of the first page ahead.
            ahead: How many pages are ahead.
        """
        gap = first - self._joiner.next_offset
        behind = self._planned is not None and self._planned < self._joiner.next_offset
        return self._joiner.is_read or behind or gap > ahead * self._stride
