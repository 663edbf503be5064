"""Reports on programs for a person: counts by family, and the smallest program that fails."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

import attrs
from model_list import Habits
from program_types import Event, Program, ReadingOptions
from reader import ProgramOutcome


class FamilyCounts:
    """Counts outcomes by family."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def add(self, outcome: ProgramOutcome) -> None:
        """Count one."""
        counts = self.counts.setdefault(outcome.program.family, Counter())
        counts["programs"] += 1
        counts["requests"] += outcome.requests
        counts["errors"] += bool(outcome.errors)
        counts["ended in an error"] += bool(outcome.errors) and not outcome.ended
        counts["excused"] += bool(outcome.excuses)
        counts.update({violation.kind for violation in outcome.violations})

    def __str__(self) -> str:
        return "\n".join(
            f"{family:12} " + " · ".join(f"{kind} {n}" for kind, n in counts.items() if n)
            for family, counts in self.counts.items()
        )


def show(program: Program) -> str:
    """Print a program so that a person can read it."""
    options, habits = program.options, program.habits
    lines = [
        f"seed {program.seed}, {program.family}: {program.length} rows, ties of {program.ties}"
    ]
    lines += [f"  options  {_changed(options)}", f"  habits   {_changed(habits)}"]
    lines += [f"  delivery {program.delivery}{', lazy' if program.lazy else ''}"]
    lines += [f"  step {event[0]:3} {' '.join(map(str, event[1:]))}" for event in program.events]
    return "\n".join(lines)


def _changed(thing: ReadingOptions | Habits) -> str:
    defaults = attrs.asdict(type(thing)())
    now = attrs.asdict(thing).items()
    return ", ".join(f"{name}={value}" for name, value in now if value != defaults[name]) or "-"


def shrink(program: Program, fails: Callable[[Program], bool], most: int = 2_000) -> Program:
    """Simplify a program that fails, as long as it still does, in so many trials at most."""
    trials = itertools.count()
    while True:
        for simpler in _simpler(program):
            if next(trials) >= most:
                return program
            if fails(simpler):
                program = simpler
                break
        else:
            return program


def _simpler(program: Program) -> Iterator[Program]:
    """Give programs that lack one thing each, the largest first."""
    for index in range(len(program.events)):
        yield _with_event(program, index)
    yield from _plainer(program)
    for length in (program.length // 2, program.length - 1):
        if 0 <= length < program.length:
            yield attrs.evolve(program, length=length)
    for index, event in enumerate(program.events):
        for smaller in _smaller_events(event):
            yield _with_event(program, index, smaller)


def _with_event(program: Program, index: int, *instead: Event) -> Program:
    events = program.events
    return attrs.evolve(program, events=(*events[:index], *instead, *events[index + 1 :]))


def _plainer(program: Program) -> Iterator[Program]:
    for part in ("habits", "options"):
        thing = getattr(program, part)
        for name, value in attrs.asdict(type(thing)()).items():
            if getattr(thing, name) != value:
                yield attrs.evolve(program, **{part: attrs.evolve(thing, **{name: value})})
    for change in (
        {"lazy": False},
        {"delivery": "fifo"},
        {"ties": 1},
        {"leaves_after_error": False},
    ):
        if any(getattr(program, name) != value for name, value in change.items()):
            yield attrs.evolve(program, **change)


def _smaller_events(event: Event) -> Iterator[Event]:
    if isinstance(event[-1], int) and len(event) > 2 and event[-1] > 1:
        yield (*event[:-1], event[-1] // 2)
        yield (*event[:-1], event[-1] - 1)
