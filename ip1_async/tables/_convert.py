"""Archives to Parquet and CSV, batch by batch."""

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

from ip1_async.archives import _disk
from ip1_async.tables._columns import BATCH_SIZE, SCHEMA, batches
from ip1_async.tables._reader import log, read
from ip1_async.tables._rows import read_rows

_FORMULA = r"^([=+\-@\t\r])"
BATCHES_IN_ROW_GROUP = 15  # 122,880 rows: enough to compress well, some 50 MB at most times


def read_batches(
    path: str | PathLike[str],
    *,
    batch_size: int = BATCH_SIZE,
    note: Callable[[str], object] = log.warning,
) -> Iterator[pa.RecordBatch]:
    """Read an archive as batches of rows; only one batch is in memory.

    Args:
        path: A file of JSON lines.
        batch_size: Messages in each batch but the last.
        note: Is told of a last line that was left out, as it was not written to its end.

    Raises:
        ValueError: `batch_size` is less than 1.
        InvalidResponseError: A line is no message; the text gives its number, from 1.
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
    """Write an archive as Parquet or CSV, as the target's suffix says; give the number of messages.

    The target appears, or is replaced, once it is whole; until then its name ends in `.part`. It is
    for the user alone (mode 0600), unless it was there: then it keeps its mode. Memory does not
    grow with the file: one row group of 122,880 messages is held at a time.

    In CSV a null is an empty field and every text is quoted, `price` is a plain decimal, times are
    ISO 8601, and `statuses` is JSON with times in ISO 8601. A text that begins with `=`, `+`, `-`,
    `@`, a tab or a carriage return has a `'` in front of it there: a message must not become a
    formula where a spreadsheet opens the file.

    Args:
        source: A file of JSON lines.
        target: A name that ends in `.parquet` or `.csv`.
        formulas: Leave such texts as they are in CSV.
        note: Is told of a last line that was left out, as it was not written to its end.
        progress: Is told how many messages were read so far, batch by batch. What it raises ends
            the work.

    Raises:
        ValueError: The target has another suffix, or is the source.
        InvalidResponseError: A line is no message; the text gives its number, from 1.
        OSError: A file can't be read or written, or what has the target's name is no regular file.
    """
    source, target = Path(source), Path(target)
    part = target.with_name(f"{target.name}.part")
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise ValueError(f"the target's name must end in {' or '.join(_WRITERS)}")
    if source.resolve() in (target.resolve(), part.resolve()):
        raise ValueError("source and target are the same file")
    _disk.check(target)
    done = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal done
        for batch in read_batches(source, note=note):
            yield batch
            done += batch.num_rows
            progress(done)

    with _disk.side_file(part) as file:
        write(file, counted(), formulas)
    _disk.replace(part, target)
    _disk.sync_directory(target.parent)
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
    """Put a quote before texts that a spreadsheet would run."""
    import pyarrow.compute as pc  # noqa: PLC0415  # a tenth of converting to Parquet

    options = pc.ReplaceSubstringOptions(_FORMULA, r"'\1")
    columns = [
        pc.call_function("replace_substring_regex", [each], options)
        if each.type == pa.string()
        else each
        for each in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _flat(rows: Any) -> Any:
    """Replace the columns that pyarrow can't write as CSV, or not as one would read them."""
    for name, text in _TEXTS.items():
        values = [None if value is None else text(value) for value in rows[name].to_pylist()]
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, name, pa.array(values, pa.string()))
    return rows


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _plain(price: Decimal) -> str:
    """Write without exponent and without zeros at the end."""
    return f"{price:f}".rstrip("0").rstrip(".")


_TEXTS: dict[str, Callable[[Any], str]] = {
    "price": _plain,
    "statuses": partial(json.dumps, default=_iso, separators=(",", ":")),
    "modified": _iso,
}
