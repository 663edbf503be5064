"""When a failed GET is sent again; the loop that applies it is elsewhere.

tenacity, and stamina on top of it, count a call's time from its beginning, and so would count
the wait for the rate limit too; ours counts from the first failure, and leaves that wait out.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from ip1_async.errors import HTTPStatusError, IP1Error, RateLimitError, ServerError, TransportError

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 20.0
_PAUSE_AFTER_429 = 1.0  # seconds, where the server names none
_OUTAGE_AFTER = 5.0  # seconds without any answer
_BETWEEN_RETRIES = 0.55  # seconds, in an outage: at most two in any second


def delay_after(
    error: IP1Error, failures: int, left: float, random: Callable[[], float]
) -> float | None:
    """Say how many seconds to wait before the next attempt, with full jitter; `None` is give up.

    Args:
        error: What went wrong last.
        failures: How often this call failed so far.
        left: Seconds to go on retrying.
        random: Gives numbers from 0 to 1.
    """
    # A wait that is too long is not cut short: the server would be hit before it is ready.
    asked = error.retry_after or 0.0 if isinstance(error, HTTPStatusError) else 0.0
    if left <= 0 or asked > left or not is_transient(error):
        return None
    # Beyond ten failures the cap holds, and the power would only grow.
    jitter = random() * min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures - 1, 10))
    return max(asked, min(jitter, left))


def is_transient(error: IP1Error) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, TransportError):
        return error.transient
    return isinstance(error, RateLimitError | ServerError)


def pause_after(error: IP1Error) -> float:
    """Say for how many seconds everybody on the account should hold back after an error."""
    if not isinstance(error, HTTPStatusError):
        return 0.0
    hasty = isinstance(error, RateLimitError)
    return error.retry_after or (_PAUSE_AFTER_429 if hasty else 0.0)


@attrs.define(eq=False)
class Outage:
    """Slows down all retries of a client while nothing at all gets through.

    Sixteen pages that back off each by themselves would still be up to 32 requests in a second.
    """

    _clock: Callable[[], float]
    _sleep: Callable[[float], Awaitable[None]]
    _since: float | None = None
    _free_at: float = float("-inf")

    def note(self, *, failed: bool) -> None:
        """Note how a request ended; any answer that is no failure of the server ends an outage."""
        if not failed:
            self._since = None
        elif self._since is None:
            self._since = self._clock()

    async def wait_turn(self, left: float) -> bool:
        """Wait until one more retry may be sent: its turn has come, or the outage is over.

        Args:
            left: Seconds after which it need not be sent any more; then the answer is `False`.
        """
        deadline = self._clock() + left
        while self._since is not None:
            now = self._clock()
            if now - self._since <= _OUTAGE_AFTER:
                return True
            if now >= self._free_at:
                self._free_at = now + _BETWEEN_RETRIES
                return True
            if now >= deadline:
                return False
            await self._sleep(min(self._free_at, deadline) - now)
        return True


def parse_retry_after(value: str, now: datetime | None = None) -> float | None:
    """Read a `Retry-After` header, seconds or a date, as seconds from now; `None` if unreadable."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None
