"""Bytes to models and back.

Pages of the usual form are read at the speed of C, everything else in the tolerant way; both give
the same models.
"""

import codecs
import json
from datetime import datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any, NoReturn, TypeVar

import msgspec

from ip1_async._codec import fast
from ip1_async._codec.fields import FIELDS
from ip1_async.errors import InvalidResponseError
from ip1_async.models import Direction

T = TypeVar("T")
_MISMATCHES_NAMED = 3
_LONGEST_INTEGER = 300  # digits; JSON readers refuse thousands


# Bodies.


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def parse(body: bytes) -> Any:
    """Parse JSON, strictly: UTF-8, no NaN, no Infinity, no number beyond a float's range."""
    text = body.removeprefix(codecs.BOM_UTF8).decode()
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _load(body: bytes) -> Any:
    try:
        return parse(body)
    except (ValueError, RecursionError) as error:
        # The cause would quote the body, and with it a message.
        raise InvalidResponseError(f"the body is not JSON ({type(error).__name__})") from None


def decode(body: bytes, model: type[T]) -> T:
    """Read one object.

    Raises:
        InvalidResponseError: The body is not JSON, or no object with an id.
    """
    obj = _load(body)
    try:
        return _structure(obj, model)
    except ValueError as error:
        raise InvalidResponseError(f"$: {error}") from None


def decode_page(body: bytes, model: type[T], direction: Direction | None = None) -> list[T]:
    """Read an array of objects.

    Args:
        body: The answer's body.
        model: What the array holds.
        direction: What the endpoint says about the direction; it overrules numbers and gaps.

    Raises:
        InvalidResponseError: The body is not JSON, not an array, or an item is no object with an
            id; the first three of those are named by their JSON path.
    """
    forced = None if direction is None else direction.value
    try:
        return fast.READERS[model](body, forced)
    except (ValueError, ArithmeticError, RecursionError, msgspec.MsgspecError):
        return _decode_any(body, model, forced)


def _decode_any(body: bytes, model: type[T], direction: str | None) -> list[T]:
    array = _load(body)
    if type(array) is not list:
        raise InvalidResponseError("$: expected an array")
    if direction is not None:
        for obj in array:
            if type(obj) is dict and type(obj.get("direction")) in (int, NoneType):
                obj["direction"] = direction
    models: list[T] = []
    mismatches = []
    for index, obj in enumerate(array):
        try:
            models.append(_structure(obj, model))
        except ValueError as error:
            mismatches.append(f"$[{index}]: {error}")
    if mismatches:
        raise InvalidResponseError("; ".join(mismatches[:_MISMATCHES_NAMED]))
    return models


def _structure(obj: Any, model: type[T]) -> T:
    # Most programs never need it, and cattrs takes its time to import.
    from ip1_async._codec.lenient import structure  # noqa: PLC0415

    return structure(obj, model)


# And back.


def _plain_number(number: Decimal) -> int | float | str:
    """Give a JSON number where it says the same, else the text."""
    if number.as_tuple().exponent == 0 and number.adjusted() < _LONGEST_INTEGER:
        return int(number)
    approximation = float(number)
    return approximation if Decimal(repr(approximation)) == number else str(number)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [to_dict(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_dict(count) for key, count in value.items()}
    return value


def to_dict(model: Any) -> dict[str, Any]:
    """Give a model in the names of the wire, ready for JSON.

    Fields that are `None` or empty are left out; what stands in `extra` comes back in its place.

    Raises:
        TypeError: The object is no model of this package.
    """
    try:
        fields = FIELDS[type(model)]
    except KeyError:
        raise TypeError(f"not a model of ip1_async: {type(model).__name__}") from None
    values = ((key, getattr(model, field.name)) for key, field in fields.items())
    plain = {key: _plain(value) for key, value in values if value not in (None, (), {})}
    return {**plain, **model.extra}


def to_json(model: Any) -> str:
    """Give a model as one line of JSON, in the names of the wire.

    Raises:
        TypeError: The object is no model of this package.
    """
    plain = to_dict(model)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half an emoji, where a text was cut
        return json.dumps(plain, separators=(",", ":"))
    return text
