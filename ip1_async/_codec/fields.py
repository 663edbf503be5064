"""The names and values of the wire: the documents disagree about most fields.

A reader takes a value in every documented form but null, and raises for what it can't read. It is
told the type too, as cattrs passes it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any

import attrs
import msgspec

from ip1_async.models import (
    BundleMessage,
    ConversationSummary,
    DataCoding,
    Direction,
    Message,
    MessageStatusCode,
    MessageType,
    Status,
    StatusCount,
)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


_MODELS: tuple[Any, ...] = (Status, StatusCount, ConversationSummary, Message, BundleMessage)
FIELDS = {
    model: {_camel(a.name): a for a in attrs.fields(model) if a.name != "extra"}
    for model in _MODELS
}
"""The fields of every model by their names on the wire; a model stands after those it holds."""


def text(value: Any, _: Any = None) -> str:
    """Read a text; a number is its digits."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise ValueError


def integer(value: Any, _: Any = None) -> int:
    """Read a whole number, or its digits."""
    if type(value) is int:
        return value
    if type(value) is str or (type(value) is float and value.is_integer()):
        return int(value)
    raise ValueError


@lru_cache(maxsize=4096)
def money(number: float | None) -> Decimal | None:
    """Read a number of JSON as an amount; few prices make up most messages."""
    # repr of a float is its shortest text: the text of the JSON up to 15 digits. 1.0 and 1 are
    # one key of the cache, and so must give one answer.
    return None if number is None else Decimal(repr(number).removesuffix(".0"))


def amount(value: Any, _: Any = None) -> Decimal | None:
    """Read an amount of money, as a number or its digits."""
    if type(value) in (int, float):
        return money(value)
    if type(value) is str and (number := Decimal(value)).is_finite():
        return number
    raise ValueError


def utc(moment: datetime) -> datetime:
    """Turn a time to UTC; one without a zone is in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def time(value: Any, _: Any = None) -> datetime:
    """Read a time in ISO 8601; a seventh digit of its seconds is rounded."""
    try:
        return utc(msgspec.convert(value, datetime))
    except msgspec.ValidationError:  # it knows RFC 3339 only
        return utc(datetime.fromisoformat(value))


def _forms(members: Iterable[Enum], numbers: Mapping[int, Enum]) -> dict[Any, Any]:
    texts = {form: each for each in members for form in (each.value, each.value.lower())}
    return {**texts, **numbers}


DIRECTIONS = _forms(Direction, {0: Direction.MT, 1: Direction.MO})
TYPES = _forms(MessageType, {0: MessageType.FLASH, 1: MessageType.SMS})
CODINGS = _forms(DataCoding, {0: DataCoding.GSM, 2: DataCoding.UCS})
CODES = {code.value: code for code in MessageStatusCode}


def _member(forms: Mapping[Any, Any]) -> Callable[..., Any]:
    """Make a reader that keeps what it does not know: more values may come at any time."""

    def read(value: Any, _: Any = None) -> Any:
        if type(value) is str:
            return forms.get(value) or forms.get(value.lower(), value)
        if type(value) is int:
            return forms.get(value, value)
        if value is None:
            return None
        raise ValueError

    return read


direction = _member(DIRECTIONS)
type_ = _member(TYPES)
datacoding = _member(CODINGS)


def code(value: Any, _: Any = None) -> MessageStatusCode | int:
    """Read a status code, as a number or its digits."""
    number = integer(value)
    return CODES.get(number, number)


FORMS: dict[Any, tuple[Callable[..., Any], Any, str]] = {
    str: (text, Annotated[str, msgspec.Meta(min_length=1)], "{}"),
    str | None: (text, str, "{}"),
    int | None: (integer, int, "{}"),
    Decimal | None: (amount, int | float, "money({})"),
    datetime | None: (time, datetime, "v if (v := {}) is None or v.tzinfo is UTC else utc(v)"),
    Direction | str | int | None: (direction, str | int, "DIRECTIONS.get({0}) or direction({0})"),
    MessageType | str | int | None: (type_, str | int, "TYPES.get({0}) or type_({0})"),
    DataCoding | str | int | None: (datacoding, str | int, "CODINGS.get({0}) or datacoding({0})"),
    MessageStatusCode | int | None: (code, int, "CODES.get({0}, {0})"),
}
"""By the annotation of a field: its reader, the type of its usual form, and how that is read."""
