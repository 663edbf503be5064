"""Measure how long pages take when each waits for the one before."""

import time

from ip1_async import Client
from ip1_async.cli._output import progress


async def time_page_after_page(
    client: Client, participant: str, pages: int, page_size: int
) -> list[float]:
    """Give the seconds for each of the first pages of a conversation; there may be fewer pages."""
    seconds = []
    with progress("one page after another", shown=True) as advance:
        for start in range(0, pages * page_size, page_size):
            begin = time.perf_counter()
            # max_items is the size of a page, so the pager sends one request, and none ahead.
            pager = client.v2.conversations.list_messages(
                participant, start=start, max_items=page_size, page_size=page_size
            )
            if not await pager.collect():
                break
            seconds.append(time.perf_counter() - begin)
            advance(start + page_size, pages * page_size)
    return seconds
