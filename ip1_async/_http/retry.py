"""When a failed GET is sent again; the loop that applies it is in `transport`.

tenacity, and stamina on top of it, count a call's time from its beginning, and so would count
the wait for the rate limit too; ours counts from the first failure, and leaves that wait out.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from ip1_async.errors import (
    HTTPStatusError,
    IP1Error,
    RateLimitError,
    ServerError,
    TransportError,
)

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 20.0
_PAUSE_AFTER_429 = 1.0  # seconds, where the server names none


@attrs.define
class RetryBudget:
    """How long one call may go on failing.

    Attributes:
        retry_for: Seconds from the first failure on; 0 is never again.
        failures: Failures so far that may be the call's own fault; each one doubles its back-off.
        waited: Seconds for which the call waited for the rate limit. They do not count.
    """

    retry_for: float
    failures: int = 0
    waited: float = 0.0
    _end: float | None = None  # on a clock that stops while `waited` grows

    def left(self, now: float) -> float:
        """Give the seconds that are left; the first time, all of them."""
        if self._end is None:
            self._end = now - self.waited + self.retry_for
        return self._end - (now - self.waited)

    def delay_after(self, error: IP1Error, now: float, chance: float) -> float | None:
        """Say how many seconds to wait after an error, with full jitter; `None` is give up.

        Args:
            error: What went wrong last.
            now: The time.
            chance: A number from 0 to 1.
        """
        left = self.left(now)
        # A wait that is too long is not cut short: the server would be hit before it is ready.
        asked = asked_by(error)
        if left <= 0 or asked > left or not is_transient(error):
            return None
        # Beyond ten failures the cap holds, and the power would only grow.
        longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(self.failures - 1, 10))
        return max(asked, min(longest * chance, left))


def asked_by(error: IP1Error) -> float:
    """Give the seconds to wait that a server asks for."""
    return error.retry_after or 0.0 if isinstance(error, HTTPStatusError) else 0.0


def is_transient(error: IP1Error) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, TransportError):
        return error.transient
    return isinstance(error, RateLimitError | ServerError)


def pause_after(error: IP1Error) -> float:
    """Say for how many seconds everybody on the account should hold back after an error."""
    # A refusal of one request, such as a 404, says nothing about the others.
    if not is_transient(error):
        return 0.0
    return asked_by(error) or (_PAUSE_AFTER_429 if isinstance(error, RateLimitError) else 0.0)


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
