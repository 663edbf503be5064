"""Pages of a list that may move: fetched ahead concurrently, joined by id, in order.

Consecutive pages overlap by one item. The last item read must stand in the next page, and what
follows it comes next; that one rule makes clamped page sizes, odd grids and moving lists right.
Nothing here knows HTTP.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from functools import partial
from operator import length_hint
from typing import Any, Generic, Self, TypeVar

import attrs

from ip1_async._paging.cursor import Cursor
from ip1_async._paging.history import Memory, Progress
from ip1_async._paging.lookahead import LookAhead, Spawn
from ip1_async._paging.search import outward
from ip1_async._paging.types import Fetched, Identified, Paging, RawPage, Source
from ip1_async.errors import IP1Error, PaginationError
from ip1_async.events import OnEvent, PageRead, Shift

# API manual, pagination: the page size of a server that ignores `limit`.
_DEFAULT_PAGE_SIZE = 50
_FAR = 1_000_000


T = TypeVar("T", bound=Identified)


@attrs.frozen
class Page(Generic[T]):
    """One page, joined to those before it.

    Attributes:
        items: Up to `limit` items, none of which came before.
        cursor: Resume point just after them.
        start: Offset that was asked for; the first item there may be the last of the page before.
        limit: Page size that was asked for.
        raw: The body as it came, before repeats were taken out.
        headers: The response headers, case-insensitive.
    """

    items: tuple[T, ...]
    cursor: str
    start: int
    limit: int
    raw: bytes
    headers: Mapping[str, str]


def _next_offset(search: Generator[int, Fetched[Any], None], page: Fetched[Any]) -> int | None:
    try:
        return search.send(page)
    except StopIteration:
        return None


class Pager(Generic[T]):
    """Every item of a listing once, in order, with pages fetched ahead.

    Iterate it (`async for item in pager`), page by page (`pager.pages()`), or `await
    pager.collect()`. A second loop goes on where the first stopped.

    The first page is fetched alone. While the consumer is inside it one more page is requested;
    after that up to `concurrency` pages are in flight or waiting. Where the server does not name
    its last page, the look-ahead grows by one with every page, so that no more requests run past
    the end than pages were read.

    **What is promised of a list that moves:** every item that is there for the whole read comes
    exactly once, and no item twice, while one of the last 1,000 ids read is still there, or all
    that was read is gone; for a cursor, one of the 100 before it. Items inserted meanwhile may
    come or not. Where more than that is inserted or purged at one blow the place is looked for
    outward in both directions, page by page. At `page_size=1` pages can't overlap, and only the
    offset joins them.

    An error out of a pager carries `cursor`, the resume point after the last item consumed. The
    pager itself can be iterated on, too: it asks again for what failed.
    """

    def __init__(
        self, source: Source[T], paging: Paging, concurrency: int, spawn: Spawn, emit: OnEvent
    ) -> None:
        """Prepare a listing; nothing is sent before the first item is asked for."""
        start = Cursor(paging.start, paging.start)
        if paging.cursor is not None:
            start = Cursor.decode(paging.cursor, source.query)
        self.shifts: int = 0
        """How often the list moved under the reader and was rejoined."""
        self.not_found: bool = False
        """The server answered 404: an empty conversation, or a wrong base URL."""
        self._source = source
        self._paging = paging
        self._concurrency = concurrency
        self._emit = emit
        self._memory = Memory(start.anchors)
        self._origin = start.origin
        self._offset = start.offset  # where the item after the last one joined should stand
        self._planned: int | None = None  # where the next request starts
        self._ahead = LookAhead(partial(source.fetch, limit=paging.page_size), spawn)
        self._window = 1
        self._size = paging.page_size
        self._end: int | None = None  # the list ends before this offset, by its last page
        self._pages = 0
        self._attempts = 0  # for the page that came last
        self._joined = 0
        self._answer: tuple[int, RawPage]  # and its offset; its items go as they are read
        self._unread: Iterator[T] = iter(())
        self._over = paging.max_items == 0
        self._closed = False
        self._progress = Progress()
        self._turn = asyncio.Lock()

    # Consuming.

    def __aiter__(self) -> Self:
        return self

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
        start, raw = self._answer
        return Page(items, self.cursor, start, self._paging.page_size, raw.body, raw.headers)

    async def collect(self) -> list[T]:
        """Read all that is left into a list.

        Raises:
            IP1Error: As from iterating; its `cursor` is where this call began, since what was
                gathered is gone with it.
        """
        begin = self.cursor
        try:
            return [item async for item in self]
        except IP1Error as error:
            error.cursor = begin
            raise

    async def aclose(self) -> None:
        """Cancel what is in flight and wait for it; the iteration is over. Safe to call twice."""
        self._closed = True
        await self._drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def cursor(self) -> str:
        """Resume point just after the last item consumed, at most 839 URL-safe characters.

        Hand it to the same call as `cursor=`. Taken after the end it brings what has arrived
        since.
        """
        unread = length_hint(self._unread)
        anchors = self._memory.anchors(unread)
        return Cursor(self._origin, self._offset - unread, anchors).encode(self._source.query)

    @property
    def estimated_total(self) -> int | None:
        """At most this many items come from this pager in all, as far as the server told.

        `None` before the first page, and where neither the server nor `max_items` gives a bound.
        """
        if self._over or not self._pages:
            return self._joined if self._over else None
        bound = None
        if self._end is not None:
            bound = self._joined + max(0, self._end - self._offset)
        return min((n for n in (bound, self._paging.max_items) if n is not None), default=None)

    # Fetching ahead.

    @property
    def _overlap(self) -> int:
        return 1 if self._size > 1 and self._memory else 0

    async def _advance(self) -> None:
        """Put the next page's items in place; it may bring none."""
        async with self._turn:
            if length_hint(self._unread):
                return  # another task was here meanwhile
            if self._over or self._closed:
                raise StopAsyncIteration
            try:
                await self._read_page()
            except BaseException as error:
                await self._drop()
                self._tell(error)
                raise

    def _tell(self, error: BaseException) -> None:
        """Put on an error where to go on; after one of the way, pages may come again."""
        if not isinstance(error, PaginationError):
            self._progress.pause()
        if isinstance(error, IP1Error):
            error.cursor = self.cursor
            if error.route is None:
                self._source.locate(error, self._attempts)

    async def _read_page(self) -> None:
        if self._pages == 1 and self._end is not None:
            self._window = self._concurrency
        page = await self._take()
        if self._follows(page):
            fresh = page.items[1:]
        else:
            page, fresh = await self._rejoin(page)
        if not fresh and await self._is_all(page):
            self._over = True
        self._settle(page, fresh)
        if self._over:
            await self._drop()
        else:
            self._fill()

    def _fill(self) -> None:
        """Request pages up to the look-ahead."""
        if self._closed:  # meanwhile, by another task
            return
        if self._planned is None:
            self._planned = self._offset - self._overlap
        while len(self._ahead) < self._window and self._is_wanted(self._planned):
            self._ahead.request(self._planned)
            self._planned += max(1, self._size - self._overlap)

    def _is_wanted(self, start: int) -> bool:
        begins = start + self._overlap  # the first offset that could bring something new
        most = self._paging.max_items
        if most is not None and self._joined + begins - self._offset >= most:
            return False
        return begins <= self._offset or self._end is None or begins < self._end

    async def _take(self) -> Fetched[T]:
        """Wait for the next page; its place goes to another request before it is decoded."""
        self._fill()
        start, raw = await self._ahead.take()
        if self._pages and "next" in raw.links:
            self._fill()
            await asyncio.sleep(0)  # lets the new request out
        return self._decode(start, raw)

    async def _fetch(self, start: int) -> Fetched[T]:
        """Ask for one page while nothing else is ahead."""
        if not self._closed:
            self._ahead.request(start)
        return self._decode(*await self._ahead.take())

    def _decode(self, start: int, raw: RawPage) -> Fetched[T]:
        self._attempts = raw.attempts
        items = [] if raw.missing else self._source.decode(raw)
        ids = [item.id for item in items]
        if len(set(ids)) < len(ids):
            by_id = dict(zip(ids, items, strict=True))
            ids, items = list(by_id), list(by_id.values())
        self._progress.check(start, ids)
        return Fetched(start, raw, items, ids)

    async def _drop(self) -> None:
        """Forget what was fetched ahead."""
        self._planned = None
        await self._ahead.drop()

    # Joining.

    def _follows(self, page: Fetched[T]) -> bool:
        """Whether the page is what was read last, then what was not: the usual case."""
        last = self._memory.last
        return page.ids[:1] == [last] and self._memory.isdisjoint(page.ids[1:])

    async def _rejoin(self, page: Fetched[T]) -> tuple[Fetched[T], list[T]]:
        """Join any other page, or one like it, to those before."""
        fresh = self._join(page)
        if fresh is None:
            return await self._find_seam(page)
        if not self._is_clean(page):
            return await self._look_back(page, fresh)
        if not self._pages and page.raw.missing:
            await self._tell_missing(page)
        return page, fresh

    def _join(self, page: Fetched[T]) -> list[T] | None:
        """Pick what was not read yet; `None` where nothing read stands in the page."""
        memory = self._memory
        if not memory:
            return page.items
        read = [item_id in memory for item_id in page.ids]
        if True in read:
            first = read.index(True)
        elif self._overlap == 0:
            first = 0
        else:
            return None
        # What stands between two items that were read came late, or is a tie in another order.
        return [page.items[i] for i in range(first, len(read)) if not read[i]]

    def _is_clean(self, page: Fetched[T]) -> bool:
        """Whether the page is what was read last, then what was not: no order has changed."""
        last = self._memory.last
        if self._overlap == 0 or last is None:
            return True
        unread = page.ids.index(last) + 1 if last in page.ids else 0
        read = all(item_id in self._memory for item_id in page.ids[:unread])
        return read and self._memory.isdisjoint(page.ids[unread:])

    async def _look_back(self, page: Fetched[T], fresh: list[T]) -> tuple[Fetched[T], list[T]]:
        """See what else changed places with what was read, a little in front of a page."""
        await self._break_off()
        wider = await self._fetch(max(0, page.start - max(1, self._size // 8)))
        joined = self._join(wider)
        return (page, fresh) if joined is None else (wider, joined)

    async def _break_off(self) -> None:
        """Drop what was fetched ahead: the list moved."""
        self.shifts += 1
        self._emit(Shift(self._source.route, self._offset))
        self._window = 0
        await self._drop()

    async def _find_seam(self, lost: Fetched[T]) -> tuple[Fetched[T], list[T]]:
        """Look outward from where the last items read should stand, until one of them is found.

        Where none is left anywhere, all that was read is gone: go on from where it began.
        """
        await self._break_off()
        search = outward(lost, self._size if self._pages else max(1, len(lost.items)))
        start = next(search, None)
        while start is not None:
            page = await self._fetch(start)
            fresh = self._join(page)
            if fresh is not None:
                return page, fresh
            start = _next_offset(search, page)
        page = await self._fetch(self._origin)
        fresh = self._join(page)
        self.not_found = page.raw.missing and not self._joined
        return page, page.items if fresh is None else fresh

    def _settle(self, page: Fetched[T], fresh: list[T]) -> None:
        """Take over a joined page: what is known of the list, and whether it ends here."""
        self._over = self._over or self._is_end(page, fresh)
        ids = [item.id for item in fresh]
        self._progress.note(page.start, page.ids, ids)
        self._size = max(self._size, len(page.items)) if self._pages else max(1, len(page.items))
        self._end = self._bound(page.raw.links.get("last"))
        self._pages += 1
        self._offset = page.stop
        self._set_pace(page, bool(fresh))
        most = self._paging.max_items
        if most is not None and self._joined + len(fresh) >= most:
            self._over = True
            self._offset -= self._joined + len(fresh) - most
            fresh, ids = fresh[: most - self._joined], ids[: most - self._joined]
        self._joined += len(fresh)
        self._memory.add(ids)
        self._answer, self._unread = (page.start, page.raw), iter(fresh)
        if not self._ahead:
            self._planned = None
        self._emit(PageRead(self._source.route, page.start, len(fresh)))

    def _bound(self, last_start: int | None) -> int | None:
        """Bound the list by its last page: the least bound holds until that page moves past it."""
        if last_start is None:
            return None
        end = last_start + self._size
        return end if self._end is None or last_start >= self._end else min(end, self._end)

    def _set_pace(self, page: Fetched[T], fresh: bool) -> None:
        """Widen the look-ahead after a page that brought something, and narrow it after others."""
        if fresh:
            # One more with every page, but for the first: nobody has asked past it yet.
            grows = self._pages > 1 or self._window == 0
            self._window = min(self._concurrency, self._window + grows)
        elif self._overlap and not self._over:
            # The list grew in front: what comes next stands further on, and may run away.
            self._window = 1
            self._offset += self._memory.read_after(page.ids[-1]) + self._progress.idle

    def _is_end(self, page: Fetched[T], fresh: list[T]) -> bool:
        """Weigh `next`, `last`, a short page and an empty one: two of them must agree."""
        raw, count = page.raw, len(page.items)
        full = self._size
        if not self._pages and not raw.links:
            # A longer page that is shorter than asked may have been clamped.
            full = min(self._size, _DEFAULT_PAGE_SIZE)
        if count == 0:
            return True
        if "next" in raw.links:
            return bool(self._pages) and not fresh and count < full
        last = raw.links.get("last")
        if last is not None and last >= page.stop:
            return not fresh
        return count < full or last is not None

    async def _is_all(self, page: Fetched[T]) -> bool:
        """Whether the server ignores `start`: without links the same came again, and is all."""
        if page.raw.links or not self._progress.stalled:
            return False
        if len(page.items) >= _DEFAULT_PAGE_SIZE or len(page.items) > self._paging.page_size:
            return True
        # A small page may come again because the list moved by just its size; but not out there.
        await self._drop()
        return (await self._fetch(page.stop + _FAR)).ids == page.ids

    async def _tell_missing(self, page: Fetched[T]) -> None:
        """Tell an offset past the end from a list that is not there."""
        if page.start:
            page = await self._fetch(0)
        self.not_found = page.raw.missing


class _Pages(AsyncIterator[Page[T]]):
    def __init__(self, next_page: Callable[[], Awaitable[Page[T]]]) -> None:
        self._next_page = next_page

    async def __anext__(self) -> Page[T]:
        return await self._next_page()
