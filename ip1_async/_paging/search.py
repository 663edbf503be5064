"""Where to look for the last items read when they are not where they should be."""

from collections.abc import Generator
from typing import Any

from ip1_async._paging.types import Fetched


def outward(lost: Fetched[Any], size: int) -> Generator[int, Fetched[Any], None]:
    """Yield the offsets to ask for, nearest first, each page touching the one before.

    Args:
        lost: The page that should have held the last item read.
        size: Items in a full page, as far as it is known.

    Send each page that was fetched; the search ends where the list does, on both sides.
    """
    step = max(1, size // 8)  # most often just a few items went
    past_end = not lost.items
    low, high, more = lost.start, lost.stop, _goes_on(lost, size)
    while low or more:
        if low:
            low = max(0, low - step)
            page = yield low
            size = max(size, len(page.items))
            if past_end or not page.items:  # what is left ends in this page, or before it
                past_end = not page.items
                high, more = page.stop, _goes_on(page, size)
            step = step * 2 if past_end else max(1, size - 1)
        if more:
            page = yield high - (size > 1)
            size = max(size, len(page.items))
            more = page.stop > high and _goes_on(page, size)
            high = page.stop


def _goes_on(page: Fetched[Any], size: int) -> bool:
    return bool(page.items) and ("next" in page.raw.links or len(page.items) >= size)
