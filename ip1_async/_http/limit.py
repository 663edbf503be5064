"""The account's rate limit, kept on the client's side."""

import asyncio
from collections import deque
from typing import Protocol, runtime_checkable

from ip1_async._http.clock import REAL, Clock
from ip1_async.errors import ConfigurationError

# Requests sent a second apart can arrive closer: 30 per 1.00 s at the client gave up to 42 in a
# second at the server under 100 ms of jitter, 30 per 1.10 s never more than 30.
DELIVERY_JITTER = 1.1
# One absurd Retry-After must not stop an account's client for good; the error keeps the value.
LONGEST_PAUSE = 120.0
_HIGHEST_RATE = 10_000
_CALLS_BEFORE_A_PAGE = 3


@runtime_checkable
class Limiter(Protocol):
    """What a client asks before it sends; implement it to share a limit between processes."""

    async def acquire(self) -> None:
        """Wait for the permission to send one request."""
        ...

    async def pause(self, seconds: float) -> None:
        """Give nobody a permission for some seconds; a longer pause under way stays."""
        ...


class RateLimiter:
    """Keep to `rate` requests per second in this process: a sliding log, first come first served.

    An idle client may send a whole second's requests at once; in the long run 1/1.1 of the rate
    gets through, since the window is 1.1 s wide to hold at the server too. Share one between the
    clients of an account; it belongs to one event loop.

    aiolimiter and limits let up to 59 and 45 requests through in a second at 30/s. pyrate-limiter
    counts right, but can't pause everybody, and hands its permissions to whichever waiter polls
    first.
    """

    def __init__(self, rate: float = 30.0, *, clock: Clock = REAL) -> None:
        """Set the rate.

        Args:
            rate: Requests per second, above 0, at most 10,000; below 1 it means one per
                `1 / rate` seconds.
            clock: Where the time comes from; only tests have another than the computer's.

        Raises:
            ConfigurationError: The rate is out of range.
        """
        if isinstance(rate, bool) or not 0 < rate <= _HIGHEST_RATE:
            raise ConfigurationError(f"rate_limit: expected a number from 0 to {_HIGHEST_RATE}")
        count = max(1, int(rate))
        self._window = DELIVERY_JITTER * max(1.0, count / rate)
        # When each of the last `count` requests was sent, oldest first.
        self._sent: deque[float] = deque([float("-inf")] * count, maxlen=count)
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait for the permission to send one request."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # a lock belongs to the loop it was first waited for in
            self._loop, self._queue = loop, asyncio.Lock()
        async with self._queue:
            while (wait := self._sent[0] + self._window - self._clock.now()) > 0:
                await self._clock.sleep(wait)
            self._sent.append(self._clock.now())

    async def pause(self, seconds: float) -> None:
        """Give nobody a permission for some seconds, at most 120; a longer pause stays.

        After it the rate holds from the first request on, instead of a second's worth at once.
        """
        if seconds <= 0:
            return
        # As if the requests before `until` had been sent evenly: then they expire evenly.
        first = self._clock.now() + min(seconds, LONGEST_PAUSE) - self._window
        step = self._window / len(self._sent)
        even = (first + number * step for number in range(len(self._sent)))
        self._sent.extend([max(*pair) for pair in zip(self._sent, even, strict=True)])


class PriorityGate:
    """The queue in front of a limiter: one waits for its permission, and single calls go first.

    Besides the one page there are at most three calls in the inner queue, which is first come
    first served. So a call that need not wait for calls goes fourth at the latest, and while
    pages wait every fourth permission is for one of them.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._calls = asyncio.Semaphore(_CALLS_BEFORE_A_PAGE)
        self._pages = asyncio.Semaphore(1)
        self._queue = asyncio.Lock()

    async def acquire(self, *, low_priority: bool) -> None:
        """Wait for the turn, then for the permission to send one request."""
        async with self._pages if low_priority else self._calls, self._queue:
            await self._limiter.acquire()


def make_limiter(rate_limit: float | Limiter | None, clock: Clock) -> Limiter | None:
    """Make the limiter of a client from its setting.

    Raises:
        ConfigurationError: It is no rate and no limiter.
    """
    if isinstance(rate_limit, int | float):
        return RateLimiter(rate_limit, clock=clock)
    if rate_limit is None or isinstance(rate_limit, Limiter):
        return rate_limit
    raise ConfigurationError("rate_limit: expected a number, a Limiter or None")
