"""When messages happen: five years of working weeks, in microseconds."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate

SECOND = 1_000_000
MINUTE = 60 * SECOND
_HOUR = 60 * MINUTE
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
SPAN = 260 * _WEEK
_MONDAY = datetime(2021, 3, 1, tzinfo=UTC)

# Shares of a week's traffic, in thousandths: before 7 o'clock, 7 to 18, after 18.
_WORKDAY = (5, 157, 22)
_SATURDAY = (4, 30, 14)
_SUNDAY = (4, 14, 14)
_SHARES = (*_WORKDAY * 5, *_SATURDAY, *_SUNDAY)
_LENGTHS = (7 * _HOUR, 11 * _HOUR, 6 * _HOUR) * 7
_EVEN = tuple(accumulate((share * _WEEK // 1000 for share in _SHARES), initial=0))
_REAL = tuple(accumulate(_LENGTHS, initial=0))


def moment_of(when: datetime) -> int:
    """Read a time as a moment; one without a zone is UTC."""
    return (when.replace(tzinfo=when.tzinfo or UTC) - _MONDAY) // timedelta(microseconds=1)


def office_hours(even: int) -> int:
    """Move an evenly spread moment into busy hours; the order of moments stays."""
    week, within = divmod(even, _WEEK)
    slot = bisect_right(_EVEN, within) - 1
    stretched = (within - _EVEN[slot]) * _LENGTHS[slot] // (_EVEN[slot + 1] - _EVEN[slot])
    return week * _WEEK + _REAL[slot] + stretched


def timestamp(moment: int, digits: int = 0) -> str:
    """Write a moment as the API does: UTC with `Z`, and 0 to 7 fractional digits."""
    whole = (_MONDAY + timedelta(microseconds=moment)).isoformat()[:19]
    if not digits:
        return whole + "Z"
    return f"{whole}.{f'{moment % SECOND:06d}7'[:digits]}Z"
