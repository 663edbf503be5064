"""Bodies of hooks to models, without I/O."""

from typing import Any, TypeAlias

from ip1_async._codec import decode
from ip1_async._codec.bodies import load
from ip1_async._codec.convert import structure
from ip1_async.errors import InvalidResponseError
from ip1_async.models import DeliveryReport, Message

HookEvent: TypeAlias = DeliveryReport | Message


def parse(body: bytes) -> HookEvent:
    """Read what iP.1 posts: a delivery report in both its documented forms, or an incoming SMS.

    Nothing in it is certain to be true: iP.1 signs nothing, and anybody can post this. Unknown
    fields, and values that can't be read as their type, are in `extra`.

    Raises:
        InvalidResponseError: The body is neither.
    """
    obj = load(body)
    if isinstance(obj, dict) and "body" in obj:
        return decode(body, Message)
    if not isinstance(obj, dict) or "code" not in obj:
        raise InvalidResponseError("$: expected a delivery report or a message")
    if "messageId" not in obj or obj.get("id") is not None:
        return decode(body, DeliveryReport)
    return _older_form(obj)


def _older_form(report: dict[str, Any]) -> DeliveryReport:
    """Read a report that calls its id `messageId`."""
    try:
        report["id"] = report.pop("messageId")
        return structure(report, DeliveryReport)
    except ValueError as error:
        reason = str(error)
    raise InvalidResponseError(f"$: {reason}")
