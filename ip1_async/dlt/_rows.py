"""Models as rows, exactly: what a column can't hold is in `extra`."""

import json
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, TypeAlias

import attrs
from dlt.common.schema.typing import TColumnSchema

from ip1_async._codec import to_dict
from ip1_async._codec.fields import FIELDS
from ip1_async.models import Batch, Bundle, BundleMessage, Message

Row: TypeAlias = dict[str, Any]
Model: TypeAlias = Message | BundleMessage | Batch | Bundle
_PRECISION, _SCALE = 38, 20  # as in `ip1_async.tables`
_EXACT = Context(prec=_PRECISION, traps=[Inexact, InvalidOperation])
_SMALLEST = Decimal(1).scaleb(-_SCALE)
_LARGEST = 1 << 63
_TEXT: TColumnSchema = {"data_type": "text"}
_WHOLE: TColumnSchema = {"data_type": "bigint"}
_MOMENT: TColumnSchema = {"data_type": "timestamp"}
_COLUMNS: dict[str, TColumnSchema] = {
    "price": {"data_type": "decimal", "precision": _PRECISION, "scale": _SCALE},
    "segments": _WHOLE,
    "priority": _WHOLE,
    "templated": {"data_type": "bool"},
    "created": _MOMENT,
    "code": _WHOLE,
    "duration": _WHOLE,
    "modified": {**_MOMENT, "dedup_sort": "desc"},  # of two in one run the newer counts
}
_CHILDREN = {
    "statuses": ("created", "code", "duration"),
    "delivery_windows": ("opens", "closes"),
    "tags": ("value",),
}
_SUMS = ("price_summary", "message_summary")
# dlt writes a decimal, a time, ... as a text that begins with one of these, and reads any such
# text as one: a message must not begin with them.
_MARKS = tuple(map(chr, range(0xF026, 0xF040)))


def hints_of(model: type, table: str) -> dict[str, Any]:
    """Say how dlt is to keep a model: the types of its columns, and what makes a row the same."""
    names = [field.name for field in attrs.fields(model) if field.name not in (*_CHILDREN, *_SUMS)]
    hints: dict[str, Any] = {
        "table_name": table,
        "write_disposition": "merge",
        "primary_key": "id",
        # Each a copy: dlt notes there what else it knows of a column.
        "columns": {name: {**_COLUMNS.get(name, _TEXT)} for name in names},
    }
    if model is Message:
        named = {name: {"name": name, **_COLUMNS[name]} for name in _CHILDREN["statuses"]}
        hints["nested_hints"] = {"statuses": {"columns": named}}
    return hints


def row_of(model: Model) -> Row:
    """Make a row; a value that its column can't hold exactly is in `extra`, as the API names it."""
    row: Row = {}
    extra = dict(model.extra)
    for wire_name, field in FIELDS[type(model)].items():
        value = getattr(model, field.name)
        if field.name in _SUMS:  # a listing has none
            whole = not value
        else:
            row[field.name], whole = _held_by(field.name, value)
        if not whole:
            extra[wire_name] = to_dict(model)[wire_name]
    row["extra"] = json.dumps(extra, separators=(",", ":")) if extra else None
    return row


def _held_by(name: str, value: Any) -> tuple[Any, bool]:
    """Give what a column can hold of a value, and whether that is all of it."""
    if value is None:
        return None, True
    if name in _CHILDREN:
        return _held_children(value, _CHILDREN[name])
    hold: Callable[[Any], Any] = _HOLD.get(name, _held_text)
    held = hold(value)
    return held, bool(held == value)


def _held_children(values: Iterable[Any], columns: Iterable[str]) -> tuple[list[Row], bool]:
    rows, whole = [], True
    for value in values:
        texts = {"value": value} if isinstance(value, str) else {}
        held = {name: _held_by(name, texts.get(name) or getattr(value, name)) for name in columns}
        rows.append({name: value for name, (value, _) in held.items()})
        whole = (
            whole and not getattr(value, "extra", None) and all(fits for _, fits in held.values())
        )
    return rows, whole


def _held_text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None  # an enum's value that is unknown
    text = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"\N{REPLACEMENT CHARACTER}{text[1:]}" if text.startswith(_MARKS) else text


def _held_number(value: int) -> int | None:
    return int(value) if abs(value) < _LARGEST else None


def _held_price(value: Decimal) -> Decimal | None:
    try:
        _EXACT.quantize(value, _SMALLEST)
    except ArithmeticError:
        return None
    return value


def _as_it_is(value: Any) -> Any:
    return value


_HOLD: dict[str, Callable[[Any], Any]] = {
    "price": _held_price,
    **dict.fromkeys(("modified", "created", "opens", "closes", "templated"), _as_it_is),
    **dict.fromkeys(("segments", "priority", "code", "duration"), _held_number),
}
