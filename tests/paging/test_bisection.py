"""Where a listing of what is new begins: pure, page by page, and counted."""

from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timed_list import TimedItem, TimedList, at, timed_list

from ip1_async._paging.bisection import Bisection
from ip1_async._paging.types import Fetched

SIZE = 20


def found(server: TimedList, seconds: float) -> Fetched[TimedItem]:
    """Search a list for the page that what is new since then begins in."""
    search = Bisection[TimedItem](
        lambda item: item.modified is not None and item.modified < at(seconds)
    )
    steps = search.steps()
    offset = next(steps, None)
    while offset is not None:
        try:
            offset = steps.send(server.page(offset, SIZE))
        except StopIteration:
            offset = None
    return search.begin


@settings(max_examples=300, deadline=None)
@given(
    length=st.integers(0, 3_000),
    place=st.floats(0, 1.1),
    clamp=st.integers(5, 40),
    links=st.sampled_from(["both", "last", "next", "none"]),
    late=st.sampled_from([0, 0.1, 0.9]),
)
def test_the_search_takes_two_requests_more_than_halving_the_pages(
    length: int, place: float, clamp: int, links: str, late: float
) -> None:
    """It takes at most log2(pages) + 2 requests, and twice as many where `last` is not named."""
    server = timed_list(length, clamp=clamp, links=links, base=length % 2)
    server.late = late
    found(server, place * length)
    pages = max(1, ceil(length / min(SIZE, clamp)))
    most = log2(pages) + 2
    assert len(server.requests) <= (most if links in {"both", "last"} else 2 * most)


@pytest.mark.parametrize("links", ["both", "last", "next", "none"])
@pytest.mark.parametrize("place", [0, 1, 19, 20, 21, 500, 999, 1_000, 2_000])
def test_a_list_without_late_updates_begins_in_the_right_page(place: int, links: str) -> None:
    """The last row that is too old is in the page that is found, or in the next, the last one."""
    page = found(timed_list(1_000, links=links), place)
    old = min(place, 1_000)
    assert page.start <= max(0, old - 1) < page.start + (2 * SIZE if old > 980 else SIZE)


def test_single_late_updates_do_not_mislead_the_search() -> None:
    """Half of the rows look new, but no whole page does."""
    server = timed_list(10_000)
    server.late = 0.5
    assert found(server, 9_000).start > 8_900


@pytest.mark.parametrize("links", ["both", "none"])
def test_a_server_that_ignores_offsets_is_not_searched(links: str) -> None:
    """It sends the whole list at any offset: that one page is where the listing begins."""
    server = timed_list(100, ignores_paging=True, links=links)
    page = found(server, 50)
    assert (page.start, len(page.ids)) == (0, 100)
    assert len(server.requests) <= 2
