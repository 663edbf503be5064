"""Drives a joiner: the pages that it wants to see are fetched, ahead and in order.

Tasks and waiting are here and in `lookahead.py` only. Nothing here knows HTTP or a consumer.
"""

import asyncio
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

from ip1_async._paging.bisection import Bisection
from ip1_async._paging.cursor import Cursor
from ip1_async._paging.history import History
from ip1_async._paging.joiner import Joiner
from ip1_async._paging.lookahead import LookAhead, Spawn
from ip1_async._paging.planner import Planner
from ip1_async._paging.types import Fetched, Joined, Paging, RawPage, Source
from ip1_async.errors import IP1Error
from ip1_async.events import Emit, Shift

T = TypeVar("T")


class Driver(Generic[T]):
    """Gives the pages of a listing as they are joined.

    Attributes:
        joiner: What was read, and whether that is all.
        closed: Nothing is asked for any more.
    """

    joiner: Joiner[T]

    def __init__(
        self, source: Source[T], paging: Paging, concurrency: int, spawn: Spawn, emit: Emit
    ) -> None:
        self.closed = False
        self._source = source
        self._page_size = paging.page_size
        self._concurrency = concurrency
        self._emit = emit
        self._ahead = LookAhead(partial(source.fetch, limit=paging.page_size), spawn)
        self._steps: Generator[int, Fetched[Any], None] | None = None  # of the joiner, under way
        self._wanted: int | None = None  # the offset that they want to see
        self._attempts = 0  # for the page that came last
        self._failure: IP1Error | None = None

    def begin(
        self, cursor: Cursor, history: History, is_old: Callable[[T], bool] | None = None
    ) -> None:
        """Read from a cursor on.

        Args:
            cursor: The place.
            history: What was read before it.
            is_old: What is in front of the period where the listing begins, which is looked for.
        """
        self.joiner = Joiner(self._page_size, cursor, history)
        self._planner = Planner(self.joiner, self._page_size, self._concurrency)
        self._is_old = is_old

    async def next(self, left: int | None) -> Joined[T] | None:
        """Give the next page that was joined; `None` where the list may be over.

        Args:
            left: How many more items are wanted; `None` for all.

        Raises:
            IP1Error: What failed, after all that was joined before it. Another call asks again.
        """
        try:
            await self._join(left)
        except BaseException as error:
            await self._give_up()
            if not isinstance(error, IP1Error):
                raise
            self._failure = error
        if self.joiner.ready:
            return self.joiner.ready.pop(0)
        failure, self._failure = self._failure, None
        if failure is None:
            return None
        if failure.route is None:
            self._source.locate(failure, self._attempts)
        raise failure

    async def drop(self) -> None:
        """Forget what was fetched ahead."""
        self._planner.reset()
        await self._ahead.drop()

    async def _give_up(self) -> None:
        """Forget the steps under way: the joiner knows what it joined, and begins them anew."""
        self._steps = self._wanted = None
        self.joiner.rest()
        await self.drop()

    async def _join(self, left: int | None) -> None:
        """Join pages until there is one to give."""
        if self._is_old is not None:
            await self._find_begin(self._is_old)
        joiner, shifts, stop = self.joiner, self.joiner.shifts, self.joiner.stop
        if joiner.ready or self._failure is not None:
            return
        self._planner.open()
        if self._steps is None:
            if joiner.is_read or (joiner.ending.is_likely and not self._ahead):
                self._steps = joiner.finish()
            else:
                self._steps = joiner.join(await self._take(left))
            self._wanted = next(self._steps, None)
        while self._wanted is not None and not joiner.ready:
            page = await self._fetch(self._wanted)
            self._wanted = _resume(self._steps, page)
        if self._wanted is None:
            self._steps = None
        if joiner.shifts > shifts:
            self._emit(Shift, self._source.route, stop)
        if self._ahead and self._planner.is_astray(self._ahead.start, len(self._ahead)):
            await self.drop()
        if not self._ahead:
            self._planner.reset()
        self._planner.widen()
        self._fill(left)

    async def _find_begin(self, is_old: Callable[[T], bool]) -> None:
        """Look for the page that the period begins in, and have it joined first."""
        search = Bisection(is_old)
        steps = search.steps()
        offset = next(steps, None)
        while offset is not None:
            offset = _resume(steps, await self._fetch(offset))
        page = search.begin
        self.begin(Cursor(page.start, page.start), History())
        self._steps = self.joiner.join(page)
        self._wanted = next(self._steps, None)

    def _fill(self, left: int | None) -> None:
        """Request pages up to the look-ahead."""
        if left is not None:
            left -= self.joiner.waiting
        while not self.closed:
            start = self._planner.next(len(self._ahead), left)
            if start is None:
                return
            self._ahead.request(start)

    async def _take(self, left: int | None) -> Fetched[T]:
        """Wait for the next page; its place goes to another request before it is decoded."""
        self._fill(left)
        start, raw = await self._ahead.take()
        if self.joiner.ending.pages and "next" in raw.links:
            self._fill(left)
            await asyncio.sleep(0)  # lets the new request out
        return self._decode(start, raw)

    async def _fetch(self, start: int) -> Fetched[T]:
        """Ask for one page that has to be seen first."""
        if not self.closed:
            self._ahead.request_first(start)
        return self._decode(*await self._ahead.take())

    def _decode(self, start: int, raw: RawPage) -> Fetched[T]:
        self._attempts = raw.attempts
        items = [] if raw.missing else self._source.decode(raw)
        return Fetched.of(start, raw, items, self._source.identify(items))


def _resume(steps: Generator[int, Fetched[Any], None], page: Fetched[Any]) -> int | None:
    try:
        return steps.send(page)
    except StopIteration:
        return None
