"""Pages on their way: requested in order, waited for in order, and dropped together."""

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

from ip1_async._paging.types import RawPage
from ip1_async.errors import ClientClosedError

Spawn = Callable[[Coroutine[Any, Any, RawPage]], "asyncio.Task[RawPage]"]
_Tasks = list[tuple[int, "asyncio.Task[RawPage]"]]  # a deque of none takes 760 bytes


class LookAhead:
    """The requests of one pager, oldest first; whoever lets go of it cancels them."""

    def __init__(self, fetch: Callable[[int], Coroutine[Any, Any, RawPage]], spawn: Spawn) -> None:
        self._fetch = fetch
        self._spawn = spawn
        self._tasks: _Tasks = []
        weakref.finalize(self, _cancel, self._tasks).atexit = False

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def start(self) -> int:
        """The offset of the first one."""
        return self._tasks[0][0]

    def request(self, start: int) -> None:
        """Send one more request."""
        self._tasks.append((start, self._spawn(self._fetch(start))))

    def request_first(self, start: int) -> None:
        """Send a request whose page is taken before all others."""
        self._tasks.insert(0, (start, self._spawn(self._fetch(start))))

    async def take(self) -> tuple[int, RawPage]:
        """Wait for the first one, and give its offset and its page.

        Raises:
            ClientClosedError: It was dropped meanwhile, by another task.
        """
        if self._tasks:
            start, task = self._tasks[0]
            if not task.done():
                await asyncio.wait([task])  # unlike awaiting it, this cancels nothing with itself
            if not task.cancelled() and self._tasks and self._tasks[0][1] is task:
                del self._tasks[0]
                return start, task.result()
        raise ClientClosedError("the pager or its client was closed meanwhile")

    async def drop(self) -> None:
        """Cancel all, and wait until they have ended."""
        tasks = [task for _, task in self._tasks]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _cancel(tasks: _Tasks) -> None:
    for _, task in tasks:
        loop = task.get_loop()
        if not loop.is_closed():
            # The garbage collector may run in any thread.
            loop.call_soon_threadsafe(task.cancel)
