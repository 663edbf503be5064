"""The real `Pager` as a reader of simulated lists, in an event loop that is run step by step."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from joiner_reader import raw_page
from model_list import ModelAnswer
from program_types import ReadingOptions

from ip1_async import IP1Error
from ip1_async._paging.types import Paging, RawPage
from ip1_async.events import make_emit
from ip1_async.pagination import Pager


class WaitingSource:
    """A list whose requests wait for what the simulation answers."""

    route = query = "list"

    def __init__(self) -> None:
        self.new: list[tuple[int, int, int]] = []
        self.waiting: dict[int, asyncio.Future[RawPage]] = {}
        self.sent = 0

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Wait for the answer."""
        self.sent += 1
        self.new.append((self.sent, start, limit))
        future: asyncio.Future[RawPage] = asyncio.get_running_loop().create_future()
        self.waiting[self.sent] = future
        return await future

    def decode(self, raw: RawPage) -> list[str]:
        """Read the ids."""
        return raw.body.decode().split()

    def identify(self, items: list[str]) -> list[str]:
        """Every item is its own id."""
        return items

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Name the list."""
        error.route, error.attempts = self.route, attempts


class PagerReader:
    """Reads item by item with `anext`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, options: ReadingOptions, cursor: str | None
    ) -> None:
        self.loop, self.source, self.mouthful = loop, WaitingSource(), options.mouthful
        start = 0 if cursor is not None else options.start
        paging = Paging(
            order="ASC",
            start=start,
            page_size=options.page_size,
            max_items=None,
            concurrency=None,
            cursor=cursor,
        )
        self.pager: Pager[str] = Pager(
            self.source, paging, options.concurrency, self._spawn, make_emit(None)
        )
        self.task: asyncio.Task[str] | None = None
        self.before = self.pager.cursor
        self.stopped: Literal["running", "ended"] | Exception = "running"

    def _spawn(self, coroutine: Coroutine[Any, Any, RawPage]) -> "asyncio.Task[RawPage]":
        task = self.loop.create_task(coroutine)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def _run(self) -> None:
        async def rest() -> None:
            for _ in range(8):
                await asyncio.sleep(0)

        self.loop.run_until_complete(rest())

    def _advance(self) -> None:
        if self.task is None and self.stopped == "running":
            self.before = self.pager.cursor
            self.task = self.loop.create_task(anext(self.pager))
        self._run()

    def requests(self) -> list[tuple[int, int, int]]:
        """Let the pager go on, and give its new requests."""
        self._advance()
        new, self.source.new = self.source.new, []
        return new

    def deliver(self, request_id: int, answer: ModelAnswer | Exception) -> None:
        """Answer a request that is still waited for."""
        future = self.source.waiting.pop(request_id)
        if future.done():
            return
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(raw_page(answer))

    def take(self) -> list[str]:
        """Consume what is there, item by item."""
        items: list[str] = []
        while len(items) < self.mouthful:
            self._advance()
            if self.task is None or not self.task.done():
                break
            task, self.task = self.task, None
            try:
                items.append(task.result())
            except StopAsyncIteration:
                self.stopped = "ended"
            except IP1Error as error:
                self.stopped = error
        return items

    def state(self) -> Literal["running", "ended"] | Exception:
        """Tell how things are."""
        return self.stopped

    def retry(self) -> None:
        """Iterate on."""
        self.stopped = "running"

    def cancel(self) -> None:
        """Cancel who waits for the next item; one that has come already stays."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            self._run()
            self.task = None

    def cursor(self) -> str:
        """Give the resume point before an item that nobody took."""
        return self.before if self.task is not None else self.pager.cursor


def maker(loop: asyncio.AbstractEventLoop) -> Callable[[ReadingOptions, str | None], PagerReader]:
    """Make readers of one loop."""
    return lambda options, cursor: PagerReader(loop, options, cursor)
