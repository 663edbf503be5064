"""All small programs: short lists, small pages, up to two moves between any two requests."""

import itertools
from collections.abc import Iterator

from model_list import Habits
from program_types import Event, Program, ReadingOptions


def enumerate_small(at_most: int = 200_000) -> Iterator[Program]:
    """Give all small programs, or every nth of them where they are more than that."""
    stride = -(-count_small() // at_most)
    for seed, chosen in enumerate(itertools.islice(_small(), 0, None, stride)):
        length, page_size, links, order, events = chosen
        options = ReadingOptions(order=order, page_size=page_size)
        yield Program(
            seed=seed, length=length, habits=Habits(links=links), options=options, events=events
        )


def count_small() -> int:
    """Count all small programs."""
    return sum(12 * len(_schedules(length)) for length in range(7))


def _small() -> Iterator[tuple[int, int, str, str, tuple[Event, ...]]]:
    for length in range(7):
        yield from itertools.product(
            (length,), (2, 3), ("both", "next", "none"), ("ASC", "DESC"), _schedules(length)
        )


def _schedules(length: int) -> list[tuple[Event, ...]]:
    """Give up to two moves, before any of the requests that a list of that length takes."""
    moves: list[Event] = [("insert", ("front", at), 1) for at in range(length + 1)]
    moves += [("purge", ("front", at), n) for at in range(length) for n in range(1, 4)]
    moves += [("swap", ("front", at)) for at in range(length - 1)]
    singles = [(when, *move) for when in range(length + 3) for move in moves]
    pairs = ((one, two) for one in singles for two in singles if one[0] <= two[0])
    return [(), *((single,) for single in singles), *pairs]
