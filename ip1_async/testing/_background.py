"""The time of a simulator, and what it does in the background."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from attrs import define, field

from ip1_async.testing._data.clock import SECOND, moment_of


@define(eq=False)
class Background:
    """Counts moments, and runs tasks until the simulator stops.

    Moments begin with the wall clock and go on with `clock`, so that virtual time moves them.

    Attributes:
        clock: Gives the time of the event loop, in seconds.
        sleep: Waits for some seconds.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    _begin: int | None = field(default=None, init=False)
    _tasks: "set[asyncio.Task[None]]" = field(factory=set, init=False)

    def now(self) -> int:
        """Give the moment, in microseconds."""
        passed = int(self.clock() * SECOND)
        if self._begin is None:
            self._begin = moment_of(datetime.now(UTC)) - passed
        return self._begin + passed

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cancel all tasks and wait for their end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
