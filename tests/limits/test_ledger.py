"""The rules of a shared limit, as plain calls."""

from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async.limits._ledger import Ask, Ledger

GAP = 40_000
SLACK = 30_000
SECOND = 1_000_000
A = Ask("a", wants=True, gap=GAP, slack=SLACK)
B = attrs.evolve(A, owner="b")
PAUSE = attrs.evolve(A, wants=False, pause=5 * SECOND)


def put(ledger: Ledger, now: int, ask: Ask) -> tuple[int, int]:
    """Ask at a moment, as the keepers of a ledger do."""
    ledger.turn_back(now)
    assert ledger.is_sound(ask)
    answer = ledger.answer(ask)
    ledger.forget_the_dead(ask)
    return answer


def test_without_a_past_the_first_waits() -> None:
    """Somebody may have sent just before the ledger was lost."""
    ledger = Ledger.begin(0, A)
    assert put(ledger, 0, A) == (GAP, 0)
    assert put(ledger, GAP, A) == (0, 0)


def test_an_idle_limit_gives_one_at_once_and_no_burst() -> None:
    """Time that went by unused is lost."""
    ledger = Ledger.begin(0, A)
    assert put(ledger, 60 * SECOND, A) == (0, 0)
    assert put(ledger, 60 * SECOND, A) == (GAP, 0)


def test_whoever_asks_again_keeps_its_moment() -> None:
    """A question that is repeated, after a lost answer, books nothing more."""
    ledger = Ledger.begin(0, A)
    assert put(ledger, 0, A) == (GAP, 0)
    assert put(ledger, 10_000, A) == (GAP - 10_000, 0)
    assert put(ledger, 10_000, B) == (2 * GAP - 10_000, 0)


def test_a_permission_that_comes_late_says_by_how_much() -> None:
    """The process adds what its answer took."""
    ledger = Ledger.begin(0, A)
    put(ledger, 0, A)
    assert put(ledger, GAP + SLACK, A) == (0, SLACK)


def test_a_missed_moment_goes_to_nobody() -> None:
    """Who comes too late books anew, behind all others."""
    ledger = Ledger.begin(0, A)
    put(ledger, 0, A)
    put(ledger, 0, B)
    late = GAP + SLACK + 1
    assert put(ledger, late, A) == (3 * GAP - late, 0)


def test_a_pause_undoes_what_was_booked_before_its_end() -> None:
    """Nobody goes before it ends, and then one after the other."""
    ledger = Ledger.begin(0, A)
    put(ledger, 0, A)
    assert put(ledger, 0, PAUSE) == (0, 0)
    assert put(ledger, GAP, A) == (5 * SECOND - GAP, 0)
    assert put(ledger, GAP, B) == (5 * SECOND, 0)


def test_a_shorter_pause_changes_nothing() -> None:
    """The longer one stays."""
    ledger = Ledger.begin(0, A)
    put(ledger, 0, PAUSE)
    put(ledger, 0, attrs.evolve(PAUSE, pause=SECOND))
    assert put(ledger, 0, A) == (5 * SECOND, 0)


def test_the_widest_gap_holds_for_a_while() -> None:
    """Where processes name different rates, the lowest one holds until it is not asked for."""
    ledger = Ledger.begin(0, A)
    put(ledger, SECOND, attrs.evolve(B, gap=10 * GAP))
    assert put(ledger, SECOND, A) == (10 * GAP, 0)
    assert put(ledger, SECOND, B) == (20 * GAP, 0)
    assert put(ledger, 20 * SECOND, attrs.evolve(A, owner="c")) == (0, 0)
    assert put(ledger, 20 * SECOND, B) == (GAP, 0)


def test_a_clock_that_goes_back_stops_the_time() -> None:
    """What was a second away is a second away, be the step an hour or a reboot."""
    ledger = Ledger.begin(3_600 * SECOND, A)
    put(ledger, 3_600 * SECOND, PAUSE)
    assert put(ledger, 1 * SECOND, A) == (5 * SECOND, 0)


def test_a_moment_of_another_time_is_booked_anew() -> None:
    """What somebody booked before the clock went back is too far away."""
    ledger = Ledger.begin(3_600 * SECOND, A)
    put(ledger, 3_600 * SECOND, A)
    assert put(ledger, 1 * SECOND, A) == (2 * GAP, 0)


@pytest.mark.parametrize(
    "damage",
    [
        {"next": 10**15},
        {"paused": 10**12, "next": 10**12},
        {"paused": 2, "next": 1},
        {"gap": 10**12},
        {"named": 10**15},
    ],
)
def test_what_cannot_be_is_damage(damage: dict[str, Any]) -> None:
    """Numbers that would stop everybody for good are not believed."""
    assert not attrs.evolve(Ledger.begin(0, A), **damage).is_sound(A)


def test_the_dead_are_forgotten() -> None:
    """The ledger does not grow by processes that never come back."""
    ledger = Ledger.begin(0, A)
    for number in range(100):
        put(ledger, number * SECOND, attrs.evolve(A, owner=f"{number}"))
        put(ledger, number * SECOND, attrs.evolve(A, owner=f"{number}-too"))
    assert len(ledger.booked) < 20


@given(
    st.integers(0, 10**15),
    st.dictionaries(st.from_regex(r"[0-9a-f]+", fullmatch=True), st.integers()),
)
def test_it_can_be_read_again(now: int, booked: dict[str, int]) -> None:
    """What is behind its end, from a longer one before, does not count."""
    ledger = attrs.evolve(Ledger.begin(now, A), booked=booked)
    assert Ledger.parse(ledger.write() + "a 17\nend\n") == ledger


@given(st.text())
def test_garbage_is_no_ledger(text: str) -> None:
    """Whatever is in the file, nobody stumbles over it."""
    assert Ledger.parse(text) is None


@pytest.mark.parametrize(
    "text", ["", "end\n", "1 2 3 4\nend\n", "1 2 3 4 5\n", "1 2 3 4 5\na\nend\n"]
)
def test_a_part_is_no_ledger(text: str) -> None:
    """A ledger is read whole or not at all."""
    assert Ledger.parse(text) is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(0, 60_000),
        st.sampled_from([GAP, GAP, GAP, 3 * GAP]),
        st.sampled_from([0, 0, 0, 0, 0, 200_000]),
    ),
    min_size=20,
    max_size=120,
)


@given(STEPS)
def test_permissions_keep_their_distance(steps: list[tuple[str, int, int, int]]) -> None:
    """Whoever asks, late or early, with pauses and different rates: moments are a gap apart."""
    ledger, now = Ledger.begin(0, A), 0
    granted: list[int] = []
    paused = 0
    for owner, later, gap, pause in steps:
        now += later
        wait, late = put(ledger, now, Ask(owner, wants=True, gap=gap, slack=SLACK, pause=pause))
        paused = max(paused, now + pause if pause else 0)
        if not wait:
            granted.append(now - late)
            assert late <= SLACK
            assert now - late >= paused
    assert all(later - earlier >= GAP for earlier, later in pairwise(sorted(granted)))
