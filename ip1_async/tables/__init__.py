"""Archives of messages as Arrow tables, Parquet and CSV; all but reading needs the extra `tables`.

An archive is a file of JSON lines with one v2 message in each, as `ip1 archive` and
`ip1 messages` write it. Every form of the wire gives the same table, column by column as in
`SCHEMA`:

* `price` is `decimal128(38, 20)`, in the unit of `currency`. Twenty decimals hold a float's 17
  digits from 0.0001 up, so that what a server computed in floats comes through as it was sent;
  18 digits are left before the point, and every reader knows 38 digits.
* `modified` and `created` are timestamps in microseconds, UTC.
* `direction`, `type` and `datacoding` are texts: `mt` or `mo`, `SMS` or `flash`, `gsm` or `ucs`.
* `statuses` is a list of `created`, `code` and `duration`, empty where there is none.
* `extra` is JSON: what the server sent beyond the other columns, by its name on the wire; null
  where that is nothing. A value that its column can't hold is null there and stands here exactly:
  nothing is rounded. A text with half an emoji shows U+FFFD there, and stands here.

Messages of bundles (v3) have other fields, and are refused.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ip1_async.tables._reader import read_messages

if TYPE_CHECKING:
    from ip1_async.tables._columns import SCHEMA, from_messages
    from ip1_async.tables._convert import convert, read_batches

__all__ = ["SCHEMA", "convert", "from_messages", "read_batches", "read_messages"]

_NEED_PYARROW = {
    "SCHEMA": "_columns",
    "from_messages": "_columns",
    "convert": "_convert",
    "read_batches": "_convert",
}


def __getattr__(name: str) -> Any:
    """Import what makes tables when it is asked for: who only reads messages needs no pyarrow."""
    if name not in _NEED_PYARROW:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NEED_PYARROW[name]}"), name)
