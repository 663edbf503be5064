"""Reads the body of a send, and finds what iP.1's documents say is rejected."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ip1_async.testing._data.clock import moment_of
from ip1_async.testing._messages import Json

Problems = dict[str, str]

_MOST_CHARACTERS = 2_000
_NUMBER = re.compile(r"[0-9]{1,15}")
# The documents give 3 to 11 characters on one line and 1 to 11 on another, and show a space.
_NAME = re.compile(r"[0-9A-Za-z ]{1,11}")
_ALLOWED = {"type": ("sms", "flash"), "datacoding": ("gsm", "ucs"), "priority": (1, 2)}


def problems_of_batch(payload: Json) -> Problems:
    """Find why iP.1 would not accept a batch, by field."""
    problems = missing_texts(("sender", "body"), payload)
    sender, body = str(payload.get("sender")), str(payload.get("body"))
    if not (_NUMBER if sender.isdecimal() else _NAME).fullmatch(sender):
        problems["sender"] = "Expected at most 15 digits, or 11 letters and digits"
    if len(body) > _MOST_CHARACTERS:
        problems["body"] = f"At most {_MOST_CHARACTERS} characters"
    for name, allowed in _ALLOWED.items():
        if payload.get(name, allowed[0]) not in allowed:
            problems[name] = f"Expected {allowed[0]} or {allowed[1]}"
    try:
        windows_of(payload)
    except (TypeError, ValueError, KeyError):
        problems["deliveryWindows"] = "Expected a list of opens and closes in ISO 8601"
    return problems | _problems_of_rest(payload, payload.get("recipients"))


def problems_of_bundle(payload: Json) -> Problems:
    """Find why iP.1 would not accept a bundle, by field."""
    problems = missing_texts(("brand", "agent"), payload)
    if not payload.get("content") and not payload.get("card"):
        problems["content"] = "Content or a card is required"
    recipients = payload.get("recipients")
    return problems | _problems_of_rest(payload, recipients if isinstance(recipients, dict) else ())


def missing_texts(names: Sequence[str], payload: Json) -> Problems:
    """Find which of the fields of these names are missing, blank or no texts."""
    texts = {name: payload.get(name) for name in names}
    wrong = (name for name, text in texts.items() if not isinstance(text, str) or not text.strip())
    return dict.fromkeys(wrong, "A text is required")


def numbers_of(recipients: Any) -> list[Any]:
    """List the numbers of a field `recipients`; the key `default` is none."""
    if isinstance(recipients, Mapping):
        return [each for each in recipients if each != "default"]
    return recipients if isinstance(recipients, list) else []


def windows_of(payload: Json) -> list[tuple[int, int]]:
    """Read when each delivery window opens and closes, as moments.

    Raises:
        KeyError: A window has no `opens` or no `closes`.
        TypeError: The windows are no list of objects with texts.
        ValueError: A time is not in ISO 8601.
    """
    windows = payload.get("deliveryWindows") or []
    return [(_moment(each["opens"]), _moment(each["closes"])) for each in windows]


def _moment(text: str) -> int:
    return moment_of(datetime.fromisoformat(text))


def _problems_of_rest(payload: Json, recipients: Any) -> Problems:
    numbers, tags = numbers_of(recipients), payload.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
        return {"tags": "Expected a list of texts"}
    if not numbers:
        return {"recipients": "At least one recipient is required"}
    if not all(isinstance(each, str) and _NUMBER.fullmatch(each) for each in numbers):
        return {"recipients": "Expected numbers of at most 15 digits"}
    values = recipients.values() if isinstance(recipients, Mapping) else ()
    if not all(isinstance(each, Mapping | None) for each in values):
        return {"recipients": "Expected an object of values for each number"}
    return {}
