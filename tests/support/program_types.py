"""What a program is: a server, a reader, and what happens to them."""

from typing import Any

import attrs
from model_list import Habits, ModelList

# A spot is an index counted from an anchor: "front" of the list, its "end", or the reader's
# "place", which is just behind what was consumed last.
Spot = tuple[str, int]
# When (in steps of the simulation), what, and its arguments:
#   insert spot n, arrive n, purge spot n, swap spot, shuffle     the list moves
#   fail                                                          the next request fails
#   cancel                                                        whoever reads is cancelled
#   leave                          the cursor is taken, and a new reader resumes from it
Event = tuple[Any, ...]
MOVES = frozenset({"insert", "arrive", "purge", "swap", "shuffle"})
ALL = 10_000


@attrs.define(eq=False)
class ReadingOptions:
    """How a reader is asked to read. `mouthful` is the most ids that one `take` may give."""

    order: str = "ASC"
    page_size: int = 10
    concurrency: int = 1
    start: int = 0
    mouthful: int = ALL


@attrs.define(eq=False)
class Program:
    """All that a simulation depends on."""

    seed: int = 0
    family: str = "small"
    length: int = 0
    ties: int = 1  # rows of one second
    habits: Habits = attrs.field(factory=Habits)
    options: ReadingOptions = attrs.field(factory=ReadingOptions)
    events: tuple[Event, ...] = ()
    delivery: str = "fifo"  # fifo: one after another; mixed: at random; early: answered at once
    lazy: bool = False  # consumes only now and then
    leaves_after_error: bool = False  # resumes from the cursor, where others iterate on

    def model(self) -> ModelList:
        """Make the list."""
        return ModelList(
            self.length,
            self.habits,
            ties=self.ties,
            arrive_in_front=self.options.order == "DESC",
            seed=self.seed,
        )

    @property
    def smallest(self) -> int:
        """Give the rows that every page has, but for the end and what happens once."""
        return self.habits.smallest(self.options.page_size)

    @property
    def request_cap(self) -> int:
        """Give the requests that are enough for any reader that gets on."""
        inserted: int = sum(event[-1] for event in self.events if event[1] in {"insert", "arrive"})
        pages = (self.length + inserted) // max(1, self.smallest - 1) + 2
        lost = (self.options.concurrency + 6) * len(self.events)
        return 60 + 12 * pages + lost
