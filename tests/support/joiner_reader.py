"""The pager's pure parts as a reader of simulated lists: what `Pager` does, without a loop."""

from collections import deque
from collections.abc import Generator
from typing import Any, Literal

from model_list import ModelAnswer
from program_types import ReadingOptions
from reader import Errors

from ip1_async import CursorLostError, PaginationError, TransportError
from ip1_async._paging.cursor import Cursor
from ip1_async._paging.history import History
from ip1_async._paging.joiner import Joiner
from ip1_async._paging.planner import Planner
from ip1_async._paging.types import Fetched, RawPage

ERRORS = Errors(
    allowed=(PaginationError,), lost=CursorLostError, fail=lambda: TransportError("down")
)
Steps = Generator[int, Fetched[Any], None]


def raw_page(answer: ModelAnswer) -> RawPage:
    """Put an answer of the model in the form of one from the wire."""
    links: dict[str, int | None] = {"self": None} if answer.links else {}
    if answer.next is not None:
        links["next"] = answer.next
    if answer.last is not None:
        links["last"] = answer.last
    return RawPage(" ".join(answer.ids).encode(), {}, missing=answer.missing, links=links)


class JoinerReader:
    """Drives joiner and planner as `Pager` does."""

    def __init__(self, options: ReadingOptions, cursor: str | None) -> None:
        begin = Cursor(options.start, options.start)
        if cursor is not None:
            begin = Cursor.decode(cursor, "list")
        self.size, self.mouthful = options.page_size, options.mouthful
        self.origin = begin.origin
        self.joiner: Joiner[str] = Joiner(self.size, begin, History(begin.anchors))
        self.planner = Planner(self.joiner, self.size, options.concurrency)
        self.ahead: deque[tuple[int, int]] = deque()  # request id and offset
        self.answers: dict[int, ModelAnswer | Exception] = {}
        self.sent = 0
        self.new: list[tuple[int, int, int]] = []
        self.steps: Steps | None = None
        self.wanted: int | None = None
        self.waiting_for: int | None = None  # the request that the steps wait for
        self.unread: deque[str] = deque()
        self.stop = begin.offset
        self.late = False
        self.failure: Exception | None = None
        self.stopped: Exception | None = None

    # The reader's protocol.

    def requests(self) -> list[tuple[int, int, int]]:
        """Go on as far as the answers allow, and give the requests that came of it."""
        self._go_on()
        new, self.new = self.new, []
        return new

    def deliver(self, request_id: int, answer: ModelAnswer | Exception) -> None:
        """Keep an answer until its turn."""
        self.answers[request_id] = answer

    def take(self) -> list[str]:
        """Consume what is there."""
        if not self.unread:
            self._go_on()
        count = min(self.mouthful, len(self.unread))
        return [self.unread.popleft() for _ in range(count)]

    def state(self) -> Literal["running", "ended"] | Exception:
        """Tell whether it is over."""
        if self.stopped is not None:
            return self.stopped
        over = self.joiner.ended and not self.joiner.ready and not self.unread
        return "ended" if over else "running"

    def retry(self) -> None:
        """Iterate on."""
        self.stopped = None

    def cancel(self) -> None:
        """Give up what is under way."""
        self._give_up()

    def cursor(self) -> str:
        """Give the resume point."""
        unread = 0 if self.late else len(self.unread)
        behind = sum(len(joined.items) for joined in self.joiner.ready if not joined.late)
        known = self.joiner.history.last(unread + behind)
        return Cursor(self.origin, self.stop - unread, *known).encode("list")

    # What the pager does.

    def _go_on(self) -> None:
        while not self.unread and self.stopped is None:
            joiner = self.joiner
            if joiner.ready:
                joined = joiner.ready.pop(0)
                self.unread.extend(joined.items)
                self.stop, self.late = joined.stop, joined.late
            elif self.failure is not None:
                self.stopped, self.failure = self.failure, None
            elif joiner.ended or not self._step():
                return

    def _step(self) -> bool:
        """Do what can be done without another answer; say whether there was something."""
        try:
            if (self.steps is None and not self._begin()) or not self._see():
                return False
            if self.wanted is None:
                self.steps = None
            if self.ahead and self.planner.is_astray(self.ahead[0][1], len(self.ahead)):
                self._drop()
            if not self.ahead:
                self.planner.reset()
            self.planner.widen()
            self._fill()
        except (PaginationError, TransportError) as error:
            self._give_up()
            self.failure = error
        return True

    def _begin(self) -> bool:
        """Begin new steps, if the page for them has come."""
        joiner = self.joiner
        self.planner.open()
        if joiner.is_read or (joiner.ending.is_likely and not self.ahead):
            self.steps = joiner.finish()
        else:
            self._fill()
            if not self.ahead or self.ahead[0][0] not in self.answers:
                return False
            page = self._arrived(*self.ahead.popleft())
            assert page is not None
            self.steps = joiner.join(page)
        self.wanted = next(self.steps, None)
        return True

    def _see(self) -> bool:
        """Give the steps the pages that they want to see, as far as these have come."""
        assert self.steps is not None
        while self.wanted is not None and not self.joiner.ready:
            if self.waiting_for is None:
                self.waiting_for = self._request(self.wanted)
            page = self._arrived(self.waiting_for, self.wanted)
            if page is None:
                return False
            self.waiting_for = None
            try:
                self.wanted = self.steps.send(page)
            except StopIteration:
                self.wanted = None
        return True

    def _fill(self) -> None:
        while (start := self.planner.next(len(self.ahead), None)) is not None:
            self.ahead.append((self._request(start), start))

    def _request(self, start: int) -> int:
        self.sent += 1
        self.new.append((self.sent, start, self.size))
        return self.sent

    def _arrived(self, request_id: int, start: int) -> Fetched[str] | None:
        answer = self.answers.pop(request_id, None)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return None
        page = Fetched.of(start, raw_page(answer), answer.ids, answer.ids)
        if self.joiner.ending.pages and page.more and request_id != self.waiting_for:
            self._fill()  # the next request goes out before a page is joined
        return page

    def _give_up(self) -> None:
        self.steps = self.wanted = self.waiting_for = None
        self.joiner.rest()
        self._drop()

    def _drop(self) -> None:
        self.ahead.clear()
        self.planner.reset()
