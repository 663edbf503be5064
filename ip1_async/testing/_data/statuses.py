"""Status codes in believable shares, and the statuses before the latest one."""

from bisect import bisect_right
from itertools import accumulate
from typing import Any

from ip1_async.testing._data.clock import SECOND, timestamp
from ip1_async.testing._data.files import read_table

# How many of ten thousand messages have a code; all others were delivered (201).
_RARE: dict[int, int] = {int(code): share for code, share in read_table("shares").items()}
_CODES = (*_RARE, 201)
_BOUNDS = tuple(accumulate(_RARE.values()))
_INCOMING = (110, 112, 113, *(201,) * 61)
_WAY = (101, 103, 102, 110, 111, 112)
_BEFORE = {102: _WAY[:1], 103: _WAY[:1], 104: (101, 103, 110, 511), 110: _WAY[:3], 203: (101, 102)}
_REJECTION, _ERROR = 4, 5


def outgoing_code(bits: int) -> int:
    """Draw the latest code of an outgoing message."""
    return _CODES[bisect_right(_BOUNDS, bits % 10_000)]


def incoming_code(bits: int) -> int:
    """Draw the latest code of an incoming message."""
    return _INCOMING[bits % len(_INCOMING)]


def steps_to(code: int) -> tuple[int, ...]:
    """List the codes that a message goes through, the given one last."""
    return (*_way_to(code), code)


def latest(code: int, moment: int, bits: int) -> list[dict[str, Any]]:
    """Show only the latest status, as lists do."""
    return [_status(code, timestamp(moment), bits)]


def history(code: int, moment: int, bits: int) -> list[dict[str, Any]]:
    """Show every status; the documents promise no order, so one history in four is reversed."""
    codes = steps_to(code)
    steps = [
        _status(each, timestamp(moment - (len(codes) - 1 - place) * 3 * SECOND), bits)
        for place, each in enumerate(codes)
    ]
    return steps[::-1] if bits % 4 == 0 else steps


def _way_to(code: int) -> tuple[int, ...]:
    if code in _BEFORE:
        return _BEFORE[code]
    if code in _WAY:
        return _WAY[: _WAY.index(code)]
    if code // 100 == _REJECTION:
        return _WAY[:1]
    return _WAY[:5] if code // 100 == _ERROR or code in {113, 114} else _WAY


def _status(code: int, created: str, bits: int) -> dict[str, Any]:
    # The documents print 201 with duration 0, though it is final. One message in 32 does it too.
    final = code >= 200 and not (code == 201 and bits % 32 == 1)  # noqa: PLR2004 (API codes)
    return {"created": created, "code": code, "duration": int(final)}
