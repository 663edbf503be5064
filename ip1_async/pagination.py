"""A listing as a user meets it: items or pages, fetched ahead concurrently, joined in order.

`_paging/driver.py` fetches and joins pages. Here they become items, once, up to where the caller
wants them, with the cursor after each.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from functools import partial
from operator import length_hint
from typing import TYPE_CHECKING, Generic, NoReturn, Self, TypeVar

import attrs

from ip1_async._paging.cursor import CURSOR_IDS, Cursor
from ip1_async._paging.driver import Driver
from ip1_async._paging.history import History
from ip1_async._paging.joiner import Joiner
from ip1_async._paging.lookahead import Spawn
from ip1_async._paging.period import Period, Sifted
from ip1_async._paging.types import Joined, Paging, Source
from ip1_async.errors import IP1Error
from ip1_async.events import Emit, PageRead

T = TypeVar("T")


@attrs.frozen
class Page(Generic[T]):
    """One page, joined to those before it.

    Attributes:
        items: Up to `limit` items, none of which came before.
        start: Offset that was asked for; the first item there may be the last of the page before.
        limit: Page size that was asked for.
        raw: The body as it came, before repeats were taken out.
        headers: The response headers, case-insensitive.
    """

    items: tuple[T, ...]
    _encode_cursor: Callable[[], str] = attrs.field(eq=False, repr=False)
    start: int
    limit: int
    raw: bytes
    headers: Mapping[str, str]
    _late: bool = attrs.field(default=False, eq=False, repr=False)  # slipped behind the reader

    @property
    def cursor(self) -> str:
        """Resume point just after the items."""
        return self._encode_cursor()


@attrs.frozen(eq=False)
class _PutBack(Generic[T]):
    """What `collect()` had gathered when it failed, to be read again.

    Attributes:
        items: The items.
        begin: The resume point before them.
        behind: Items that were unread behind them.
    """

    items: list[T]
    begin: Cursor
    behind: int


class Pager(Generic[T]):
    """Every item of a listing once, in order, with pages fetched ahead.

    Iterate it (`async for item in pager`), page by page (`pager.pages()`), or `await
    pager.collect()`. A second loop goes on where the first stopped.

    **What is promised:** an item that is in the list from the first request to the last comes
    exactly once, and no item comes twice, however far the list moves meanwhile, with pages of any
    size, and if any request fails. Where that can't be held there is an error, never
    silence: a `PaginationError` (its `missing` says how many items could not be found), or a
    `CursorLostError` where none of the 100 items before a cursor is left. Items that arrive
    meanwhile may come or not. An item that changed places with one that was read before, as
    messages of one second may, comes late, in a last page of its own.

    **What is not covered:** a change of order over more than half a page; `page_size=1`, where
    pages can't overlap and only the offset joins them; a first page of fewer than 50 items, without
    any link, that the server cut short; what had slipped behind a cursor before it was taken. What
    came late before a cursor may come again after it.

    The first page is fetched alone. While the consumer is inside it one more page is requested;
    after that up to `concurrency` pages are in flight or waiting. Where the server does not name
    its last page, the look-ahead grows by one with every page, so that no more requests run past
    the end than pages were read.

    An error out of a pager carries `cursor`, the resume point after the last item consumed. The
    pager itself can be iterated on after an error, a timeout or a cancellation: it asks again for
    what failed.
    """

    def __init__(
        self, source: Source[T], paging: Paging, concurrency: int, spawn: Spawn, emit: Emit
    ) -> None:
        """Prepare a listing; nothing is sent before the first item is asked for."""
        self._source = source
        self._paging = paging
        self._emit = emit
        self._period: Period[T] | None = Period.of(paging)
        self._driver: Driver[T] = Driver(source, paging, concurrency, spawn, emit)
        if paging.cursor is not None:
            self._resume(paging.cursor)
        else:
            search = None if self._period is None else self._period.search
            self._driver.begin(Cursor(paging.start, paging.start), History(), search)
        self._answer: Joined[T] | None = None  # its items go as they are read
        self._unread: Iterator[T] = iter(())
        self._put_back: _PutBack[T] | None = None
        self._surplus = 0  # items of a page that `max_items` cut off
        self._given = 0
        self._over = paging.max_items == 0
        self._turn = asyncio.Lock()

    def _resume_after(self, ids: Iterable[str], offset: int) -> None:
        """Go on after items that are all known, as an archive knows them; nothing was sent yet."""
        self._driver.begin(Cursor(self._joiner.origin, offset), History(ids=ids))

    def _resume(self, text: str) -> None:
        """Go on at a cursor of this listing, also in a period; nothing was sent yet.

        Raises:
            ValueError: The cursor is of another query.
        """
        cursor = Cursor.decode(text, self._source.query)
        self._driver.begin(cursor, History(cursor.anchors))
        if self._period is not None:
            self._period.go_on(cursor.mark)

    def _cursor_after(self, ids: Iterable[str], offset: int) -> str:
        """Make the cursor that this listing would have after these items, as an archive does."""
        return Cursor(self._joiner.origin, offset, ids=tuple(ids)).encode(self._source.query)

    @property
    def _joiner(self) -> Joiner[T]:
        return self._driver.joiner

    # Consuming.

    def __aiter__(self) -> Self:
        return self

    if not TYPE_CHECKING:  # a checker knows that it is not iterable

        def __iter__(self) -> NoReturn:
            raise TypeError("a Pager is read with `async for`, or `await pager.collect()`")

    async def __anext__(self) -> T:
        while True:
            for item in self._unread:
                return item
            await self._advance()

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate over what is left page by page.

        Raises:
            IP1Error: As from iterating over items.
        """
        return _Pages(self._next_page)

    async def _next_page(self) -> Page[T]:
        """Take what is left of the current page, or the next one."""
        while not (items := tuple(self._unread)):
            await self._advance()
        assert self._answer is not None  # there were items
        page, late = self._answer.page, self._answer.late
        limit, raw = self._paging.page_size, page.raw
        cursor = partial(self._position().encode, self._source.query)
        return Page(items, cursor, page.start, limit, raw.body, raw.headers, late)

    async def collect(self) -> list[T]:
        """Read all that is left into a list.

        After an error, a timeout or a cancellation nothing is lost: another call, or any other
        way to iterate, gives everything from where this call began.

        Raises:
            IP1Error: As from iterating; its `cursor` is where this call began.
        """
        begin = self._position()
        items: list[T] = []
        try:
            while True:
                items += self._unread  # what came before an error is kept
                await self._advance()
        except StopAsyncIteration:
            return items
        except BaseException as error:
            # The begin of a period was found meanwhile.
            begin = attrs.evolve(begin, offset=max(begin.offset, self._joiner.origin))
            self._put_back = _PutBack(items, begin, length_hint(self._unread))
            left = self._unread.left if isinstance(self._unread, Sifted) else self._unread
            self._unread = self._sift([*items, *left])
            if isinstance(error, IP1Error):
                error.cursor = self.cursor
            raise

    async def first(self) -> T | None:
        """Give the next item, or `None` at the end.

        Raises:
            IP1Error: As from iterating.
        """
        return await anext(self, None)

    async def aclose(self) -> None:
        """Cancel what is in flight and wait for it; the iteration is over. Safe to call twice."""
        self._driver.closed = True
        await self._driver.drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # What is known.

    def __repr__(self) -> str:
        """Say how far it is, and name the route only."""
        if not hasattr(self, "_turn"):  # a traceback shows what `__init__` refused to finish
            return "Pager(unfinished)"
        given, total = self._given - length_hint(self._unread), self.estimated_total
        over = ", over" if self._over or self._driver.closed else ""
        return f"Pager({self._source.route}: {given} given, estimated_total={total}{over})"

    @property
    def shifts(self) -> int:
        """How often the list moved under the reader and was rejoined."""
        return self._joiner.shifts

    @property
    def not_found(self) -> bool:
        """The server answered 404: an empty conversation, or a wrong base URL."""
        return self._joiner.not_found

    @property
    def cursor(self) -> str:
        """Resume point just after the last item consumed, at most 839 URL-safe characters.

        Hand it to the same call as `cursor=`. Taken after the end it brings what has arrived
        since. Taken inside a last page of late items, it leaves out those not consumed.
        """
        return self._position().encode(self._source.query)

    def _position(self) -> Cursor:
        joiner, unread = self._joiner, length_hint(self._unread)
        back = self._put_back
        if back is not None and unread > back.behind:
            read = len(back.items) + back.behind - unread
            ids = self._source.identify(back.items[max(0, read - CURSOR_IDS) : read])
            begin = back.begin
            mark = self._mark if read else begin.mark
            return attrs.evolve(
                begin, offset=begin.offset + read, ids=[*begin.ids, *ids], mark=mark
            )
        if self._answer is not None and self._answer.late:
            unread = 0
        unread += self._surplus
        stop = joiner.stop if self._answer is None else self._answer.stop
        place = max(0, stop - unread)  # some of the unread may be gone from the list by now
        known = joiner.history.last(unread + self._behind)
        return Cursor(self._joiner.origin, place, *known, mark=self._mark)

    @property
    def _mark(self) -> int:
        return 0 if self._period is None else self._period.mark

    @property
    def _behind(self) -> int:
        return sum(len(joined.items) for joined in self._joiner.ready if not joined.late)

    @property
    def estimated_total(self) -> int | None:
        """At most this many items come from this pager in all, as far as the server says.

        `None` before the first page, and where neither the server nor `max_items` gives a bound.
        """
        if self._over or not self._joiner.ending.pages:
            return self._given if self._over else None
        bound = None
        if self._joiner.ending.bound is not None:
            rest = max(0, self._joiner.ending.bound - self._joiner.stop)
            bound = self._given + self._joiner.waiting + rest
        return min((n for n in (bound, self._paging.max_items) if n is not None), default=None)

    # Fetching.

    async def _advance(self) -> None:
        """Put the next page's items in place; it may bring none."""
        async with self._turn:
            if length_hint(self._unread):
                return  # another task was here meanwhile
            if self._over:
                self._forget()
            if self._over or self._driver.closed:
                raise StopAsyncIteration
            most = self._paging.max_items
            try:
                joined = await self._driver.next(None if most is None else most - self._given)
            except IP1Error as error:
                error.cursor = self.cursor
                raise
            if joined is not None:
                self._hand_out(joined)
            self._over |= self._joiner.is_done
            if self._over:
                await self._driver.drop()

    def _forget(self) -> None:
        """Let go of all but the resume point: a listing that is over may be held for long."""
        if self._answer is not None:
            unread = self._surplus + self._behind
            self._joiner.forget(self._answer.stop - self._surplus, unread)
            self._answer, self._put_back, self._surplus = None, None, 0

    def _hand_out(self, joined: Joined[T]) -> None:
        items, most = joined.items, self._paging.max_items
        places: Sequence[int] = range(len(items))
        if self._period is not None:
            items, self._surplus = self._period.admit(items, late=joined.late)
            places = self._period.places(items)
            if self._period.is_over:
                self._finish()
        if most is not None and self._given + len(places) >= most:
            self._over = True
            places = places[: most - self._given]
            self._surplus += len(items) - 1 - places[-1]
            items = items[: places[-1] + 1]
        self._given += len(places)
        self._answer, self._unread, self._put_back = joined, self._sift(items), None
        self._emit(PageRead, self._source.route, joined.page.start, len(places))

    def _finish(self) -> None:
        """Read no further; what slipped behind the reader comes late, as ever."""
        if not self._joiner.is_read:
            self._joiner.close()
        self._over |= self._joiner.is_done

    def _sift(self, items: Sequence[T]) -> Iterator[T]:
        return iter(items) if self._period is None else self._period.sift(items)


class _Pages(AsyncIterator[Page[T]]):
    def __init__(self, next_page: Callable[[], Awaitable[Page[T]]]) -> None:
        self._next_page = next_page

    async def __anext__(self) -> Page[T]:
        return await self._next_page()
