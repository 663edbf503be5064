"""The half of a shared limit that is in the process: one waits, and the others queue up."""

import asyncio
import os
import secrets
from abc import ABC, abstractmethod
from typing import ClassVar

from ip1_async._http.clock import REAL, Clock
from ip1_async._http.limit import DELIVERY_JITTER, LONGEST_PAUSE, RateLimiter
from ip1_async.errors import ConfigurationError, LimiterError
from ip1_async.limits._ledger import Ask

# Seconds that may pass from a moment, on the common clock, until its request is sent. The gap
# between requests allows for as much, so a request that is later than that books anew.
_LEAST_SLACK = 0.03
_HEADROOM = 1.5  # over what was just measured, as no two answers take equally long
_MICRO = 1_000_000


class SharedLimiter(ABC):
    """Keep to a rate together with other processes.

    Each process has one moment booked, however many calls wait in it. So all processes get the
    same share, and a single call does not queue behind the thousand of another process. The process
    asks again at its moment, and only then has the permission. So a pause holds it, and a
    cancellation or a crash costs one moment at most.
    """

    _clock: ClassVar[Clock] = REAL  # a subclass of a test brings another

    def __init__(self, rate: float) -> None:
        self._rate = rate
        RateLimiter(rate)  # refuses what is no rate
        self._owner = secrets.token_hex(8)
        self._queue = asyncio.Lock()
        self._home: tuple[asyncio.AbstractEventLoop, int] | None = None
        self._closed = False
        self._slack = _LEAST_SLACK
        self._late = 0.0
        self._paused_until = float("-inf")

    @abstractmethod
    async def _put(self, ask: Ask) -> tuple[int, int]:
        """Ask the ledger: microseconds to wait, and to be late.

        Raises:
            LimiterError: It can't be asked.
        """

    async def aclose(self) -> None:
        """Let go of what is open; whoever waits gets a `LimiterError`. Safe to call twice."""
        self._closed = True

    async def acquire(self) -> None:
        """Wait for the permission to send one request.

        Raises:
            LimiterError: The shared limit can't be reached, or this limiter is closed.
            ConfigurationError: It belongs to another event loop or process.
        """
        self._enter()
        async with self._queue:
            while not await self._try():
                pass

    async def pause(self, seconds: float) -> None:
        """Give nobody a permission for some seconds, at most 120; a longer pause stays.

        Where the limit can't be reached now, the others learn of it as soon as it can be.
        """
        self._enter()
        until = self._clock.now() + min(seconds, LONGEST_PAUSE)
        if until <= max(self._paused_until, self._clock.now()):
            return
        self._paused_until = until
        try:
            await self._put(self._ask(wants=False))
        except LimiterError:
            return

    def _enter(self) -> None:
        home = asyncio.get_running_loop(), os.getpid()
        if self._home not in (None, home):
            raise ConfigurationError(
                "the limiter belongs to another event loop or process: make one for each"
            )
        self._home = home

    async def _try(self) -> bool:
        """Get the permission, or wait until it makes sense to ask for it again."""
        began = self._clock.now()
        wait, late = await self._put(self._ask(wants=True))
        if wait:
            await self._clock.sleep(wait / _MICRO)
            return False
        return self._tolerate(late / _MICRO + self._clock.now() - began)

    def _tolerate(self, late: float) -> bool:
        """Say whether a request may still be sent; who is late twice asks for wider gaps."""
        in_time = late <= self._slack
        self._slack = max(_LEAST_SLACK, _HEADROOM * min(late, self._late))
        self._late = late
        return in_time

    def _ask(self, *, wants: bool) -> Ask:
        if self._closed:
            raise LimiterError("the limiter is closed")
        count, period = max(1, int(self._rate)), max(1.0, 1 / self._rate)
        return Ask(
            self._owner,
            wants,
            gap=round((period * DELIVERY_JITTER + self._slack) / count * _MICRO),
            slack=round(self._slack * _MICRO),
            pause=round(max(0.0, self._paused_until - self._clock.now()) * _MICRO),
        )
