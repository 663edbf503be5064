"""Findings about fields: their forms on the wire, and how often each form occurs."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from ip1_async.cli.probe._requests import Reply
from ip1_async.cli.probe._survey import NOT_SEEN, Finding, Survey

Message = dict[str, Any]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_ABSENT = object()
# The report shows only these values as they came: the documents name them.
_WORDS: dict[str, tuple[str | int, ...]] = {
    "direction": ("mt", "mo", 0, 1),
    "type": ("sms", "flash", 0, 1),
    "datacoding": ("gsm", "ucs", 0, 2),
    "priority": ("1", "2", 1, 2),
    "duration": (0, 1),
    "status": ("delivered",),
}


def form_findings(found: Survey) -> Iterator[Finding]:
    """Report the forms of the fields of messages, and of the totals of a summary."""
    messages = _unlike(found.bare, found.first, found.newest, *found.limits[:1])
    statuses = [each for message in messages for each in _statuses(message)]
    yield _fields("ids", "id", messages, _id_form)
    for path, answer in (("/mt", found.outgoing), ("/mo", found.incoming)):
        yield _direction(path, answer)
    for name in _WORDS:
        if name in ("type", "datacoding", "priority"):
            yield _fields(name, name, messages, partial(_word_form, name))
    for name in ("segments", "price", "mcc", "mnc"):
        yield _fields(name, name, messages, _number_form)
    yield _fields("modified", "modified", messages, _time_form)
    yield _history(messages)
    yield _fields("created of a status", "created", statuses, _time_form)
    yield _fields("code of a status", "code", statuses, _number_form)
    yield _fields("duration of a status", "duration", statuses, partial(_word_form, "duration"))
    summaries = [found.summary.value] if isinstance(found.summary.value, dict) else []
    for name in ("totalMessageCount", "totalSmsCount"):
        yield _fields(name, name, summaries, _number_form)
    if found.bundle.items:
        bundle = found.bundle.items
        yield _fields("v3 status", "status", bundle, partial(_word_form, "status"))
        yield _fields("v3 price", "price", bundle, _number_form)
        yield _fields("v3 modified", "modified", bundle, _time_form)


def _unlike(*answers: Reply) -> list[Message]:
    """Collect the messages of several answers; a message in two of them counts once."""
    by_id = {str(item.get("id")): item for answer in answers for item in answer.items}
    return list(by_id.values())


def _statuses(message: Message) -> list[Message]:
    value = message.get("statuses")
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _fields(
    topic: str, name: str, objects: Iterable[Message], form: Callable[[Any], str]
) -> Finding:
    """Count the forms of one field."""
    return _counted(topic, [_form(each.get(name, _ABSENT), form) for each in objects])


def _counted(topic: str, forms: list[str]) -> Finding:
    counts = Counter(forms).most_common()
    if not counts:
        return Finding(topic, NOT_SEEN, "no message came")
    return Finding(topic, ", ".join(f"{form}: {n}" for form, n in counts), f"of {len(forms)}")


def _form(value: Any, form: Callable[[Any], str]) -> str:
    if value is _ABSENT:
        return "absent"
    if value is None or isinstance(value, bool | list | dict):
        return {type(None): "null", bool: "boolean"}.get(type(value), "list or object")
    return form(value)


def _direction(path: str, answer: Reply) -> Finding:
    topic = f"direction on {path}"
    if not answer.items:
        return Finding(topic, NOT_SEEN, answer.outcome)
    return _fields(topic, "direction", answer.items, partial(_word_form, "direction"))


def _history(messages: list[Message]) -> Finding:
    forms = [f"{len(_statuses(each))} statuses" for each in messages]
    return _counted("statuses in a list", [each.replace("1 statuses", "one") for each in forms])


def _word_form(name: str, value: Any) -> str:
    """Show a documented value as it came, with quotes around a text."""
    if isinstance(value, str):
        return f'"{value}"' if value.lower() in _WORDS[name] else "another text"
    return f"{value} (number)" if value in _WORDS[name] else "another number"


def _number_form(value: Any) -> str:
    if isinstance(value, str):
        return "text of a number" if _NUMBER.fullmatch(value) else "other text"
    return "number" if isinstance(value, int) else "number with decimals"


def _time_form(value: Any) -> str:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return "another form"
    zone = {"Z": "Z", None: "no zone"}.get(found[2], "an offset")
    return f"{zone} and {len(found[1] or '')} digits"


def _id_form(value: Any) -> str:
    if not isinstance(value, str):
        return "number"
    return "24 hex digits" if re.fullmatch("[0-9a-fA-F]{24}", value) else "other text"
