"""Limits over Redis that users would pick instead, each in the shape that a client takes."""

import asyncio
from collections.abc import Callable
from typing import Any

from ip1_async import Limiter
from ip1_async.limits import FileLimiter, RedisLimiter

RATE = 30
_POLL = 0.005  # seconds between two tries, where a library does not wait itself


class Polling:
    """Asks again and again, as these libraries leave it to their users."""

    def __init__(self, take: Callable[[], Any]) -> None:
        self._take = take

    async def acquire(self) -> None:
        """Wait for the permission to send one request."""
        while not await self._take():  # noqa: ASYNC110  # nobody says when there is room
            await asyncio.sleep(_POLL)

    async def pause(self, seconds: float) -> None:
        """Do nothing: none of them can pause everybody."""

    async def aclose(self) -> None:
        """Leave the connections to the end of the process."""


async def pyrate_limiter(url: str) -> Polling:
    """Make `pyrate_limiter` with a log in Redis, whose right setting is the rate."""
    import redis.asyncio  # noqa: PLC0415
    from pyrate_limiter import Duration, Rate, RedisBucket  # noqa: PLC0415
    from pyrate_limiter import Limiter as Pyrate  # noqa: PLC0415

    client = redis.asyncio.from_url(url)
    bucket: Any = RedisBucket.init([Rate(RATE, Duration.SECOND)], client, "account")
    limiter = Pyrate(await bucket)
    return Polling(lambda: limiter.try_acquire_async("account"))


async def limits(url: str) -> Polling:
    """Make `limits` with its moving window."""
    from limits import RateLimitItemPerSecond  # noqa: PLC0415
    from limits.aio.storage import RedisStorage  # noqa: PLC0415
    from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415

    storage = RedisStorage(f"async+{url}", implementation="redispy")
    limiter = MovingWindowRateLimiter(storage)
    item = RateLimitItemPerSecond(RATE)
    return Polling(lambda: limiter.hit(item, "account"))


async def throttled(url: str) -> Polling:
    """Make `throttled` with its default burst: the rate."""
    from throttled.asyncio import RateLimiterType, RedisStore, Throttled, rate_limiter  # noqa: PLC0415

    throttle = Throttled(
        key="account",
        using=RateLimiterType.GCRA.value,
        quota=rate_limiter.per_sec(RATE),
        store=RedisStore(server=url),
    )

    async def take() -> bool:
        return not (await throttle.limit()).limited

    return Polling(take)


async def redis_limiter(url: str) -> Limiter:
    """Make ours over Redis."""
    return RedisLimiter(url, RATE)


async def file_limiter(url: str) -> Limiter:
    """Make ours in a file."""
    return FileLimiter(url, RATE)


MAKERS: dict[str, Callable[[str], Any]] = {
    "RedisLimiter": redis_limiter,
    "FileLimiter": file_limiter,
    "pyrate-limiter": pyrate_limiter,
    "limits": limits,
    "throttled-py": throttled,
}
