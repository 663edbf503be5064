"""The judge of a reader: it knows the list at all times, and what a reader of it owes.

What can't be asked of a reader is excused, with these reasons. All else is a violation.

* `cut short`: the server cut an answer short and nothing in it says so. Without links a page
  shorter than asked is the end if it is the first and under 50 rows (the documented default), or
  shorter than an earlier one; with links it is the end if there is no `next` and `last` is not
  further on. A full page is never the end.
* `no next`: links without `next` and without `last`, though rows follow. The documents know no
  other sign for the last page.
* `ties`: rows that changed places with one another are more than half of a page. Whatever is
  lost behind a seam is then lost on both sides of it.
* `ties and purge`: rows changed places, and others were purged. A row that slips before a seam
  pushes the rest one place on, and a purged row pulls it back: the next page fits, with no trace.
* `ties at a start`: rows changed places, and a reader with a `start` was resumed. Of a row just
  before all that its cursor remembers nobody knows whether it slipped there or was skipped.
* Pages of one row (`page_size` 1, and servers that never give two): programs have none.
* A cursor remembers 100 ids. If the list has none of them any more, a `CursorLostError` is right
  and all else is wrong; but in an empty list nothing can be lost, and the end is right, too.
"""

from collections import Counter
from collections.abc import Callable

import attrs
from model_list import ModelAnswer, ModelList
from program_types import Program

DEFAULT_LIMIT = 50  # rows of a page where a server knows no limit, by the documents
REMEMBERED = 100  # ids in a cursor
# From the worst on.
KINDS = (
    "lost",  # a silent end, though rows that were there all the time never came
    "twice",  # a row came twice
    "foreign",  # a row came that never was in the list, or lies before the start
    "untyped",  # an error of no allowed class
    "crashed",  # an error out of a method, where `state` should have it
    "stuck",  # neither ended nor waiting for anything
    "endless",  # more requests than any reader needs
    "cursor",  # a lost cursor that went on, or one that was called lost and was not
    "static",  # an error, though the list never moved
    "order",  # a row that stayed came before another that it follows
    "helpless",  # an error again, though the list was still since the one before
)


@attrs.frozen
class Violation:
    """What a reader did wrong."""

    kind: str
    detail: str


class Oracle:
    """Follows one simulation, and judges what came of it."""

    __slots__ = (
        "anchored",
        "any_left",
        "excuses",
        "largest",
        "lost_cursor",
        "missed",
        "model",
        "owed",
        "program",
        "recent",
        "skipped",
        "violations",
    )

    def __init__(self, program: Program, model: ModelList) -> None:
        self.program = program
        self.model = model
        self.skipped = max(0, program.options.start - model.habits.base)
        self.owed = set(model.rows[self.skipped :])
        self.missed: set[str] = set()
        self.anchored = False  # whether the first reader knows where it is
        self.largest = 0  # rows in the largest answer that the present reader had
        self.recent: list[str] = []  # what the cursor of the present reader remembers
        self.lost_cursor = False
        self.violations: list[Violation] = []
        self.excuses: set[str] = set()

    def accuse(self, kind: str, detail: str) -> None:
        """Note a violation."""
        self.violations.append(Violation(kind, detail))

    # ---- while the simulation runs

    def moved(self) -> None:
        """Take in that the list moved: what slips before the start is not owed."""
        if self.skipped and not self.anchored:
            self.owed.difference_update(self.model.rows[: self.skipped])

    def answered(self, answer: ModelAnswer, start: int, limit: int) -> None:
        """Look for an answer that hides, with no sign, that rows follow."""
        self.moved()
        given = len(set(answer.ids))
        if self.model.more and answer.next is None:
            self._excuse(answer, given, start, limit)
        self.largest = max(self.largest, given)

    def _excuse(self, answer: ModelAnswer, given: int, start: int, limit: int) -> None:
        largest = self.largest
        habits = self.model.habits
        counted = max(start, habits.base) + habits.last_shift  # as `last` counts
        if answer.last is not None and counted < answer.last:
            return
        if answer.links and answer.last is None:
            self.excuses.add("no next")
        elif given < limit and given < (largest or limit):
            first_of_many = not largest and given >= DEFAULT_LIMIT and not answer.links
            if not first_of_many:
                self.excuses.add("cut short")

    def resumed(self, consumed: list[str]) -> None:
        """Take in that a new reader resumes from the cursor: it owes what is behind it now."""
        rows = self.model.rows
        self.anchored = self.anchored or bool(consumed)
        self.largest = 0
        self.recent = consumed[-REMEMBERED:]
        self.lost_cursor = False
        if not self.recent:
            return
        left = set(self.recent).intersection(rows)
        self.lost_cursor = not left and bool(rows)
        if left and not self.model.swapped and not self.model.shuffles:
            last = max(map(rows.index, left))
            if last >= max((rows.index(row) for row in consumed if row in rows), default=-1):
                self.owed.update(rows[last + 1 :])

    def cursor_called_lost(self, consumed_since: list[str]) -> None:
        """Judge a `CursorLostError`: nothing may be left of what the cursor and its reader know."""
        left = {*self.recent, *consumed_since}.intersection(self.model.rows)
        if not self.recent:
            self.accuse("cursor", "called lost where there was no cursor, or an empty one")
        elif left and not self.excuses:
            self.accuse("cursor", f"called lost, but the list has {sorted(left, key=int)}")

    def consumed(self, rows: list[str]) -> None:
        """Take in that the present reader gave rows."""
        self.anchored = True
        if self.lost_cursor:
            self.went_on(f"gave {_some(rows)}")

    def ended(self, consumed: list[str]) -> None:
        """Take in that a reader ended by itself: what it owes should have come."""
        self.went_on("ended")
        self.missed |= self.owed - self.model.gone - set(consumed)

    def went_on(self, how: str) -> None:
        """Judge that a reader ended, gave rows, or raised something else."""
        if self.lost_cursor and self.model.rows:
            self.lost_cursor = False
            self.accuse("cursor", f"nothing that it remembers is left, yet it {how}")

    # ---- afterwards

    @property
    def still(self) -> bool:
        """Say whether the list never moved."""
        return not self.model.moves and not self.model.shuffles

    def judge(self, segments: list[list[str]]) -> None:
        """Judge what the readers of one chain gave, one after another."""
        came = [row for segment in segments for row in segment]
        once = set(came)
        if len(once) < len(came):
            repeated = [row for row, times in Counter(came).items() if times > 1]
            self.accuse("twice", f"{_some(repeated)} came twice")
        self._judge_foreign(once)
        group_of, widest = self._groups()
        if widest > max(1, self.program.smallest // 2):
            self.excuses.add("ties")
        if widest > 1 and self.model.gone:
            self.excuses.add("ties and purge")
        if widest > 1 and self.skipped and len(segments) > 1:
            self.excuses.add("ties at a start")
        if self.missed and not self.excuses:
            self.accuse("lost", f"{_some(sorted(self.missed, key=int))} never came")
        self._judge_order(segments, group_of)

    def _judge_foreign(self, once: set[str]) -> None:
        if foreign := once.difference(map(str, range(self.model.made))):
            self.accuse("foreign", f"{sorted(foreign)} never were in the list")
        before = self.model.rows[: self.skipped] if self.still else []
        if (early := once.intersection(before)) and not self.model.habits.ignores_paging:
            self.accuse("foreign", f"{_some(sorted(early, key=int))} lie before the start")

    def _groups(self) -> tuple[Callable[[str], str], int]:
        """Tell which rows may have changed places with one another, and the largest group."""
        model = self.model
        if not model.swapped and not model.shuffles:
            return str, 1
        parents: dict[str, str] = {}

        def find(row: str) -> str:
            while row in parents:
                row = parents[row]
            return row

        pairs = list(model.swapped)
        if model.shuffles:
            heads: dict[int, str] = {}
            pairs += [(heads.setdefault(second, row), row) for row, second in model.seconds.items()]
        for one, other in pairs:
            if (low := find(one)) != (high := find(other)):
                parents[high] = low
        sizes: dict[str, int] = {}
        for row in {row for pair in pairs for row in pair}:
            sizes[find(row)] = sizes.get(find(row), 0) + 1
        return find, max(sizes.values(), default=1)

    def _judge_order(self, segments: list[list[str]], group_of: Callable[[str], str]) -> None:
        """Compare with the list's order; in lists that moved, rows may come late, at the end."""
        ranks: dict[str, int] = {}
        stayed = self.owed - self.model.gone
        for index, row in enumerate(self.model.rows):
            ranks.setdefault(group_of(row), index)
        highest = -1
        for segment in segments:
            late = ""
            for row in (row for row in segment if row in stayed):
                rank = ranks[group_of(row)]
                if rank < highest and self.still:
                    return self.accuse("order", f"{row} came too late")
                if rank < highest:
                    late = late or row
                elif late and rank > highest:
                    return self.accuse("order", f"{late} came late, yet before {row}")
                highest = max(highest, rank)
        return None


def _some(rows: list[str]) -> str:
    return " ".join(rows[:12]) + (f" and {len(rows) - 12} more" if len(rows) > 12 else "")
