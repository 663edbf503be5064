"""A clock that writes down how long was slept."""

import asyncio

import attrs

from ip1_async import Client, RateLimiter
from ip1_async._http.clock import Clock


@attrs.define
class FakeClock:
    """The time of the running loop, which a virtual loop moves; chance is what the test says."""

    slept: list[float] = attrs.field(factory=list)
    chance: float = 1.0

    def __call__(self) -> float:
        """Tell the time, from 1000 on."""
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
        """What a client is given."""
        return Clock(self, self.sleep, self.random)

    def limiter(self, rate: float) -> RateLimiter:
        """Make a limiter of this clock."""
        return RateLimiter(rate, clock=self.value)


def timed_client(clock: Clock) -> type[Client]:
    """Make a class of clients that live in the time of a clock."""
    return type("TimedClient", (Client,), {"_clock": clock})
