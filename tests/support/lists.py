"""A list on a server that is not there: what a pager sees of it, without HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import attrs

from ip1_async import IP1Error
from ip1_async._paging.types import Paging, RawPage
from ip1_async.events import Event, make_emit
from ip1_async.pagination import Pager


@attrs.frozen
class Item:
    """The least a pager asks for."""

    id: str


@attrs.define(eq=False)
class FakeList:
    """A list served in pages, with the habits that servers have."""

    ids: list[int] = attrs.field(repr=False)
    clamp: int = 10_000
    links: str = "both"  # both, next, none
    base: int = 0
    missing_past_end: bool = False
    ignores_paging: bool = False
    last_past_end: bool = False
    descending: bool = False
    route: str = "/list"
    query: str = "GET /list"
    wait: Callable[[int], Awaitable[None]] = lambda _: asyncio.sleep(0)
    requests: list[int] = attrs.field(factory=list)
    events: list[Event] = attrs.field(factory=list)
    in_flight: int = 0
    peak: int = 0

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Answer as the server would, after the wait."""
        self.requests.append(start)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await self.wait(start)
            return self._answer(start, limit)
        finally:
            self.in_flight -= 1

    def _answer(self, start: int, limit: int) -> RawPage:
        ids = self.ids[::-1] if self.descending else self.ids
        if self.ignores_paging:
            return RawPage(_body(ids), {})
        start = max(0, start - self.base)
        size = min(limit, self.clamp)
        items = ids[start : start + size]
        if not items and self.missing_past_end:
            return RawPage(b"", {}, missing=True)
        return RawPage(_body(items), {}, links=self._links(start + size, size))

    def _links(self, stop: int, size: int) -> dict[str, int | None]:
        links: dict[str, int | None] = {} if self.links == "none" else {"first": self.base}
        if links and stop < len(self.ids):
            links["next"] = stop + self.base
        if self.links == "both":
            links["last"] = self._last(size)
        return links

    def _last(self, size: int) -> int:
        past = self.last_past_end and len(self.ids) % size == 0
        return max(0, (len(self.ids) - 1) // size * size + self.base + past * size)

    def decode(self, raw: RawPage) -> list[Item]:
        """Read the ids of a page."""
        return [] if not raw.body else [Item(item) for item in raw.body.decode().split(",")]

    def identify(self, items: list[Item]) -> list[str]:
        """Tell items apart by their ids."""
        return [item.id for item in items]

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of the list on an error that has none."""
        error.route, error.attempts = "/list", attempts

    def pager(self, **paging: Any) -> Pager[Item]:
        """Read the list as the client would."""
        defaults: dict[str, Any] = {
            "order": "ASC",
            "start": 0,
            "page_size": 200,
            "max_items": None,
            "concurrency": None,
            "cursor": None,
        }
        chosen = Paging(**(defaults | paging))
        return Pager(self, chosen, chosen.concurrency or 16, spawn, make_emit(self.events.append))


def spawn(coroutine: Coroutine[Any, Any, RawPage]) -> "asyncio.Task[RawPage]":
    """Start a task as the client does, but for keeping it."""
    task = asyncio.get_running_loop().create_task(coroutine)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _body(ids: list[int]) -> bytes:
    return ",".join(map(str, ids)).encode()


def numbers(items: list[Item]) -> list[int]:
    """Give the ids as they stand in the list."""
    return [int(item.id) for item in items]
