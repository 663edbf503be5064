"""Bodies of hooks to models, without I/O."""

from typing import Any, TypeAlias

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
    try:
        if isinstance(obj, dict) and "body" in obj:
            return structure(obj, Message)
        if isinstance(obj, dict) and "code" in obj:
            return structure(_newer_form(obj), DeliveryReport)
        reason = "expected a delivery report or a message"
    except ValueError as error:
        reason = str(error)
    raise InvalidResponseError(f"$: {reason}")


def _newer_form(report: dict[str, Any]) -> dict[str, Any]:
    """Call the id `id`, as the newer of the two documented forms does."""
    if "messageId" not in report or report.get("id") is not None:
        return report
    rest = {key: value for key, value in report.items() if key != "messageId"}
    return {**rest, "id": report["messageId"]}
