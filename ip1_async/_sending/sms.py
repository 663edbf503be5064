"""The body of a send, checked: what iP.1 documents as rejected never leaves.

What the documents leave open goes through. Texts of errors name places, never a number.
"""

import re
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from ip1_async._sending.checks import check_tags, given, optional_text, values_by_number
from ip1_async._sending.keys import MARK
from ip1_async._template import Recipients, RecipientsLike
from ip1_async.models import DataCoding, DeliveryWindow, MessageType
from ip1_async.segments import beyond_gsm

TypeLike = MessageType | Literal["sms", "flash"]
CodingLike = DataCoding | Literal["gsm", "ucs"]
Window = DeliveryWindow | tuple[datetime, datetime]
_NUMBER = re.compile("[0-9]{1,15}")
_LONGEST_BODY = 2_000
_TIMES = ("opens", "closes")
_NAME = re.compile(r"[0-9A-Za-z ]{1,11}")


def make_body(
    key: str,
    *,
    sender: str,
    recipients: RecipientsLike,
    body: str,
    type: TypeLike = "sms",  # noqa: A002  # the API's name
    datacoding: CodingLike = "ucs",
    priority: int = 1,
    delivery_windows: Iterable[Window] = (),
    delivery_report_url: str | None = None,
    reference: str | None = None,
    tags: Iterable[str] = (),
) -> dict[str, Any]:
    """Make what `POST /v2/batches` takes (API manual, Sending).

    Raises:
        ValueError: The API would reject it, or it can't be what was meant.
    """
    coding = _choose("datacoding", datacoding, ("gsm", "ucs"))
    return given(
        {
            "sender": _check_sender(sender),
            "recipients": _check_recipients(recipients, _check_text(body), coding),
            "body": body,
            "type": _choose("type", type, ("sms", "flash")),
            "datacoding": coding,
            "priority": _check_priority(priority),
            "deliveryWindows": [_window(each) for each in delivery_windows],
            "deliveryReportUrl": optional_text("delivery_report_url", delivery_report_url),
            "reference": optional_text("reference", reference),
            "tags": [*check_tags(tags), f"{MARK}{key}"],
        }
    )


def _check_sender(sender: str) -> str:
    text = sender if isinstance(sender, str) else ""
    if _NUMBER.fullmatch(number := text.removeprefix("+")):
        return number
    # One line of the manual asks for 3 to 11 characters, another one for 1 to 11.
    if not _NAME.fullmatch(text) or text.isspace():
        raise ValueError(
            "sender: expected at most 15 digits, or a name of 1 to 11 characters 0-9A-Za-z"
        )
    if " " in sender:
        warnings.warn(
            "sender: the API's manual allows no space, yet shows one in registered senders",
            stacklevel=4,
        )
    return sender


def _check_text(body: str) -> str:
    if not isinstance(body, str) or not body.strip():
        raise ValueError("body: expected a text that is not blank")
    if len(body) > _LONGEST_BODY:
        raise ValueError("body: expected at most 2,000 characters")
    return body


def _check_recipients(
    given: RecipientsLike, body: str, datacoding: str
) -> list[str] | dict[str, dict[str, str]]:
    recipients = Recipients.read(given)
    for place, number in enumerate(recipients.values, 1):
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"recipient {place}: expected at most 15 digits and nothing else")
    for place, (_, text) in enumerate(recipients.texts(body), 1):
        if not text.strip():
            raise ValueError(f"recipient {place}: the text is blank, as its values are")
        if datacoding == "gsm" and beyond_gsm(text):
            raise ValueError(f"recipient {place}: the text has characters that gsm lacks")
    if not recipients.has_templates:
        return list(recipients.values)
    return values_by_number(recipients)


def _choose(name: str, value: Any, choices: tuple[str, ...]) -> str:
    # An enum's value may be in capitals, as answers have it.
    if not isinstance(value, str) or value.lower() not in choices:
        raise ValueError(f"{name}: expected {' or '.join(choices)}")
    return value.lower()


def _check_priority(priority: int) -> int:
    if type(priority) is not int or priority not in (1, 2):
        raise ValueError("priority: expected 1 or 2")
    return priority


def _window(window: Window) -> dict[str, str]:
    times: tuple[Any, ...]
    times = (window.opens, window.closes) if isinstance(window, DeliveryWindow) else tuple(window)
    if len(times) != len(_TIMES) or not all(isinstance(time, datetime) for time in times):
        raise ValueError("delivery_windows: expected a time for opens and for closes")
    aware = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in times)
    return {name: time.isoformat() for name, time in zip(_TIMES, aware, strict=True)}
