"""Do long work on files in a thread, with a bar; it ends when the command is interrupted."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from ip1_async import ConfigurationError
from ip1_async.cli._output import progress

T = TypeVar("T")


class Tell(Protocol):
    """Shows how much is done, and which part of it all that is, from 0 to 1, if it is known."""

    def __call__(self, done: int, share: float | None = None) -> None:
        """Show it, or end the work."""
        ...


class _InterruptedError(Exception):
    """The user interrupted the command."""


async def in_thread(what: str, work: Callable[[Tell], T]) -> T:
    """Run work that regularly reports how much it has done; a cancelled work ends at such a report.

    Before this returns, the work has closed its files and removed unfinished ones.
    """
    stopped = threading.Event()
    with progress(what, shown=True) as advance:

        def tell(done: int, share: float | None = None) -> None:
            if stopped.is_set():
                raise _InterruptedError
            advance.tell(f"{done:,} messages", done, share)

        task = asyncio.ensure_future(asyncio.to_thread(work, tell))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            stopped.set()
            await asyncio.wait([task])
            task.exception()
            raise


@contextmanager
def extra(name: str, *packages: str) -> Iterator[None]:
    """Name the extra to install if an import inside needs a package that is missing.

    Raises:
        ConfigurationError: One of the packages is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise ConfigurationError(
            f"the command needs more packages: install ip1-async[{name}]"
        ) from None
