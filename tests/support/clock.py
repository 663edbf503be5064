"""A clock that only sleeping moves."""

import asyncio

import attrs

from ip1_async import RateLimiter


@attrs.define
class Clock:
    """A clock that only sleeping moves; `random` gives the same number always."""

    now: float = 1000.0
    slept: list[float] = attrs.field(factory=list)
    chance: float = 1.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def random(self) -> float:
        """Draw a number."""
        return self.chance

    def limiter(self, rate: float) -> RateLimiter:
        """Make a limiter of this clock."""
        limit = RateLimiter(rate)
        limit._clock, limit._sleep = self, self.sleep
        return limit
