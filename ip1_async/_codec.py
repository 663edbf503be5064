"""Bytes to models and back: the one place that knows the forms of the wire.

The documents disagree about most fields, so every scalar has a tolerant reader. A value that no
reader takes costs its field, not its message: it stands in `extra`, as unknown fields do.
"""

import codecs
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from math import isfinite
from operator import eq
from types import NoneType
from typing import Any, NoReturn, TypeVar

import attrs
import cattrs
import msgspec

from ip1_async import _usual, _wire
from ip1_async.errors import InvalidResponseError
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
from ip1_async.models._base import NOTHING

T = TypeVar("T")
_MISMATCHES_NAMED = 3
_LONGEST_INTEGER = 300  # digits; JSON readers refuse thousands
_MODELS: tuple[Any, ...] = (Status, StatusCount, ConversationSummary, Message, BundleMessage)


# Models.


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


_FIELDS = {
    model: {_camel(a.name): a for a in attrs.fields(model) if a.name != "extra"}
    for model in _MODELS
}


def _statuses(value: Any, _: Any = None) -> tuple[Status, ...]:
    if value is None:
        return ()
    if type(value) is not list:
        raise ValueError
    return tuple([_converter.structure(item, Status) for item in value])


def _counts(value: Any, _: Any = None) -> dict[int, StatusCount]:
    if value is None:
        return {}
    counts = {int(code): _converter.structure(item, StatusCount) for code, item in value.items()}
    if len(counts) < len(value):  # "201" and "0201": one of them would be lost
        raise ValueError
    return counts


def _tolerant(model: Any) -> Callable[[Any, Any], Any]:
    """Make the reader of a model: what a field's reader refuses is kept in `extra`."""
    hooks = {
        key: (field.name, _converter.get_structure_hook(field.type), field.type)
        for key, field in _FIELDS[model].items()
    }

    def structure(obj: Any, _: Any) -> Any:
        if type(obj) is not dict:
            raise ValueError("expected an object")
        values, extra = {}, {}
        for key, value in obj.items():
            try:
                name, hook, kind = hooks[key]
                values[name] = hook(value, kind)
            except Exception:  # noqa: BLE001  # whatever is wrong with a value, its field pays
                extra[key] = value
        if "id" in hooks and not values.get("id"):
            raise ValueError("no readable id")
        return model(**values, extra=extra or NOTHING)

    return structure


_converter = cattrs.Converter(detailed_validation=False)
_READERS: dict[Any, Callable[..., Any]] = {
    str: _wire.text,
    str | None: _wire.text,
    int | None: _wire.integer,
    Decimal | None: _wire.amount,
    datetime | None: _wire.time,
    Direction | str | int | None: _wire.direction,
    MessageType | str | int | None: _wire.type_,
    DataCoding | str | int | None: _wire.datacoding,
    MessageStatusCode | int | None: _wire.code,
    tuple[Status, ...]: _statuses,
    dict[int, StatusCount]: _counts,
}
for _annotation, _reader in _READERS.items():
    if isinstance(_annotation, type):
        _converter.register_structure_hook(_annotation, _reader)
    else:
        _converter.register_structure_hook_func(partial(eq, _annotation), _reader)
for _model in _MODELS:
    _converter.register_structure_hook(_model, _tolerant(_model))


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
    return _structure(_load(body), model, "$")


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
        return _usual.READERS[model](body, forced)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return _decode_any(body, model, forced)


def _decode_any(body: bytes, model: type[T], direction: str | None) -> list[T]:
    array = _load(body)
    if type(array) is not list:
        raise InvalidResponseError("$: expected an array")
    if direction is not None:
        for obj in array:
            if type(obj) is dict and type(obj.get("direction")) in (int, NoneType):
                obj["direction"] = direction
    structure = _converter.get_structure_hook(model)
    try:
        return [structure(obj, model) for obj in array]
    except ValueError:
        raise InvalidResponseError("; ".join(_mismatches(array, model))) from None


def _structure(obj: Any, model: type[T], path: str) -> T:
    try:
        return _converter.structure(obj, model)
    except ValueError as error:
        raise InvalidResponseError(f"{path}: {error}") from None


def _mismatches(array: list[Any], model: type[Any]) -> list[str]:
    found: list[str] = []
    for index, obj in enumerate(array):
        try:
            _structure(obj, model, f"$[{index}]")
        except InvalidResponseError as error:
            found.append(str(error))
        if len(found) == _MISMATCHES_NAMED:
            break
    return found


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
        fields = _FIELDS[type(model)]
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
