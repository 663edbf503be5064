"""Turn messages into Arrow columns without rounding.

Rows take the fast way through JSON: msgspec writes it and pyarrow reads it, both in C. If a value
does not fit its column, the fast way fails, and the columns are made one by one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow.json import ParseOptions, ReadOptions, read_json

from ip1_async._codec import to_dict
from ip1_async._codec.fields import PRICES
from ip1_async.models import Message
from ip1_async.tables._rows import Row, as_message

_TIME = pa.timestamp("us", tz="UTC")
_PRICE = pa.decimal128(38, 20)
_STATUS = pa.struct([("created", _TIME), ("code", pa.int32()), ("duration", pa.int32())])
# Texts are plain strings: Parquet makes dictionaries of them by itself, and every other reader
# can compare and join them.
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("batch_id", pa.string()),
        ("owner", pa.string()),
        ("sender", pa.string()),
        ("recipient", pa.string()),
        ("body", pa.string()),
        ("direction", pa.string()),
        ("segments", pa.int32()),
        ("type", pa.string()),
        ("datacoding", pa.string()),
        ("priority", pa.int32()),
        ("price", _PRICE),
        ("currency", pa.string()),
        pa.field("statuses", pa.list_(_STATUS), nullable=False),
        ("modified", _TIME),
        ("reference", pa.string()),
        ("mcc", pa.string()),
        ("mnc", pa.string()),
        ("extra", pa.string()),
    ]
)
"""The columns of every table: the fields of `Message`, in their order."""

BATCH_SIZE = 8_192
"""The default number of messages in a batch; making one takes some 20 MB."""

# pyarrow raises these for a value of the wrong type or size, and Python for a lone surrogate.
_MISFIT = (pa.ArrowInvalid, pa.ArrowTypeError, ArithmeticError, UnicodeEncodeError)
# Refuses to round: pyarrow would silently turn 1e-234 into zero.
_EXACT = Context(prec=_PRICE.precision, traps=[Inexact, InvalidOperation])
_SMALLEST = Decimal(1).scaleb(-_PRICE.scale)
_RENAMED = {"batch_id": "batchId"}  # the only name that differs on the wire
_STATUS_KINDS = [field.type for field in _STATUS]
_KNOWN = pa.schema([field for field in SCHEMA if field.name != "extra"])
_STATUSES = _KNOWN.get_field_index("statuses")
_options = partial(ParseOptions, unexpected_field_behavior="ignore")
_OF_MESSAGES = _options(_KNOWN)
_OF_ROWS = _options(
    pa.schema([each.with_name(_RENAMED.get(each.name, each.name)) for each in _KNOWN])
)
_encode = msgspec.json.Encoder().encode_lines
_nulls = partial(pa.nulls, type=pa.string())
_values_of_status = attrgetter(*_STATUS.names)


def from_messages(messages: Iterable[Message]) -> pa.Table:
    """Make a table of messages, all of it in memory."""
    return pa.Table.from_batches(batches(messages, BATCH_SIZE), SCHEMA)


def batches(rows: Iterable[Row], size: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of `size`, the last one smaller."""
    left = iter(rows)
    while group := list(islice(left, size)):
        yield _batch(group)


def _batch(rows: Sequence[Row]) -> pa.RecordBatch:
    if any(type(row) is Message for row in rows):
        return _batch_of(list(map(as_message, rows)))
    try:
        columns = _columns_by_json(rows, _OF_ROWS)
    except _MISFIT:
        return _batch_of(list(map(as_message, rows)))
    return pa.RecordBatch.from_arrays([*columns, _nulls(len(rows))], schema=SCHEMA)


def _batch_of(messages: Sequence[Message]) -> pa.RecordBatch:
    extras = [_extra(message) for message in messages]
    try:
        columns = _columns_by_json(messages, _OF_MESSAGES)
    except _MISFIT:
        columns = [_column(field, messages, extras) for field in _KNOWN]
    return pa.RecordBatch.from_arrays([*columns, _extra_column(extras)], schema=SCHEMA)


def _columns_by_json(rows: Sequence[Row], options: ParseOptions) -> list[pa.Array]:
    """Make all columns but `extra` at once; this fails if a value does not fit its column."""
    for price in {row.price for row in rows} - {None}:
        # pyarrow misreads a number with too many digits.
        _EXACT.quantize(price if type(price) is Decimal else PRICES[price], _SMALLEST)
    text = _encode(rows)
    reading = ReadOptions(use_threads=False, block_size=len(text) + 1)  # one block is one chunk
    columns = [column.chunk(0) for column in read_json(pa.BufferReader(text), reading, options)]
    statuses = columns[_STATUSES]  # null where a row has none; there it is to be empty
    columns[_STATUSES] = pa.ListArray.from_arrays(statuses.offsets, statuses.values)
    return columns


def _extra_column(extras: Sequence[dict[str, Any]]) -> pa.Array:
    # pa.array imports pandas if it is installed, which takes longer than everything else.
    return pa.array(map(_json, extras), pa.string()) if any(extras) else _nulls(len(extras))


def _values_of_statuses(message: Message) -> list[tuple[Any, ...]]:
    return list(map(_values_of_status, message.statuses))


def _column(
    field: pa.Field, messages: Sequence[Message], extras: Sequence[dict[str, Any]]
) -> pa.Array:
    """Make one column; a value that it can't hold goes into the message's extra."""
    get = _values_of_statuses if field.name == "statuses" else attrgetter(field.name)
    values = list(map(get, messages))
    try:
        return _array(values, field.type)
    except _MISFIT:
        held = [_held(value, field.type) for value in values]
    name = _RENAMED.get(field.name, field.name)
    for message, extra, before, after in zip(messages, extras, values, held, strict=True):
        if before is not after:
            extra[name] = to_dict(message)[name]
    return _array(held, field.type)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if kind == _PRICE:
        values = [None if value is None else _EXACT.quantize(value, _SMALLEST) for value in values]
    return pa.array(values, kind)


def _held(value: Any, kind: pa.DataType) -> Any:
    """Give what a column of this kind can hold of a value; if it can hold all, the value itself."""
    try:
        _array([value], kind)
    except _MISFIT:
        if isinstance(value, list):
            return [tuple(map(_held, status, _STATUS_KINDS)) for status in value]
        if isinstance(value, str):
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return None
    return value


def _extra(message: Message) -> dict[str, Any]:
    """Give what the columns can't hold; for a status with more fields, the whole list of them."""
    for status in message.statuses:
        if status.extra:
            return {**message.extra, "statuses": to_dict(message)["statuses"]}
    return {**message.extra}


def _json(extra: dict[str, Any]) -> str | None:
    # In ASCII, because UTF-8 can't encode half an emoji.
    return json.dumps(extra, separators=(",", ":")) if extra else None
