"""Where to look for the place when the last items read are not where they should be.

Pure: a search yields the offsets it wants to see, and is sent their pages.
"""

from collections.abc import Generator
from typing import Any

from ip1_async._paging.types import Fetched

Steps = Generator[int, Fetched[Any], Any]


def outward(
    lost: Fetched[Any], size: int, known: int, guess: int | None
) -> Generator[int, Fetched[Any], None]:
    """Yield offsets around a place, nearest first, in doubling steps, until the list ends.

    Args:
        lost: The page that should have held the last item read.
        size: Items in a full page, as far as it is known.
        known: Items that are remembered: a longer step could pass all of them unseen.
        guess: An offset to try before all others.
    """
    if guess is not None:
        yield guess
    widest = max(1, size - 1, known)
    low, down = lost.start, max(1, size // 8)  # most often just a few items went
    high, up = lost.stop - 1, max(1, size - 1)
    more = bool(lost.ids)
    while low or more:
        if low:
            low = max(0, low - down)
            page = yield low
            down = min(widest, 2 * down)
            if not page.ids:  # the list ends before it, and so before all that is further on
                more = False
        if more:
            page = yield high
            more = page.stop > high + 1 or page.more
            high, up = high + up, min(widest, 2 * up)
