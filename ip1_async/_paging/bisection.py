"""Where to begin in a list that is sorted by creation, oldest first, to read what is new.

Pure: the search yields the offsets it wants to see, and is sent their pages.

No item says when it was created, only when it was changed last. So an item that was changed before
a moment was created before it, and so were all items in front of it; an item that was changed
later proves nothing. Hence a page is weighed as a whole: if one of its rows is old for certain, the
place is behind that row. If none is, the place is taken to be in front of the page. That can only
be too early, never too late.
"""

from collections.abc import Callable, Generator
from typing import Generic, TypeVar

import attrs

from ip1_async._paging.types import Fetched

T = TypeVar("T")


@attrs.define(eq=False)
class Bisection(Generic[T]):
    """The search for the page to begin with.

    That page is its own proof: all rows in front of it are too old, even if the list moved before
    or after it came. The search takes at most log2(pages) + 2 requests if the server names its last
    page, and at most twice as many if it does not.

    Attributes:
        is_old: Says of an item whether it is too old for certain.
        begin: The page to begin with, as far as is known.
    """

    is_old: Callable[[T], bool]
    begin: Fetched[T] = attrs.field(init=False)

    def steps(self) -> Generator[int, Fetched[T], None]:
        """Yield the offsets of pages that have to be seen."""
        self.begin = yield 0
        if not self._is_behind(self.begin):
            return
        low, last = self.begin.stop, self.begin.last
        high = None if last is None else last + 1  # the last page is not cut any further
        size, step = low, 0
        while (low < high) if high is not None else self.begin.more or not self.begin.raw.links:
            if high is None:  # in growing steps, until they went too far
                offset, step = low + step, 2 * step + size
            else:
                offset = low + max(0, high - low - size) // 2
            page = yield offset
            if page.ids[:1] == self.begin.ids[:1]:
                return  # the server ignores offsets
            if self._is_behind(page):
                self.begin, low = page, page.stop
            else:
                high = offset

    def _is_behind(self, page: Fetched[T]) -> bool:
        """Whether the place to begin is not in front of a page."""
        return any(map(self.is_old, page.items))
