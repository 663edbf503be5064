"""Readers as people write them, one request at a time: the judge has to know their faults."""

import json
from typing import Literal

from model_list import ModelAnswer
from program_types import ReadingOptions


class NaiveReader:
    """Follows offsets, and ends where a page is shorter than asked."""

    def __init__(self, options: ReadingOptions, cursor: str | None) -> None:
        self.size = options.page_size
        self.offset = options.start
        self.seen: list[str] = []
        if cursor is not None:
            self.offset, self.seen = json.loads(cursor)
        self.unread: list[str] = []
        self.last_request = 0
        self.waiting = False
        self.outcome: Literal["running", "ended"] | Exception = "running"

    def requests(self) -> list[tuple[int, int, int]]:
        """Ask for the next page once the one before it is read."""
        if self.waiting or self.unread or self.outcome != "running":
            return []
        self.waiting = True
        self.last_request += 1
        return [(self.last_request, self.offset, self.size)]

    def deliver(self, request_id: int, answer: ModelAnswer | Exception) -> None:
        """Take in a page, or an error."""
        if request_id != self.last_request or not self.waiting:
            return
        self.waiting = False
        if isinstance(answer, Exception):
            self.outcome = answer
        else:
            self.read(answer)

    def read(self, answer: ModelAnswer) -> None:
        """Take in a page."""
        self.unread = answer.ids
        self.offset += len(answer.ids)
        if len(answer.ids) < self.size:
            self.outcome = "ended"

    def take(self) -> list[str]:
        """Give the page."""
        rows, self.unread = self.unread, []
        self.seen += rows
        return rows

    def state(self) -> Literal["running", "ended"] | Exception:
        """Tell how things are."""
        return self.outcome

    def retry(self) -> None:
        """Ask anew."""
        if isinstance(self.outcome, Exception):
            self.outcome = "running"

    def cancel(self) -> None:
        """Drop the request."""
        self.waiting = False

    def cursor(self) -> str:
        """Remember the offset, and what came."""
        return json.dumps([self.offset - len(self.unread), self.seen])


class DistinctReader(NaiveReader):
    """Leaves out what it has seen, and ends where nothing comes any more."""

    def read(self, answer: ModelAnswer) -> None:
        """Take in what is new."""
        seen = set(self.seen)
        self.unread = [row for row in dict.fromkeys(answer.ids) if row not in seen]
        self.offset += len(answer.ids)
        if not answer.ids:
            self.outcome = "ended"


class LinkReader(DistinctReader):
    """Is right on lists that don't move: it follows links, and where they end asks on."""

    def __init__(self, options: ReadingOptions, cursor: str | None) -> None:
        super().__init__(options, cursor)
        self.largest = 0
        self.empty = 0

    def read(self, answer: ModelAnswer) -> None:
        """Take in what is new, and find out whether there is more."""
        given, start = len(set(answer.ids)), self.offset
        super().read(answer)
        self.outcome = "running"
        if not given and answer.next is not None and self.empty < 3:
            self.empty += 1
        elif answer.next is not None:
            self.offset = answer.next
        else:
            self.offset = start + given
        if answer.next is None and self._is_end(answer, start, given):
            self.outcome = "ended"
        self.largest = max(self.largest, given)

    def _is_end(self, answer: ModelAnswer, start: int, given: int) -> bool:
        if not given or not self.unread:
            return True
        if answer.links and (answer.last is None or start < answer.last):
            return answer.last is None
        first_of_many = not self.largest and given >= 50 and not answer.links
        return given < self.size and given < (self.largest or self.size) and not first_of_many
