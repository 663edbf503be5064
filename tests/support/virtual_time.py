"""An event loop whose time jumps ahead when it has nothing to do but wait."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE = 0.01  # seconds of real time for what is under way between two sockets


class _Selector(selectors.DefaultSelector):
    """Instead of waiting, moves the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.now += 1e-9  # time always goes on
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        sockets = len(self.get_map()) > 1  # the first is the loop's own
        ready = super().select(_PATIENCE if sockets else 0)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Minutes pass in milliseconds, even while servers on loopback wait for each other.

    Work in threads takes no time here: a test with timeouts must not wait for one.
    """

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Give the virtual time, in seconds from 0."""
        return self._virtual.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the base class has it
        """Wait for the threads without a limit: in virtual time, any limit is over at once."""
        await super().shutdown_default_executor()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
