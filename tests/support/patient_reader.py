"""A slow reader that is right on lists that move: the judge asks nothing that it can't give."""

import json
from collections.abc import Callable
from typing import Literal

import attrs
from model_list import ModelAnswer
from naive_readers import LinkReader
from program_types import ReadingOptions


class PatientReader:
    """Walks over the whole list until some walks more bring nothing new.

    Then it gives half of what is new, walks as often again, and gives the rest.
    """

    QUIET_WALKS = 3
    MOST_WALKS = 9

    def __init__(
        self,
        options: ReadingOptions,
        cursor: str | None,
        *,
        lost: Callable[[], Exception],
        restless: Callable[[], Exception],
    ) -> None:
        self.options = options
        self.lost, self.restless = lost, restless
        self.consumed: list[str] = json.loads(cursor) if cursor else []
        self.known = list(self.consumed)  # in the order of the list
        self.recent = set(self.consumed[-100:])
        self.unread: list[str] | None = None
        self.outcome: Exception | None = None
        self.halves = 0
        self.walk = LinkReader(options, None)
        self._begin()

    def _begin(self) -> None:
        self.walks, self.quiet, self.found = 0, 0, False
        self._walk()

    def _walk(self) -> None:
        before = self.walk
        start = 0 if self.consumed else self.options.start
        self.walk = LinkReader(attrs.evolve(self.options, start=start), None)
        self.walk.last_request, self.walk.largest = before.last_request, before.largest

    def requests(self) -> list[tuple[int, int, int]]:
        """Ask for the next page of the walk."""
        return [] if self.outcome or self.unread is not None else self.walk.requests()

    def deliver(self, request_id: int, answer: ModelAnswer | Exception) -> None:
        """Take in a page."""
        walk = self.walk
        walk.deliver(request_id, answer)
        walk.take()
        if walk.outcome == "ended":
            self._walked(walk.seen)
        elif isinstance(walk.outcome, Exception):
            self.outcome = walk.outcome

    def _walked(self, rows: list[str]) -> None:
        self.walks += 1
        rows = self._since_start(rows)
        known = len(self.known)
        self.known = _merged(rows, self.known)  # this walk has the order of today
        self.quiet = self.quiet + 1 if len(self.known) == known else 0
        self.found = self.found or not self.recent.isdisjoint(rows)
        if self.quiet == self.QUIET_WALKS and self.recent and not self.found:
            self.outcome = self.lost()
        elif self.quiet == self.QUIET_WALKS:
            self._settle()
        elif self.walks == self.MOST_WALKS:
            self.outcome = self.restless()
        else:
            self._walk()

    def _settle(self) -> None:
        places = {row: place for place, row in enumerate(self.known)}
        place = max((places[row] for row in self.consumed), default=0)
        fresh = places.keys() - set(self.consumed)
        fresh_in_order = [row for row in self.known[place:] if row in fresh]
        late = [row for row in self.known[:place] if row in fresh]
        self.halves += 1
        half = len(fresh_in_order) // 2 if self.halves == 1 else 0
        self.unread = fresh_in_order[:half] or fresh_in_order + late
        self.halves += not half

    def _since_start(self, rows: list[str]) -> list[str]:
        """Leave out what is before all that was consumed: it was before the start."""
        if not self.options.start or not self.consumed:
            return rows
        consumed = set(self.consumed)
        return rows[next((i for i, row in enumerate(rows) if row in consumed), len(rows)) :]

    def take(self) -> list[str]:
        """Give a mouthful."""
        count = self.options.mouthful
        rows = (self.unread or [])[:count]
        if rows:
            self.unread = (self.unread or [])[count:]
            self.consumed += rows
        if self.unread == [] and self.halves == 1:
            self.unread, self.recent = None, set()
            self._begin()
        return rows

    def state(self) -> Literal["running", "ended"] | Exception:
        """Tell how things are."""
        return self.outcome or ("ended" if self.unread == [] else "running")

    def retry(self) -> None:
        """Walk anew."""
        if self.unread is None:
            self.outcome = None
            self._begin()

    def cancel(self) -> None:
        """Drop the request."""
        self.walk.cancel()

    def cursor(self) -> str:
        """Remember what was consumed."""
        return json.dumps(self.consumed)


def _merged(base: list[str], other: list[str]) -> list[str]:
    """Put rows that only the other list has behind those they follow there."""
    places = {row: place for place, row in enumerate(base, 1)}
    found: list[list[str]] = [[row] for row in ["", *base]]
    place = 0
    for row in other:
        place = max(place, places.get(row, 0))
        if row not in places:
            found[place].append(row)
    return [row for rows in found for row in rows][1:]
