"""Redis, as a limit sees it: one script is asked until it answers or time is up."""

import asyncio
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ReadOnlyError, RedisError, ResponseError

from ip1_async._http.secret import Secret
from ip1_async.limits._ledger import NAMED, Ask
from ip1_async.limits._script import SCRIPT

_BETWEEN_TRIES = 0.1  # seconds


class Server:
    """Talks to one Redis server; nothing of its errors is shown but their names."""

    def __init__(self, url: Secret, name: str, timeout: float) -> None:
        self._redis = redis.asyncio.from_url(
            url.reveal(),
            # Tries and time are counted here; a repeated question books no second moment.
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=None,
            driver_info=None,  # it would look for its own version on disk, in the event loop
        )
        self._key = f"ip1:limit:{{{name}}}"
        self._timeout = timeout
        self._closed = False

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True  # else whoever waits for an answer would open another one
        await self._redis.aclose()

    async def ask(self, ask: Ask) -> tuple[int, int] | str:
        """Give the ledger's answer; a text says why there is none."""
        why = "no answer"
        try:
            async with asyncio.timeout(self._timeout):
                while not self._closed:
                    try:
                        return await self._evaluate(ask)
                    except (RedisError, OSError) as error:
                        why = type(error).__name__
                        if not _may_pass(error):
                            return why
                    # A replica that was the primary until now is left for the new one, too.
                    await self._redis.connection_pool.disconnect()
                    await asyncio.sleep(_BETWEEN_TRIES)
        except TimeoutError:
            return f"{why}, for {self._timeout:g} s"
        return "closed"

    async def _evaluate(self, ask: Ask) -> tuple[int, int]:
        keys = (self._key, f"{self._key}:{ask.owner}")
        numbers = (int(ask.wants), ask.gap, ask.slack, ask.pause, ask.horizon, NAMED)
        # The whole script each time: 30 a second are nothing, and none can be lost from its cache.
        answer: Any = await self._redis.eval(SCRIPT, len(keys), *keys, *numbers)
        wait, late = answer
        return int(wait), int(late)


def _may_pass(error: Exception) -> bool:
    """Whether the same question may be answered in a moment."""
    if isinstance(error, ReadOnlyError):
        return True
    return not isinstance(error, ResponseError | AuthenticationError)
