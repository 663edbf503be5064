"""A list on a server that moves, and the ways in which it answers: no waiting, no HTTP."""

from random import Random

import attrs

NEVER = -1


@attrs.define(eq=False)
class ModelAnswer:
    """What the server says to one request."""

    ids: list[str]
    next: int | None = None
    last: int | None = None
    links: bool = False
    missing: bool = False


@attrs.define(eq=False)
class Habits:
    """The ways of a server, to be combined. Answers are numbered from 1, over the whole run."""

    clamp: int = 10_000  # the largest page it gives
    sizes: tuple[int, ...] = ()  # caps in turn, one for an answer
    vary: int = 0  # a random cap from 2 to this
    weight: int = 0  # a cap on the weight of a page, as on its bytes; a row weighs 1 to 3
    short_at: int = NEVER  # this answer is cut to `short_to` rows
    short_to: int = 1
    empty_at: int = NEVER  # this answer is empty, though its `next` goes on
    links: str = "both"  # both, next, last, none
    lacks_next: int = NEVER  # this answer has no `next`
    grid: int = 0  # `last` is a multiple of this, where 0 is the size of the page
    last_shift: int = 0  # 1: `last` counts from 1
    last_past_end: bool = False  # `last` names the end where the length is a multiple of the page
    base: int = 0  # offsets count from 0 or 1
    missing_past_end: bool = False  # 404 past the end, else []
    missing_empty: bool = False  # 404 for an empty list, else []
    ignores_paging: bool = False  # the whole list, and no links, whatever is asked
    twice_at: int = 0  # each so many answers one row is printed twice
    restless: bool = False  # ties change places before every answer

    def smallest(self, page_size: int) -> int:
        """Give the rows that every answer has, but for the end and what happens once."""
        by_weight = self.weight // 3 if self.weight else page_size
        by_chance = 2 if self.vary else page_size
        return min(page_size, self.clamp, *self.sizes, by_weight, by_chance)


class ModelList:
    """Rows in the order they are served in, which is youngest first under DESC.

    Runs of `ties` rows are of one second. What happened to the list is kept for the judge.
    """

    __slots__ = (
        "answers",
        "arrive_in_front",
        "gone",
        "habits",
        "made",
        "more",
        "moves",
        "random",
        "rows",
        "runs",
        "seconds",
        "shuffles",
        "swapped",
        "ties",
    )

    def __init__(
        self, length: int, habits: Habits, *, ties: int, arrive_in_front: bool, seed: int
    ) -> None:
        self.rows = [str(number) for number in range(length)]
        self.habits = habits
        self.ties = ties
        self.arrive_in_front = arrive_in_front
        self.random = Random(seed)
        self.made = length
        self.seconds = {row: int(row) // ties for row in self.rows} if ties > 1 else {}
        self.runs: list[tuple[int, int]] | None = None
        self.answers = 0
        self.more = False  # whether rows follow those of the latest answer
        self.moves = 0
        self.shuffles = 0
        self.gone: set[str] = set()
        self.swapped: list[tuple[str, str]] = []

    # ---- moves

    def insert(self, at: int, count: int) -> None:
        """Add new rows before the one at an index."""
        first = self.made
        self.made += count
        new = [str(number) for number in range(first, self.made)]
        if self.ties > 1:  # of seconds that no older row is of
            self.seconds.update((row, first + i // self.ties) for i, row in enumerate(new))
        self.rows[at:at] = new
        self.moves += 1
        self.runs = None

    def arrive(self, count: int) -> None:
        """Add new rows where new messages come: at the end, or in front under DESC."""
        self.insert(0 if self.arrive_in_front else len(self.rows), count)

    def purge(self, at: int, count: int) -> None:
        """Take away a range of rows."""
        if purged := self.rows[at : at + count]:
            self.gone.update(purged)
            del self.rows[at : at + count]
            self.moves += 1
            self.runs = None

    def swap(self, at: int) -> None:
        """Let two neighbours change places."""
        if pair := self.rows[at : at + 2][1:]:
            self.swapped.append((self.rows[at], pair[0]))
            self.rows[at : at + 2] = pair[0], self.rows[at]
            self.moves += 1
            self.runs = None

    def shuffle(self) -> None:
        """Let rows of one second change places, in about half of the seconds."""
        rows, chance = self.rows, self.random.random
        for start, stop in self.runs if self.runs is not None else self._find_runs():
            if chance() < 0.5:
                turn = start + 1 + int(chance() * (stop - start - 1))
                rows[start:stop] = rows[turn:stop] + rows[start:turn]
                self.shuffles += 1

    def _find_runs(self) -> list[tuple[int, int]]:
        self.runs, start = [], 0
        seconds = [self.seconds.get(row) for row in self.rows] if self.ties > 1 else []
        for index in range(1, len(seconds) + 1):
            if index == len(seconds) or seconds[index] != seconds[start]:
                if index - start > 1:
                    self.runs.append((start, index))
                start = index
        return self.runs

    # ---- answers

    def answer(self, start: int, limit: int) -> ModelAnswer:
        """Answer as the server does, by all its habits."""
        habits, rows = self.habits, self.rows
        self.answers += 1
        if habits.restless:
            self.shuffle()
        if habits.ignores_paging:
            self.more = False
            return ModelAnswer(rows[:], missing=habits.missing_empty and not rows)
        first = max(0, start - habits.base)
        size = self._size(first, limit)
        ids = rows[first : first + size]
        self.more = first + len(ids) < len(rows)
        if not ids and (habits.missing_past_end if rows else habits.missing_empty):
            return ModelAnswer(ids, missing=True)
        return self._linked(ids, first + size, limit)

    def _size(self, first: int, limit: int) -> int:
        habits = self.habits
        size = min(limit, habits.clamp)
        if habits.sizes:
            size = min(size, habits.sizes[self.answers % len(habits.sizes)])
        if habits.vary:
            size = min(size, 2 + int(self.random.random() * (habits.vary - 1)))
        if habits.short_at == self.answers:
            size = min(size, habits.short_to)
        return min(size, self._fitting(first, size)) if habits.weight else size

    def _fitting(self, first: int, size: int) -> int:
        weight = count = 0
        for row in self.rows[first : first + size]:
            weight += 1 + int(row) % 3
            if weight > self.habits.weight:
                break
            count += 1
        return max(count, 1)

    def _linked(self, ids: list[str], stop: int, limit: int) -> ModelAnswer:
        habits, style = self.habits, self.habits.links
        answer = ModelAnswer(ids, links=style != "none")
        if style in {"both", "next"} and self.more and habits.lacks_next != self.answers:
            answer.next = stop + habits.base
        if style in {"both", "last"}:
            answer.last = self._last(habits.grid or min(limit, habits.clamp))
        if habits.empty_at == self.answers and answer.next is not None:
            answer.ids = []
        elif habits.twice_at and ids and self.answers % habits.twice_at == 0:
            answer.ids = [*ids, ids[len(ids) // 2]]
        return answer

    def _last(self, grid: int) -> int:
        habits, length = self.habits, len(self.rows)
        offset = max(0, length - 1) // grid * grid
        if habits.last_past_end and length and length % grid == 0:
            offset = length
        return offset + habits.base + habits.last_shift
