"""The simulated server has the habits that it is given, and moves as it is asked to."""

from typing import Any

import pytest
from model_list import Habits, ModelAnswer, ModelList


def made(length: int = 10, habits: Habits | None = None, **other: Any) -> ModelList:
    """Make a list."""
    defaults: dict[str, Any] = {"ties": 1, "arrive_in_front": False, "seed": 0}
    return ModelList(length, habits or Habits(), **(defaults | other))


def said(answer: ModelAnswer) -> tuple[str, int | None, int | None]:
    """Give rows and links, or 404."""
    return "404" if answer.missing else " ".join(answer.ids), answer.next, answer.last


@pytest.mark.parametrize(
    ("habits", "start", "limit", "expected"),
    [
        (Habits(), 0, 4, ("0 1 2 3", 4, 8)),
        (Habits(), 8, 4, ("8 9", None, 8)),
        (Habits(clamp=3), 0, 4, ("0 1 2", 3, 9)),
        (Habits(sizes=(2, 3)), 0, 5, ("0 1 2", 3, 5)),
        (Habits(vary=2), 0, 5, ("0 1", 2, 5)),
        (Habits(weight=6), 0, 5, ("0 1 2", 3, 5)),
        (Habits(short_at=1), 0, 5, ("0", 1, 5)),
        (Habits(short_at=2), 0, 5, ("0 1 2 3 4", 5, 5)),
        (Habits(empty_at=1), 0, 4, ("", 4, 8)),
        (Habits(empty_at=1), 8, 4, ("8 9", None, 8)),
        (Habits(links="next"), 0, 4, ("0 1 2 3", 4, None)),
        (Habits(links="last"), 0, 4, ("0 1 2 3", None, 8)),
        (Habits(links="none"), 0, 4, ("0 1 2 3", None, None)),
        (Habits(lacks_next=1), 0, 4, ("0 1 2 3", None, 8)),
        (Habits(grid=7), 0, 4, ("0 1 2 3", 4, 7)),
        (Habits(last_shift=1), 0, 4, ("0 1 2 3", 4, 9)),
        (Habits(last_past_end=True), 0, 5, ("0 1 2 3 4", 5, 10)),
        (Habits(last_past_end=True), 0, 4, ("0 1 2 3", 4, 8)),
        (Habits(base=1), 0, 4, ("0 1 2 3", 5, 9)),
        (Habits(base=1), 5, 4, ("4 5 6 7", 9, 9)),
        (Habits(), 10, 4, ("", None, 8)),
        (Habits(missing_past_end=True), 10, 4, ("404", None, None)),
        (Habits(ignores_paging=True), 4, 2, ("0 1 2 3 4 5 6 7 8 9", None, None)),
        (Habits(twice_at=1), 0, 4, ("0 1 2 3 2", 4, 8)),
    ],
)
def test_a_server_has_its_habits(habits: Habits, start: int, limit: int, expected: Any) -> None:
    """The first answer of a list of ten shows the habit."""
    answer = made(habits=habits).answer(start, limit)
    assert said(answer) == expected
    assert answer.links == (
        habits.links != "none" and not answer.missing and not habits.ignores_paging
    )


@pytest.mark.parametrize("is_missing", [True, False])
def test_an_empty_list_is_a_404_or_empty(is_missing: bool) -> None:
    """Servers have both, whether or not they page."""
    for ignores in (True, False):
        habits = Habits(missing_empty=is_missing, ignores_paging=ignores)
        assert made(0, habits).answer(0, 5).missing == is_missing


def test_rows_come_and_go() -> None:
    """Rows are added, taken away, and change places, and the list remembers."""
    rows = made(6)
    rows.insert(2, 2)
    rows.arrive(1)
    rows.purge(0, 2)
    rows.purge(90, 2)
    rows.swap(0)
    rows.swap(6)
    assert rows.rows == ["7", "6", "2", "3", "4", "5", "8"]
    assert (rows.gone, rows.swapped, rows.moves) == ({"0", "1"}, [("6", "7")], 4)


def test_new_messages_come_first_in_descending_order() -> None:
    """Under DESC what is new is in front of all."""
    rows = made(2, arrive_in_front=True)
    rows.arrive(2)
    assert rows.rows == ["2", "3", "0", "1"]


def test_only_rows_of_one_second_change_places() -> None:
    """Shuffled rows stay in their blocks, those of an arrival too."""
    rows = made(7, Habits(restless=True), ties=3)
    rows.arrive(4)
    seen = {tuple(rows.answer(0, 20).ids) for _ in range(50)}
    assert len(seen) > 9
    for first, stop in ((0, 3), (3, 6), (6, 7), (7, 10), (10, 11)):
        expected = {str(number) for number in range(first, stop)}
        assert all(set(order[first:stop]) == expected for order in seen)


def test_the_smallest_page_is_as_promised() -> None:
    """No habit but those that show once makes a page smaller than the smallest."""
    for habits in (Habits(clamp=4), Habits(sizes=(9, 3)), Habits(vary=6), Habits(weight=9)):
        rows = made(60, habits)
        sizes = [len(rows.answer(start, 8).ids) for start in range(50)]
        assert min(sizes) >= habits.smallest(8) > 1
