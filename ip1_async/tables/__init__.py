"""Archives of messages as Arrow tables, Parquet and CSV.

Reading messages needs no extra; everything else needs the extra `tables`.

An archive is a file of JSON lines, one v2 message per line, as `ip1 archive` and `ip1 messages`
write it. The API has several forms for some values, and all of them give the same row. The columns
are those of `SCHEMA`:

* `price` is `decimal128(38, 20)`, in the unit of `currency`. Twenty decimals hold the 17 digits of
  a float from 0.0001 up, so a price that the server computed in floats stays exactly as it was
  sent. 18 digits remain before the point, and every reader knows decimals of 38 digits.
* `modified` and `created` are timestamps in microseconds, UTC.
* `direction`, `type` and `datacoding` are texts: `mt` or `mo`, `SMS` or `flash`, `gsm` or `ucs`.
* `statuses` is a list of `created`, `code` and `duration`; it is empty if there are none.
* `extra` is JSON: what the server sent beyond the other columns, by its name in the API, or null.
  If a column can't hold a value, the column is null and `extra` has the exact value: nothing is
  rounded. A text with half an emoji has U+FFFD in its column, and `extra` has the exact text.

Messages of bundles (v3) have other fields; reading them raises an error.
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
    """Import the code for tables when it is first used: reading messages needs no pyarrow."""
    if name not in _NEED_PYARROW:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    missing = None
    try:
        return getattr(import_module(f"{__name__}.{_NEED_PYARROW[name]}"), name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.partition(".")[0] != "pyarrow":
            raise
    raise ModuleNotFoundError(f"{name} needs pyarrow: install ip1-async[tables]", name=missing)
