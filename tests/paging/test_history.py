"""What a pager remembers: every id, at its position, however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async._paging.cursor import CURSOR_IDS
from ip1_async._paging.history import History


def remembered(sizes: list[int]) -> tuple[History, list[str]]:
    """Remember pages of these sizes."""
    history, ids = History(), list[str]()
    for size in sizes:
        page = [f"m{number}" for number in range(len(ids), len(ids) + size)]
        history.add(page)
        ids += page
    return history, ids


@given(
    st.lists(st.integers(0, 9_000), min_size=1, max_size=6),
    st.lists(st.integers(0, 60_000), max_size=20),
    st.integers(0, 60_000),
)
def test_every_id_is_found_at_its_position(sizes: list[int], wanted: list[int], near: int) -> None:
    """Wherever it is looked for first, and what was never read is at none."""
    history, ids = remembered(sizes)
    assert len(history) == len(ids)
    asked = [f"m{number}" for number in wanted]
    found = history.positions(asked, near, exact=True)
    assert found == [number if number < len(ids) else None for number in wanted]


@pytest.mark.parametrize("size", [1, 199, 1_000, 5_000])
def test_recent_ids_are_known_at_once(size: int) -> None:
    """Those of the last page and the thousand before it are, and a cursor can be made of them."""
    history, ids = remembered([size] * (20_000 // size))
    recent = ids[-1_000 - size :]
    assert all(not history.is_new([each]) for each in recent)
    assert history.is_new(["new"])
    _, newest = history.last(size)
    assert newest == ids[-size - CURSOR_IDS : -size]


def test_the_last_id_of_every_page_is_known_at_once() -> None:
    """So a usual page is found new without a look at all ids."""
    history, ids = remembered([200] * 100)
    assert not history.is_new([ids[199]])
    assert history.is_new([ids[198]])
    assert history.positions([ids[198]], len(ids), exact=True) == [198]
