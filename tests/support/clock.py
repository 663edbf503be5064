"""A clock that records every sleep."""

import asyncio

import attrs

from ip1_async import Client, RateLimiter
from ip1_async._http.clock import Clock


@attrs.define
class FakeClock:
    """Gives the time of the running loop, which may be virtual; the test sets the chance."""

    slept: list[float] = attrs.field(factory=list)
    chance: float = 1.0

    def __call__(self) -> float:
        """Give the time, in seconds from 1000 on."""
        return 1000.0 + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        await asyncio.sleep(seconds)

    def random(self) -> float:
        """Draw a number."""
        return self.chance

    @property
    def value(self) -> Clock:
        """The clock as a client takes it."""
        return Clock(self, self.sleep, self.random)

    def limiter(self, rate: float) -> RateLimiter:
        """Make a limiter of this clock."""
        return RateLimiter(rate, clock=self.value)


def timed_client(clock: Clock) -> type[Client]:
    """Make a class of clients that use this clock."""
    return type("TimedClient", (Client,), {"_clock": clock})
