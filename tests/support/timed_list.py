"""A conversation that moves while it is read: when its messages were created, and changed last."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs
from joiner_reader import raw_page
from lists import spawn
from model_list import Habits, ModelList

from ip1_async import IP1Error
from ip1_async._paging.types import Fetched, Paging, RawPage
from ip1_async.events import make_emit
from ip1_async.pagination import Pager

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Give a moment by its seconds after the first message."""
    return EPOCH + timedelta(seconds=seconds)


@attrs.frozen
class TimedItem:
    """What a period asks of an item."""

    id: str
    modified: datetime | None


@attrs.define(eq=False)
class TimedList:
    """A list whose rows were created in its order, `ties` of them in every second.

    Attributes:
        model: Its rows.
        late: The share of rows that were changed long after their creation, from 0 to 1.
        unknown: The share of rows that name no time.
        changed: When single rows were changed last, instead.
        moves: Moves by the number of the request that they come before, from 1.
        requests: The offsets that were asked for.
        stayed: The rows that were there at every request.
    """

    model: ModelList
    late: float = 0
    unknown: float = 0
    changed: dict[str, datetime | None] = attrs.field(factory=dict)
    moves: dict[int, tuple[str, int]] = attrs.field(factory=dict)
    requests: list[int] = attrs.field(factory=list)
    stayed: set[str] | None = None
    route: str = "/list"
    query: str = "list"

    def created(self, row: str) -> datetime:
        """Give the moment when a row was created; rows of one second are in no order."""
        seconds = self.model.seconds.get(row, int(row))
        return at(seconds + Random(row).random())

    def item(self, row: str) -> TimedItem:
        """Give a row as the server does."""
        if row in self.changed:
            return TimedItem(row, self.changed[row])
        dice = Random(f"item {row}")
        if dice.random() < self.unknown:
            return TimedItem(row, None)
        delay = dice.uniform(0, 100_000) if dice.random() < self.late else 0
        return TimedItem(row, self.created(row) + timedelta(seconds=delay))

    def page(self, start: int, limit: int) -> Fetched[TimedItem]:
        """Answer a request for a page."""
        raw = self._answer(start, limit)
        items = self.decode(raw)
        return Fetched.of(start, raw, items, self.identify(items))

    def _answer(self, start: int, limit: int) -> RawPage:
        self.requests.append(start)
        self._move(*self.moves.get(len(self.requests), ("rest", 0)))
        raw = raw_page(self.model.answer(start, limit))
        rows = set(self.model.rows)
        self.stayed = rows if self.stayed is None else self.stayed & rows
        return raw

    def _move(self, kind: str, number: int) -> None:
        model = self.model
        if kind == "arrive":
            for _ in range(number):  # under DESC each in front of the other
                model.arrive(1)
        elif kind == "purge":  # the oldest
            model.purge(len(model.rows) - number if model.arrive_in_front else 0, number)
        elif kind == "remove":
            model.purge(number % (len(model.rows) + 1), 7)
        elif kind == "shuffle":
            model.shuffle()

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Answer as the source of a pager."""
        return self._answer(start, limit)

    def decode(self, raw: RawPage) -> list[TimedItem]:
        """Read the rows of a page."""
        return [self.item(row) for row in raw.body.decode().split()]

    def identify(self, items: list[TimedItem]) -> list[str]:
        """Tell items apart by their ids."""
        return [item.id for item in items]

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of the list on an error that has none."""
        error.route, error.attempts = self.route, attempts

    def pager(self, **paging: Any) -> Pager[TimedItem]:
        """Read the list as the client would."""
        defaults: dict[str, Any] = {
            "order": "DESC" if self.model.arrive_in_front else "ASC",
            "start": 0,
            "page_size": 20,
            "max_items": None,
            "concurrency": 4,
            "cursor": None,
        }
        chosen = Paging(**(defaults | paging))
        return Pager(self, chosen, chosen.concurrency or 1, spawn, make_emit(None))


def timed_list(
    length: int, *, descending: bool = False, ties: int = 1, seed: int = 0, **habits: Any
) -> TimedList:
    """Make a list; its rows are named in the order of their creation."""
    model = ModelList(length, Habits(**habits), ties=ties, arrive_in_front=descending, seed=seed)
    if descending:
        model.rows.reverse()
    return TimedList(model)
