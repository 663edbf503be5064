"""Programs out of seeds: families that aim at what can go wrong, and all else at random."""

from collections.abc import Callable
from operator import itemgetter
from random import Random
from typing import Any

from model_list import NEVER, Habits
from program_types import ALL, Event, Program, ReadingOptions

__all__ = ["FAMILIES", "NAMES", "Dice", "Event", "Program", "ReadingOptions", "program"]


class Dice:
    """Random choices, lean."""

    __slots__ = ("random",)

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def upto(self, low: int, high: int) -> int:
        """Give a number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def one(self, *choices: Any) -> Any:
        """Give one of the choices."""
        return choices[int(self.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        """Say yes as often as that."""
        return self.random() < probability


def program(seed: int, family: str | None = None) -> Program:
    """Make the program of a seed: its family in turn, all else at random."""
    dice = Dice(seed)
    family = family or NAMES[seed % len(NAMES)]
    made = Program(seed=seed, family=family)
    made.length = dice.upto(60, 400) if dice.chance(0.06) else dice.upto(0, dice.one(6, 25, 60))
    _choose_options(dice, made)
    _choose_habits(dice, made.habits, made)
    FAMILIES[family](dice, made)
    if family != "lost cursor":
        _disturb(dice, made)
    made.events = tuple(sorted(made.events, key=itemgetter(0)))
    return made


def _choose_options(dice: Dice, made: Program) -> None:
    options = made.options
    options.order = dice.one("ASC", "DESC")
    options.page_size = dice.one(50, 200) if dice.chance(0.1) else dice.upto(2, 25)
    if made.length > 100:
        options.page_size = max(options.page_size, 12)
    options.concurrency = dice.one(1, 1, 2, 3, 4, 8, 16)
    options.start = dice.upto(0, made.length) if dice.chance(0.1) else 0
    options.mouthful = dice.one(1, 3) if dice.chance(0.2) else ALL
    made.delivery = dice.one("fifo", "mixed", "early")
    made.lazy = dice.chance(0.3)
    made.leaves_after_error = dice.chance(0.3)


def _choose_habits(dice: Dice, habits: Habits, made: Program) -> None:
    habits.links = dice.one("both", "both", "next", "last", "none")
    habits.base = 1 if dice.chance(0.2) else 0
    habits.missing_past_end = dice.chance(0.3)
    habits.missing_empty = dice.chance(0.5)
    habits.grid = dice.upto(2, 50) if dice.chance(0.15) else 0
    habits.last_shift = 1 if dice.chance(0.1) else 0
    habits.last_past_end = dice.chance(0.1)
    if dice.chance(0.25):
        # Without links a page that is cut short of 50 is the end, by the documents.
        habits.clamp = dice.upto(50, 120) if habits.links == "none" else dice.upto(2, 20)
    if habits.links != "none" and dice.chance(0.2):
        _vary_sizes(dice, habits)
    if dice.chance(0.05):
        habits.short_at, habits.short_to = dice.upto(1, 8), dice.one(1, dice.upto(1, 5))
    if dice.chance(0.05):
        habits.lacks_next = dice.upto(1, 8)
    if dice.chance(0.05):
        habits.twice_at = dice.upto(1, 4)
    if dice.chance(0.03):
        habits.ignores_paging, made.options.start = True, 0


def _vary_sizes(dice: Dice, habits: Habits) -> None:
    match dice.upto(1, 3):
        case 1:
            habits.sizes = tuple(dice.upto(2, 12) for _ in range(dice.upto(2, 4)))
        case 2:
            habits.vary = dice.upto(2, 12)
        case _:
            habits.weight = dice.upto(6, 30)


def _disturb(dice: Dice, made: Program) -> None:
    """Let requests fail, readers be cancelled, and others resume, in some programs."""
    if dice.chance(0.2):
        made.events += tuple((_time(dice), "fail") for _ in range(dice.upto(1, 3)))
    if dice.chance(0.15):
        made.events += tuple((_time(dice), "cancel") for _ in range(dice.upto(1, 2)))
    if dice.chance(0.2):
        made.events += tuple((_time(dice), "leave") for _ in range(dice.upto(1, 2)))


def _time(dice: Dice) -> int:
    return dice.upto(0, dice.one(6, 14, 30))


# ---- families: each adds what it is about


def _static(dice: Dice, made: Program) -> None:
    """Nothing moves. A server may answer once with an empty page that goes on."""
    if dice.chance(0.1):
        made.habits.empty_at = dice.upto(1, 6)


def _arrivals(dice: Dice, made: Program) -> None:
    """New messages come."""
    times = range(1, dice.upto(1, 20), dice.upto(1, 4))
    made.events = tuple((when, "arrive", dice.upto(1, 4)) for when in times)


def _moves(dice: Dice, made: Program) -> None:
    """Rows come and go anywhere."""
    made.events = tuple(_move(dice, made, _time(dice)) for _ in range(dice.upto(1, 4)))


def _exchange(dice: Dice, made: Program) -> None:
    """Some rows go, and as many others are in their stead: no offset changes."""
    spot = ("place", dice.upto(-2, 1) * dice.upto(1, made.options.page_size))
    when, count = _time(dice), dice.upto(1, 2 * made.options.page_size)
    made.events = ((when, "purge", spot, count), (when, "insert", spot, count))


def _later(dice: Dice, made: Program) -> None:
    """A cursor taken at the end is to bring what came since."""
    made.events = tuple((50 + i, "arrive", dice.upto(1, 6)) for i in range(dice.upto(1, 3)))
    made.events = ((49, "leave"), *made.events, (60, "leave"))


def _storm(dice: Dice, made: Program) -> None:
    """Something moves at every step for a while."""
    made.events = tuple(_move(dice, made, when) for when in range(dice.upto(2, 25)))


def _move(dice: Dice, made: Program, when: int) -> Event:
    size = made.options.page_size
    spot = dice.one(
        ("front", dice.upto(0, made.length)), ("place", dice.upto(-2 * size, 2 * size)), ("end", 0)
    )
    count = dice.one(1, 1, dice.upto(1, 5), dice.upto(1, 2 * size))
    return (when, dice.one("insert", "purge"), spot, count)


def _tail_purge(dice: Dice, made: Program) -> None:
    """What was read last goes, and all that follows; then the list is still."""
    back = dice.one(1, dice.upto(1, 5), dice.upto(1, 2 * made.options.page_size))
    made.events = ((_time(dice), "purge", ("place", -back), ALL),)


def _ahead_purge(dice: Dice, made: Program) -> None:
    """All goes from the reader's place on, while pages ahead are in flight or wait."""
    made.options.concurrency, made.lazy = dice.upto(4, 16), True
    made.delivery = dice.one("mixed", "early")
    made.events = ((_time(dice), "purge", ("place", dice.one(0, 0, 1, 3)), ALL),)
    if dice.chance(0.3):
        made.events += ((_time(dice), "insert", ("end", 0), dice.upto(1, 20)),)


def _read_purge(dice: Dice, made: Program) -> None:
    """All or nearly all that was read goes."""
    made.events = ((_time(dice), "purge", ("front", 0), dice.upto(1, max(1, made.length))),)
    if dice.chance(0.5):
        kept = dice.upto(0, 3)
        made.events = ((_time(dice), "purge", ("place", -ALL), ALL - kept),)


def _big_insert(dice: Dice, made: Program) -> None:
    """As much comes in front as many pages hold."""
    times = range(dice.upto(1, 2))
    made.events = tuple(
        (
            _time(dice),
            "insert",
            ("front", dice.upto(0, 3)),
            made.options.page_size * dice.upto(1, 6),
        )
        for _ in times
    )


def _tied(dice: Dice, made: Program) -> None:
    """Choose runs of one second that fit into half a page, and well into what cursors know."""
    made.habits.short_at = NEVER
    half = min(made.smallest // 2, 25)
    made.ties = dice.upto(2, half) if half > 2 else 2


def _ties_once(dice: Dice, made: Program) -> None:
    """Rows of one second change places, once or a few times."""
    _tied(dice, made)
    made.events = tuple((_time(dice), "shuffle") for _ in range(dice.one(1, 1, 3)))
    if dice.chance(0.2):
        made.events += (_move(dice, made, _time(dice)),)


def _ties_always(dice: Dice, made: Program) -> None:
    """Rows of one second change places before every answer."""
    _tied(dice, made)
    made.habits.restless = True


def _swaps(dice: Dice, made: Program) -> None:
    """Neighbours change places about where the reader is."""
    made.habits.short_at = NEVER
    times = range(dice.upto(1, 3))
    made.events = tuple((_time(dice), "swap", ("place", dice.upto(-3, 2))) for _ in times)


def _lost_cursor(dice: Dice, made: Program) -> None:
    """About as many rows go from before a cursor as it remembers."""
    made.length = dice.upto(100, 300)
    made.options.page_size = dice.upto(15, 60)
    made.options.start = 0
    when = dice.upto(1, 20)
    gone = dice.one(100, 100, dice.upto(95, 105), dice.upto(90, 150))
    made.events = ((when, "leave"), (when, "purge", ("place", -gone), gone))
    if dice.chance(0.3):
        made.events += ((when, "insert", ("place", 0), dice.upto(1, 60)),)


FAMILIES: dict[str, Callable[[Dice, Program], None]] = {
    "static": _static,
    "arrivals": _arrivals,
    "moves": _moves,
    "exchange": _exchange,
    "later": _later,
    "storm": _storm,
    "tail purge": _tail_purge,
    "ahead purge": _ahead_purge,
    "read purge": _read_purge,
    "big insert": _big_insert,
    "ties once": _ties_once,
    "ties always": _ties_always,
    "swaps": _swaps,
    "lost cursor": _lost_cursor,
}
NAMES = list(FAMILIES)
