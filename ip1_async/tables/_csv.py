"""Write batches of rows as CSV."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO

import attrs
import pyarrow as pa
from pyarrow.csv import CSVWriter, WriteOptions

from ip1_async.tables._columns import SCHEMA

_FORMULA = r"^([=+\-@\t\r])"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel takes the text for one of Windows


@attrs.frozen
class Dialect:
    """How a CSV is written.

    Attributes:
        formulas: Texts that a spreadsheet would run stay as they are.
        excel: It is for Excel where decimals have a comma.
    """

    formulas: bool
    excel: bool


def write_csv(file: BinaryIO, rows: Iterator[pa.RecordBatch], dialect: Dialect) -> None:
    """Write rows with their nested columns as JSON."""
    texts = _FOR_EXCEL if dialect.excel else _TEXTS
    if dialect.excel:
        file.write(_BYTE_ORDER_MARK)
    options = WriteOptions(delimiter=";" if dialect.excel else ",")
    flat = _flat(SCHEMA.empty_table(), texts)
    with CSVWriter(file, flat.schema, write_options=options) as writer:
        for batch in rows:
            writer.write(_flat(batch if dialect.formulas else _harmless(batch), texts))


def _harmless(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Put a quote before texts that a spreadsheet would run as formulas."""
    import pyarrow.compute as pc  # noqa: PLC0415  # its import takes a tenth of a conversion

    options = pc.ReplaceSubstringOptions(_FORMULA, r"'\1")
    columns = [
        pc.call_function("replace_substring_regex", [each], options)
        if each.type == pa.string()
        else each
        for each in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _flat(rows: Any, texts: Mapping[str, Callable[[Any], str]]) -> Any:
    """Turn columns into texts if pyarrow can't write them as CSV, or not in a readable form."""
    for name, text in texts.items():
        values = [None if value is None else text(value) for value in rows[name].to_pylist()]
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, name, pa.array(values, pa.string()))
    return rows


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _plain(price: Decimal) -> str:
    """Write a price without an exponent and without trailing zeros."""
    return f"{price:f}".rstrip("0").rstrip(".")


_TEXTS: dict[str, Callable[[Any], str]] = {
    "price": _plain,
    "statuses": partial(json.dumps, default=_iso, separators=(",", ":")),
    "modified": _iso,
}
_FOR_EXCEL = _TEXTS | {
    "price": lambda price: _plain(price).replace(".", ","),  # it would take 1.5 for a date
    "modified": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
}
