"""iP.1 for code without async: one event loop in a thread, and one client, for the process.

Copy it into your project. A process that is forked, as workers of Celery and gunicorn are, makes
its own at its first call.
"""

import asyncio
import atexit
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from threading import Lock, Thread
from typing import TypeVar

from ip1_async import Client, Page, Pager

T = TypeVar("T")
_lock = Lock()
_open: dict[int, tuple[asyncio.AbstractEventLoop, Client, Thread]] = {}


def call(ask: Callable[[Client], Awaitable[T]]) -> T:
    """Make a call, and wait for its answer: `call(lambda client: client.v2...)`."""

    async def run(client: Client) -> T:
        return await ask(client)

    loop, client = _bridge()
    return asyncio.run_coroutine_threadsafe(run(client), loop).result()


def iterate(list_: Callable[[Client], Pager[T]]) -> Iterator[T]:
    """Iterate over a listing, while the next pages are fetched in the background."""
    pager = list_(_bridge()[1])
    pages = pager.pages()
    try:
        while page := call(lambda _: _next(pages)):
            yield from page.items
    finally:
        call(lambda _: pager.aclose())


async def _next(pages: AsyncIterator[Page[T]]) -> Page[T] | None:
    return await anext(pages, None)


def _bridge() -> tuple[asyncio.AbstractEventLoop, Client]:
    process = os.getpid()  # threads don't come along when a process is forked
    with _lock:
        if process not in _open:
            client, loop = Client(), asyncio.new_event_loop()
            thread = Thread(target=loop.run_forever, daemon=True)
            thread.start()
            _open[process] = (loop, client, thread)
        return _open[process][:2]


def _close() -> None:
    if (mine := _open.get(os.getpid())) is not None:
        loop, client, thread = mine
        asyncio.run_coroutine_threadsafe(client.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


atexit.register(_close)
