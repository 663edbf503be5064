"""Where to look for the place when the last items read are not where they should be.

Pure: a search yields the offsets it wants to see, and is sent their pages.
"""

from collections.abc import Generator
from typing import Any

from ip1_async._paging.types import Fetched
from ip1_async.errors import PaginationError

_LONGEST = 2**53
_MOST_SCANS = 3


def outward(
    lost: Fetched[Any], size: int, known: int | None, guess: int | None, *, further: bool
) -> Generator[int, Fetched[Any], None]:
    """Yield offsets around a place, nearest first, in doubling steps, until the list ends.

    Args:
        lost: The page that should have held the last item read.
        size: Items in a full page, as far as it is known.
        known: Items that are remembered: a longer step could pass all of them unseen. `None`
            where steps may be as long as they get.
        guess: An offset to try before all others.
        further: The list may have grown, so that the place may be further on.
    """
    if guess is not None:
        yield guess
    low, high = lost.start, lost.stop - 1
    down = up = max(1, size // 8)  # most often just a few items went
    widest = _LONGEST if known is None else max(1, size - 1, known)
    more = bool(lost.ids) and further
    if not lost.ids:
        low = yield from _find_end(low, size)
    while low or more:
        if low:
            low = max(0, low - down)
            yield low
            down = min(widest, 2 * down)
        if more:
            high += up
            page = yield high
            more = bool(page.ids) and page.ids != lost.ids
            up = min(widest, 2 * up)


def every() -> Generator[int, Fetched[Any], None]:
    """Yield the offsets of the whole list, page after page; begin anew where it moves meanwhile.

    Raises:
        PaginationError: It moved during each of three scans.
    """
    page, begun = (yield 0), 1
    while page.ids:
        last = page.ids[-1]
        page = yield page.stop - 1
        if page.ids == [last]:
            return
        if last not in page.ids:
            if begun == _MOST_SCANS:
                raise PaginationError("the list changes as fast as it is read")
            page, begun = (yield 0), begun + 1


def _find_end(empty: int, size: int) -> Generator[int, Fetched[Any], int]:
    """Find where a list ends that has nothing at an offset: in doubling steps, then by halves."""
    low, step, stop = empty, max(1, size // 8), 0
    while low and not stop:
        low = max(0, low - step)
        page = yield low
        if page.ids:
            stop = page.stop
        else:
            empty, step = low, 2 * step
    while stop < empty:
        page = yield (stop + empty) // 2
        if page.ids:
            low, stop = page.start, page.stop
        else:
            empty = page.start
    return low
