"""A simulation of a reader and a list that moves: one seed, one course of events."""

from traceback import extract_tb
from typing import Any

from model_list import ModelAnswer
from oracle import Oracle
from program_types import MOVES, Event, Program, Spot
from programs import Dice
from reader import Errors, ListReader, MakeReader, ProgramOutcome

__all__ = ["Errors", "ListReader", "MakeReader", "ProgramOutcome", "Simulation", "run"]


def run(program: Program, make_reader: MakeReader, errors: Errors) -> ProgramOutcome:
    """Run a program with a reader, and judge it."""
    return Simulation(program, make_reader, errors).run()


class Simulation:
    """One program while it runs."""

    MOST_ERRORS = 4

    def __init__(self, program: Program, make_reader: MakeReader, errors: Errors) -> None:
        self.program = program
        self.make_reader = make_reader
        self.errors = errors
        self.model = program.model()
        self.oracle = Oracle(program, self.model)
        self.dice = Dice(program.seed + 1)
        self.to_come = list(reversed(program.events))
        self.steps = 0
        self.request_cap = program.request_cap
        self.pending: list[tuple[int, int, int]] = []  # requests without an answer
        self.ready: list[tuple[int, ModelAnswer | Exception]] = []  # answers on their way
        self.requests = 0
        self.failing = 0  # so many requests to come will fail
        self.injected: list[Exception] = []
        self.raised: list[Exception] = []
        self.moves_at_error = -1
        self.consumed: list[str] = []
        self.segments: list[list[str]] = [[]]
        self.asleep = False  # nobody iterates: it was cancelled
        self.cursor: str | None = None
        self.reader: ListReader | None = make_reader(program.options, None)
        self.over = False
        self.ended = False

    def run(self) -> ProgramOutcome:
        """Go on step by step to the end."""
        try:
            while not self.over:
                self._step()
        except Exception as error:  # noqa: BLE001 - the judge takes all that a reader does
            where = extract_tb(error.__traceback__)[-1]
            self.oracle.accuse("crashed", f"{error!r} in {where.filename}:{where.lineno}")
        self.oracle.judge(self.segments)
        return ProgramOutcome(
            program=self.program,
            segments=self.segments,
            ended=self.ended,
            errors=self.raised,
            requests=self.requests,
            violations=self.oracle.violations,
            excuses=self.oracle.excuses,
            moved=not self.oracle.still,
        )

    def _step(self) -> None:
        while self.to_come and self.to_come[-1][0] <= self.steps:
            self._happen(self.to_come.pop())
        self.steps += 1
        if self.steps > 500 + 4 * self.request_cap:
            return self._break_off("endless", f"{self.steps} steps")
        reader = self.reader or self._resume()
        self._note_requests(reader)
        busy = self._exchange(reader)
        if self.asleep:
            self.asleep = False
            return reader.retry()
        if self.program.lazy and busy and self.dice.chance(0.7):
            return None
        took = self._consume(reader)
        state = reader.state()
        if state == "ended":
            return self._end()
        if state != "running":
            return self._fail(reader, state)
        if not busy and not took and not self._note_requests(reader):
            self._break_off("stuck", "it waits, but asked for nothing")
        return None

    # ---- events

    def _happen(self, event: Event) -> None:
        kind = event[1]
        if kind in MOVES:
            self._move(kind, event[2:])
        elif kind == "fail":
            self.failing += 1
        elif self.reader and kind == "cancel":
            self.reader.cancel()
            self.asleep = True
        elif self.reader and kind == "leave":
            self._leave(self.reader)

    def _move(self, kind: str, arguments: tuple[Any, ...]) -> None:
        model = self.model
        match kind:
            case "insert":
                model.insert(self._index(arguments[0]), arguments[1])
            case "purge":
                first, stop = self._range(*arguments)
                model.purge(first, stop - first)
            case "swap":
                model.swap(self._index(arguments[0]))
            case "arrive":
                model.arrive(arguments[0])
            case "shuffle":
                model.shuffle()
        self.oracle.moved()

    def _index(self, spot: Spot) -> int:
        return self._range(spot, 0)[0]

    def _range(self, spot: Spot, count: int) -> tuple[int, int]:
        anchor, offset = spot
        length = len(self.model.rows)
        first = offset + {"front": 0, "end": length}.get(anchor, self._place(anchor))
        return min(max(first, 0), length), min(max(first + count, 0), length)

    def _place(self, anchor: str) -> int:
        if anchor != "place":
            return 0
        rows = self.model.rows
        places = {row: index for index, row in enumerate(rows)}
        last = next((row for row in reversed(self.consumed) if row in places), None)
        return 0 if last is None else places[last] + 1

    def _leave(self, reader: ListReader) -> None:
        self.cursor = reader.cursor()
        self.reader, self.asleep = None, False
        self.pending, self.ready = [], []

    def _resume(self) -> ListReader:
        self.segments.append([])
        self.oracle.resumed(self.consumed)
        self.reader = self.make_reader(self.program.options, self.cursor)
        return self.reader

    # ---- requests and answers

    def _note_requests(self, reader: ListReader) -> bool:
        new = reader.requests()
        self.pending += new
        self.requests += len(new)
        if self.requests > self.request_cap:
            self._break_off("endless", f"{self.requests} requests")
        return bool(new)

    def _exchange(self, reader: ListReader) -> bool:
        """Let the server answer, or an answer arrive; say whether there was something to do."""
        pending, ready, delivery = self.pending, self.ready, self.program.delivery
        if not pending and not ready:
            return False
        if delivery == "fifo":
            reader.deliver(*self._answer(0))
        elif pending and delivery == "early":
            while pending:
                ready.append(self._answer(0))
        elif pending and (not ready or self.dice.chance(0.5)):
            ready.append(self._answer(self.dice.upto(0, len(pending) - 1)))
        else:
            reader.deliver(*ready.pop(self.dice.upto(0, len(ready) - 1)))
        return True

    def _answer(self, index: int) -> tuple[int, ModelAnswer | Exception]:
        request_id, start, limit = self.pending.pop(index)
        if self.failing:
            self.failing -= 1
            self.injected.append(self.errors.fail())
            return request_id, self.injected[-1]
        answer = self.model.answer(start, limit)
        self.oracle.answered(answer, start, limit)
        return request_id, answer

    # ---- what the reader gives

    def _consume(self, reader: ListReader) -> int:
        count = 0
        while rows := reader.take():
            self.consumed += rows
            self.segments[-1] += rows
            count += len(rows)
            if self.program.lazy and self.dice.chance(0.3):
                break
        if count:
            self.oracle.consumed(self.segments[-1])
        return count

    def _end(self) -> None:
        """End, unless another reader is to resume from here later on."""
        self.oracle.ended(self.consumed)
        while any(event[1] == "leave" for event in self.to_come) and self.reader:
            event = self.to_come.pop()
            self.steps = max(self.steps, event[0])
            if event[1] != "cancel":
                self._happen(event)
        if self.reader:
            self.over = self.ended = True

    def _fail(self, reader: ListReader, error: Exception) -> None:
        """Judge an error, and iterate on or resume from the cursor."""
        if not any(error is known for known in self.injected):
            self._judge_error(error)
        if self.over:
            return
        if self.program.leaves_after_error:
            self._leave(reader)
        else:
            reader.retry()

    def _judge_error(self, error: Exception) -> None:
        self.raised.append(error)
        moves = self.model.moves + self.model.shuffles
        if isinstance(error, self.errors.lost):
            self.oracle.cursor_called_lost(self.segments[-1])
            self.over = True
        elif not isinstance(error, self.errors.allowed):
            self._break_off("untyped", repr(error))
        else:
            self._judge_typed(error, moves)
        self.moves_at_error = moves

    def _judge_typed(self, error: Exception, moves: int) -> None:
        self.oracle.went_on(f"raised {error!r}")
        if self.oracle.still and not self.oracle.excuses:
            self._break_off("static", repr(error))
        elif self.moves_at_error == moves and not self.oracle.excuses:
            self._break_off("helpless", repr(error))
        self.over = self.over or len(self.raised) >= self.MOST_ERRORS

    def _break_off(self, kind: str, detail: str) -> None:
        self.oracle.accuse(kind, detail)
        self.over = True
