"""The judge is judged: it convicts readers that are wrong, and no reader that is right."""

from typing import Any

import attrs
import pytest
from faulty_readers import (
    BackwardReader,
    ContentReader,
    CrashingReader,
    FaultError,
    ForeignReader,
    LoopingReader,
    LosingReader,
    LostError,
    RaisingReader,
    StuckReader,
    UnsettledError,
    UntypedReader,
)
from model import run
from model_list import Habits
from naive_readers import DistinctReader, LinkReader, NaiveReader
from oracle import KINDS
from patient_reader import PatientReader
from program_reports import FamilyCounts, show, shrink
from program_types import Program, ReadingOptions
from programs import FAMILIES, program
from reader import Errors, MakeReader, ProgramOutcome
from small_programs import count_small, enumerate_small

ERRORS = Errors(allowed=(UnsettledError,), lost=LostError, fail=FaultError)


def patient(options: ReadingOptions, cursor: str | None) -> PatientReader:
    """Make a reader that is right."""
    return PatientReader(options, cursor, lost=LostError, restless=UnsettledError)


def judge(given: Program, make_reader: MakeReader) -> ProgramOutcome:
    """Run a program with the errors of this file."""
    return run(given, make_reader, ERRORS)


def kinds(outcome: ProgramOutcome) -> set[str]:
    """Name what a reader did wrong."""
    return {violation.kind for violation in outcome.violations}


# ---- readers as people write them


@pytest.mark.parametrize(
    ("make_reader", "wrongs"),
    [
        (NaiveReader, {"lost", "twice", "order", "cursor"}),
        (DistinctReader, {"lost", "endless", "cursor"}),
        (LinkReader, {"lost", "cursor"}),
    ],
)
def test_readers_that_trust_offsets_are_convicted(
    make_reader: MakeReader, wrongs: set[str]
) -> None:
    """On moving lists readers that follow offsets or links lose rows, and repeat them."""
    found = set[str]().union(*(kinds(judge(program(seed), make_reader)) for seed in range(1_400)))
    assert wrongs <= found


@pytest.mark.parametrize("make_reader", [LinkReader, patient])
def test_a_reader_that_follows_links_is_right_on_still_lists(make_reader: MakeReader) -> None:
    """No habit of a server asks more than the documents, as long as its list is still."""
    for seed in range(1_000):
        outcome = judge(program(seed, "static"), make_reader)
        assert outcome.worst is None, show(outcome.program)
        assert outcome.excuses or (outcome.ended and not outcome.errors)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reader_that_reads_all_over_again_is_right_on_all_lists(family: str) -> None:
    """The judge asks nothing that can't be given, and most programs end without an error."""
    outcomes = [judge(program(seed, family), patient) for seed in range(200)]
    for outcome in outcomes:
        assert outcome.worst is None, show(outcome.program)
    assert sum(outcome.ended for outcome in outcomes) > 150
    assert sum(bool(outcome.excuses) for outcome in outcomes) < 60


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in {"static", "later"}])
def test_every_family_convicts_a_reader_that_follows_links(family: str) -> None:
    """No family is without a program in which offsets alone lose rows."""
    found = [kinds(judge(program(seed, family), LinkReader)) for seed in range(700)]
    assert any(found)


def test_a_program_takes_the_same_course_each_time() -> None:
    """A seed gives the same program, and a program the same outcome."""
    for seed in range(100):
        one, other = (judge(program(seed), NaiveReader) for _ in range(2))
        assert show(one.program) == show(other.program)
        assert (one.segments, one.violations) == (other.segments, other.violations)


# ---- one fault after another


@pytest.mark.parametrize(
    ("make_reader", "kind"),
    [
        (ForeignReader, "foreign"),
        (BackwardReader, "order"),
        (StuckReader, "stuck"),
        (LoopingReader, "endless"),
        (RaisingReader, "static"),
        (UntypedReader, "untyped"),
        (LosingReader, "cursor"),
        (CrashingReader, "crashed"),
    ],
)
def test_every_fault_has_its_name(make_reader: MakeReader, kind: str) -> None:
    """What a reader does wrong on a list of 25 rows is named."""
    outcome = judge(Program(length=25), make_reader)
    assert kind in kinds(outcome)
    assert kind in str(outcome.violations)
    assert kinds(outcome) <= set(KINDS)


def test_an_error_that_returns_while_the_list_is_still_is_helpless() -> None:
    """Who iterates on after an error, on a list that no longer moves, gets through."""
    moved = Program(length=25, events=((0, "purge", ("front", 0), 1),))
    assert kinds(judge(moved, RaisingReader)) == {"helpless"}


def test_an_error_that_goes_away_is_none() -> None:
    """A failed request and a cancellation cost nothing but the time."""
    disturbed = Program(length=25, events=((0, "fail"), (2, "cancel"), (3, "fail"), (3, "leave")))
    outcome = judge(disturbed, LinkReader)
    assert (outcome.ended, outcome.worst, outcome.errors) == (True, None, [])
    assert len(outcome.segments) == 2


# ---- cursors


@pytest.mark.parametrize(("purged", "is_lost"), [(99, False), (100, True), (120, True)])
def test_a_cursor_is_lost_with_its_last_hundred_rows(purged: int, is_lost: bool) -> None:
    """Where one of a hundred is left a cursor is not lost, and where none is it has to be."""
    events = ((900, "leave"), (900, "purge", ("place", -purged), purged))
    given = Program(length=200, events=events)
    assert ("cursor" in kinds(judge(given, LinkReader))) == is_lost
    outcome = judge(given, patient)
    assert outcome.worst is None
    assert [type(error) for error in outcome.errors] == [LostError] * is_lost


def test_what_arrived_since_the_end_is_owed_to_its_cursor() -> None:
    """A reader that resumes at the end brings new rows, and one that does not has lost them."""
    later = Program(length=12, events=((49, "leave"), (50, "arrive", 3), (60, "leave")))
    assert kinds(judge(later, ContentReader)) == {"lost"}
    assert not kinds(judge(later, LinkReader))


def test_a_row_that_slips_before_a_start_is_excused() -> None:
    """A cursor does not know which rows its reader skipped."""
    events = ((1, "leave"), (1, "swap", ("front", 3)))
    given = Program(length=5, options=ReadingOptions(start=3), events=events)
    assert judge(given, LinkReader).excuses == {"ties at a start"}


def test_rows_that_are_gone_have_no_order() -> None:
    """A row that changed places and was purged since may have come before or after others."""
    moves = ((1, "swap", ("front", 1)), (4, "purge", ("front", 0), 2))
    given = Program(
        length=5, options=ReadingOptions(page_size=2), habits=Habits(links="none"), events=moves
    )
    assert not kinds(judge(given, patient))


# ---- what is excused


@pytest.mark.parametrize(
    ("habits", "events", "excuse"),
    [
        (Habits(links="none", clamp=7), (), "cut short"),
        (Habits(links="next", lacks_next=2), (), "no next"),
        (Habits(), tuple((1, "swap", ("place", at)) for at in (-1, 0, 1, 2, 3, 4)), "ties"),
        (Habits(), ((1, "swap", ("place", -1)), (1, "purge", ("front", 0), 1)), "ties and purge"),
    ],
)
def test_what_nobody_can_know_is_excused(habits: Habits, events: Any, excuse: str) -> None:
    """A loss is no fault where the documents leave no way to know."""
    outcome = judge(Program(length=25, habits=habits, events=events), LinkReader)
    assert outcome.excuses == {excuse}
    assert "lost" not in kinds(outcome)
    assert sum(map(len, outcome.segments)) < 25


@pytest.mark.parametrize(
    "habits",
    [
        Habits(links="none", clamp=60),
        Habits(links="last", clamp=7),
        Habits(lacks_next=2),
        Habits(sizes=(3, 7, 5)),
    ],
)
def test_what_can_be_known_is_not_excused(habits: Habits) -> None:
    """A page cut short is no excuse where a link, or asking once more, shows that rows follow."""
    options = ReadingOptions(page_size=200)
    assert not judge(Program(length=130, habits=habits, options=options), LinkReader).excuses


# ---- small programs, and smaller ones


def test_small_programs_are_all_different_and_as_many_as_counted() -> None:
    """Every nth of all small programs is run, and all are near a million."""
    some = [show(each).split("\n", 1) for each in enumerate_small(5_000)]
    assert len({(head.split(",", 1)[1], rest) for head, rest in some}) == len(some)
    assert len(some) == -(-count_small() // -(-count_small() // 5_000))
    assert count_small() > 900_000


def test_small_programs_convict_and_acquit() -> None:
    """In a sample, readers that are naive lose rows, and one that is right does not."""
    small = list(enumerate_small(3_000))
    assert {"lost", "twice"} <= {judge(each, NaiveReader).worst for each in small}
    assert not [show(each) for each in small if judge(each, patient).worst]


def test_a_failing_program_shrinks_to_what_matters() -> None:
    """Of a program that fails little is left, and it still fails in the same way."""

    def fails(given: Program) -> bool:
        return judge(given, LinkReader).worst == "lost"

    found = next(each for each in map(_stormy, range(100)) if fails(each))
    least = shrink(found, fails)
    assert fails(least)
    assert (len(least.events), least.habits.links, least.delivery) == (1, "both", "fifo")
    assert "purge" in show(least)
    assert least.length < found.length


def _stormy(seed: int) -> Program:
    return attrs.evolve(program(seed, "storm"), habits=Habits(links="next"), length=60)


def test_outcomes_are_counted_by_family() -> None:
    """A tally names families, and how many programs ended in an error."""
    tally = FamilyCounts()
    tally.add(judge(Program(length=25), RaisingReader))
    assert "small" in str(tally)
    assert "ended in an error 1" in str(tally)
    assert "static 1" in str(tally)
