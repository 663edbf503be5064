"""Time and chance, as one value that a test replaces."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import random
from typing import Any

import attrs


@attrs.frozen
class Clock:
    """What a client knows of time and chance.

    Attributes:
        now: Gives seconds from any fixed moment; it never goes back.
        sleep: Waits for some seconds.
        random: Gives numbers from 0 to 1.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random

    async def wait(self, futures: set["asyncio.Future[Any]"], seconds: float) -> None:
        """Wait until one of the futures is done, but no longer than some seconds."""
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({alarm, *futures}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()


REAL = Clock()
