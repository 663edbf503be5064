"""A limit for the processes of many machines: the ledger in Redis or Valkey."""

import re
from typing import Literal

from ip1_async._http.limit import RateLimiter
from ip1_async._http.secret import Secret
from ip1_async.errors import ConfigurationError, LimiterError
from ip1_async.limits._ledger import Ask
from ip1_async.limits._shared import SharedLimiter
from ip1_async.limits._url import check_redis, parse

_HOLD_OFF = 5.0  # seconds without a question after one that failed: else a queue would last long
_TICK = 0.001  # seconds
_NAME = re.compile(r"[\w.:-]{1,100}", re.ASCII)


class RedisLimiter(SharedLimiter):
    """Keep to a rate together with all processes that name the same Redis and the same limit.

    Works with Redis and Valkey (extra `redis`), on the server's own clock.
    """

    _shown = ""

    def __init__(
        self,
        url: str,
        rate: float = 30.0,
        *,
        name: str = "default",
        on_outage: Literal["raise"] | float = "raise",
        timeout: float = 2.0,
        allow_http: bool = False,
    ) -> None:
        """Check the settings; nothing is opened before the first request.

        Args:
            url: `redis://`, `rediss://` or `unix://`, with user and password where they are needed.
            rate: Requests per second; where processes name different ones the lowest holds.
            name: The limit's name: one for each account.
            on_outage: What happens where Redis is away or slow: `"raise"` is a `LimiterError`, and
                nothing is sent; a number up to 1 is the fraction of the rate that this process
                then keeps to by itself.
            timeout: Seconds until Redis counts as away.
            allow_http: Allow `redis://`, which is not encrypted, to other hosts than loopback.

        Raises:
            ConfigurationError: A setting can't be used, or the package `redis` is not installed.
        """
        secret = Secret(url)
        del url  # no traceback from here on shows its password among the local variables
        super().__init__(rate)
        address = parse(secret)
        check_redis(address, allow_http=allow_http)
        if address.name is not None:
            raise ConfigurationError("url: expected no name; give `name=`, or use `from_url`")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigurationError("name: expected letters, digits, '.', ':', '_' or '-'")
        if isinstance(timeout, bool) or not 0 < timeout < float("inf"):
            raise ConfigurationError("timeout: expected seconds above 0")
        self._shown = f"{address.shown!r}, rate={rate:g}, name={name!r}"
        self._spare = _make_spare(rate, on_outage)
        self._ask_again_at = float("-inf")
        try:
            from ip1_async.limits._server import Server  # noqa: PLC0415  # needs the extra
        except ImportError:
            pass
        else:
            self._server = Server(secret, name, timeout)
            return
        raise ConfigurationError("RedisLimiter: needs `pip install 'ip1-async[redis]'`")

    def __repr__(self) -> str:
        return f"RedisLimiter({self._shown})"

    async def aclose(self) -> None:
        """Close the connections; whoever waits gets a `LimiterError`. Safe to call twice."""
        await super().aclose()
        await self._server.aclose()

    async def acquire(self) -> None:
        """Wait for the permission to send one request.

        Raises:
            LimiterError: Redis is away or slow, or this limiter is closed.
            ConfigurationError: It belongs to another event loop or process.
        """
        try:
            await super().acquire()
        except LimiterError:
            if self._spare is None or self._closed:
                raise
        else:
            return
        await self._spare.acquire()

    async def pause(self, seconds: float) -> None:
        """Give nobody a permission for some seconds, at most 120; a longer pause stays.

        Where Redis is away now, the others learn of it as soon as it is back.
        """
        if self._spare is not None:
            await self._spare.pause(seconds)
        await super().pause(seconds)

    async def _put(self, ask: Ask) -> tuple[int, int]:
        if self._clock.now() < self._ask_again_at:
            raise LimiterError("the shared limit was out of reach just now")
        answer = await self._server.ask(ask)
        if not isinstance(answer, str):
            return answer
        self._ask_again_at = self._clock.now() + _HOLD_OFF
        if self._spare is not None:
            await self._spare.pause(_TICK)  # after a pause it gives no burst
        raise LimiterError(f"the shared limit is out of reach ({answer})")


def _make_spare(rate: float, on_outage: str | float) -> RateLimiter | None:
    if on_outage == "raise":
        return None
    if isinstance(on_outage, bool | str) or not 0 < on_outage <= 1:
        raise ConfigurationError("on_outage: expected 'raise', or a fraction from 0 to 1")
    return RateLimiter(rate * on_outage)
