"""The joiner, page by page: no event loop, no server."""

import pytest
from lists import FakeList, Item

from ip1_async import PaginationError
from ip1_async._paging.cursor import Cursor
from ip1_async._paging.history import History
from ip1_async._paging.joiner import Joiner
from ip1_async._paging.search import every
from ip1_async._paging.types import Fetched, RawPage


def page(start: int, *ids: str, **links: int) -> Fetched[str]:
    """Make a page."""
    return Fetched.of(start, RawPage(b"", {}, links=links), list(ids), list(ids))


def test_an_empty_first_page_with_a_next_one_is_asked_for_again() -> None:
    """An empty page ends nothing while the server says that more follows."""
    joiner: Joiner[str] = Joiner(10, Cursor(0, 0), History())
    steps = joiner.join(page(0, next=10))
    assert next(steps) == 0
    with pytest.raises(StopIteration):
        steps.send(page(0, "a", "b"))
    assert [joined.items for joined in joiner.ready] == [["a", "b"]]
    assert joiner.ended


def test_a_scan_begins_anew_where_the_list_moves_and_gives_up_after_three() -> None:
    """A list that moves during every scan can't be said to lack what is looked for."""
    scan = every()
    assert next(scan) == 0
    for _ in range(2):
        assert scan.send(page(0, "a", "b")) == 1
        assert scan.send(page(1, "x", "y")) == 0
    assert scan.send(page(0, "a", "b")) == 1
    with pytest.raises(PaginationError):
        scan.send(page(1, "x", "y"))


async def test_first_gives_the_next_item_or_nothing() -> None:
    """`first` takes one item; at the end it is `None`."""
    pager = FakeList([7]).pager()
    assert await pager.first() == Item("7")
    assert await pager.first() is None


def test_what_is_asked_for_in_vain_ends_in_an_error() -> None:
    """A server that says for ever that more follows, and sends nothing, is a loop."""
    joiner: Joiner[str] = Joiner(10, Cursor(0, 0), History())
    steps = joiner.join(page(0, next=10))
    next(steps)
    for _ in range(39):
        assert steps.send(page(0, next=10)) == 0
    with pytest.raises(PaginationError):
        steps.send(page(0, next=10))
