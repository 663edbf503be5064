"""Reads the fields of a message that the simulator needs, and writes messages as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from ip1_async.testing._data.conversations import Tally

MessageDict = dict[str, Any]
Json = dict[str, Any]  # any object: a batch, a report, the body of a request

_SECOND = len("2026-03-01T10:00:00")
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def encode(value: Any) -> bytes:
    """Write JSON as compactly as the service does; lone surrogates survive as escapes."""
    return _write(value).encode("utf-8", "backslashreplace")


def check_new(messages: int | Sequence[MessageDict]) -> None:
    """Check what the caller adds to a list: how many messages, or the messages themselves.

    Raises:
        TypeError: It is neither, or a message can't be written as JSON.
        ValueError: The number is below 0.
    """
    if isinstance(messages, int):
        if messages < 0:
            raise ValueError(f"expected a number of messages from 0, not {messages}")
        return
    if not isinstance(messages, Sequence) or not all(isinstance(each, dict) for each in messages):
        raise TypeError("expected a number of messages, or a list of dicts in the wire's form")
    encode(messages)


def direction_of(message: MessageDict) -> str:
    """Read the direction in any of its wire forms: `mt` or `mo`."""
    value = message.get("direction")
    return {"0": "mt", "1": "mo"}.get(str(value), str(value).lower())


def second_of(message: Any) -> str | None:
    """Read the second of the last update; `None` if the message has none."""
    moment = message.get("modified") if isinstance(message, dict) else None
    return moment[:_SECOND] if isinstance(moment, str) else None


def tally_of(message: MessageDict) -> tuple[str, int, int]:
    """Read direction, latest status code and segments."""
    # Of two statuses with the same time, the later in the list is the latest.
    statuses = sorted(message.get("statuses") or (), key=lambda status: str(status.get("created")))
    code = int(statuses[-1]["code"]) if statuses else 0
    return direction_of(message), code, int(message.get("segments") or 0)


def count_codes(tally: Tally, wanted: str) -> dict[str, dict[str, int]]:
    """Count messages and SMS of one direction by status code, as summaries do."""
    codes: dict[str, dict[str, int]] = {}
    for (direction, code, segments), times in sorted(tally.items()):
        if direction == wanted:
            counts = codes.setdefault(str(code), {"messages": 0, "sms": 0})
            counts["messages"] += times
            counts["sms"] += times * segments
    return codes
