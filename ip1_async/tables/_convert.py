"""Convert archives to Parquet and CSV, batch by batch."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow.csv import CSVWriter
from pyarrow.parquet import ParquetWriter

from ip1_async import _private_files
from ip1_async.tables._columns import BATCH_SIZE, SCHEMA, batches
from ip1_async.tables._reader import log, read
from ip1_async.tables._rows import read_rows

_FORMULA = r"^([=+\-@\t\r])"
BATCHES_IN_ROW_GROUP = 15  # 122,880 rows: enough to compress well, usually some 50 MB


def read_batches(
    path: str | PathLike[str],
    *,
    batch_size: int = BATCH_SIZE,
    note: Callable[[str], object] = log.warning,
) -> Iterator[pa.RecordBatch]:
    """Read an archive as batches of rows, with one batch in memory at a time.

    Args:
        path: A file of JSON lines.
        batch_size: Messages in each batch but the last.
        note: Called with one sentence if the last line is incomplete and was left out.

    Raises:
        ValueError: `batch_size` is less than 1.
        InvalidResponseError: A line is no message; the text gives the number of the line, from 1.
        OSError: The file can't be read.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    return batches(read(path, note, read_rows), batch_size)


def convert(
    source: str | PathLike[str],
    target: str | PathLike[str],
    *,
    formulas: bool = False,
    note: Callable[[str], object] = log.warning,
    progress: Callable[[int], object] = lambda _done: None,
) -> int:
    """Write an archive as Parquet or CSV, by the target's suffix; give the number of messages.

    The file is written under a name that ends in `.part`, and gets its own name when it is
    complete. A new file is for the user alone (mode 0600); a file that it replaces passes on its
    mode. Memory does not grow with the file: it holds one row group of 122,880 messages at a time.

    In CSV, a null is an empty field, every text is quoted, `price` is a plain decimal, times are
    ISO 8601, and `statuses` is JSON with times in ISO 8601. A text that begins with `=`, `+`, `-`,
    `@`, a tab or a carriage return gets a `'` in front of it: otherwise a spreadsheet would run the
    message as a formula.

    Args:
        source: A file of JSON lines.
        target: A name that ends in `.parquet` or `.csv`.
        formulas: Don't put a `'` before such texts in CSV.
        note: Called with one sentence if the last line is incomplete and was left out.
        progress: Called after each batch with the number of messages read so far. If it raises, the
            work ends.

    Raises:
        ValueError: The target has another suffix, or is the source.
        InvalidResponseError: A line is no message; the text gives the number of the line, from 1.
        OSError: A file can't be read or written, or the target exists and is no regular file.
    """
    source, target = Path(source), Path(target)
    part = target.with_name(f"{target.name}.part")
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise ValueError(f"the target's name must end in {' or '.join(_WRITERS)}")
    if source.resolve() in (target.resolve(), part.resolve()):
        raise ValueError("source and target are the same file")
    _private_files.check(target)
    done = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal done
        for batch in read_batches(source, note=note):
            yield batch
            done += batch.num_rows
            progress(done)

    with _private_files.side_file(part) as file:
        write(file, counted(), formulas)
    _private_files.replace(part, target)
    _private_files.sync_directory(target.parent)
    return done


def _write_parquet(file: BinaryIO, rows: Iterator[pa.RecordBatch], _formulas: bool) -> None:
    with ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        while group := pa.Table.from_batches(islice(rows, BATCHES_IN_ROW_GROUP), SCHEMA):
            writer.write_table(group)


def _write_csv(file: BinaryIO, rows: Iterator[pa.RecordBatch], formulas: bool) -> None:
    with CSVWriter(file, _flat(SCHEMA.empty_table()).schema) as writer:
        for batch in rows:
            writer.write(_flat(batch if formulas else _harmless(batch)))


_WRITERS = {".parquet": _write_parquet, ".csv": _write_csv}


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


def _flat(rows: Any) -> Any:
    """Turn columns into texts if pyarrow can't write them as CSV, or not in a readable form."""
    for name, text in _TEXTS.items():
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
