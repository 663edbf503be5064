"""Where to look for the last items read when they are not where they should be."""

from collections.abc import Generator
from typing import Any

from ip1_async._listing import Fetched


def outward(lost: Fetched[Any], asked: int) -> Generator[int, Fetched[Any], None]:
    """Yield the offsets to ask for, nearest first, each page touching the one before.

    Args:
        lost: The page that should have held the last item read.
        asked: Page size that is asked for; the server may send fewer.

    Send each page that was fetched; the search ends where the list does, on both sides.
    """
    size = len(lost.items) or asked
    step = max(1, size // 8)  # most often just a few items went
    page = lost
    while not page.items and page.start:  # past the end of what is left
        page = yield max(0, page.start - step)
        step = max(step * 2, size - 1)
    if page is not lost:
        size = len(page.items)
        step = size - 1
    low, high, more = page.start, page.stop, _goes_on(page, size)
    while low or more:
        if low:
            low = max(0, low - max(1, step))
            page = yield low
            size = max(size, len(page.items))
            step = size - 1
        if more:
            page = yield high - 1
            size = max(size, len(page.items))
            high, more = page.stop, _goes_on(page, size)


def _goes_on(page: Fetched[Any], size: int) -> bool:
    return bool(page.items) and (page.raw.has_next or len(page.items) >= size)
