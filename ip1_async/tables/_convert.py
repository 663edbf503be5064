"""Convert archives to Parquet and CSV, batch by batch."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TypeAlias

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from ip1_async import _private_files
from ip1_async._paging.types import check_period
from ip1_async.tables._columns import BATCH_SIZE, SCHEMA, batches
from ip1_async.tables._csv import Dialect, write_csv
from ip1_async.tables._reader import log
from ip1_async.tables._rows import read_rows
from ip1_async.tables._sources import Archives, Source, within

BATCHES_IN_ROW_GROUP = 15  # 122,880 rows: enough to compress well, usually some 50 MB
OnProgress: TypeAlias = Callable[[int, float | None], object]
_SUFFIXES = ".parquet", ".csv"


def read_batches(
    path: Source,
    *,
    batch_size: int = BATCH_SIZE,
    note: Callable[[str], object] = log.warning,
) -> Iterator[pa.RecordBatch]:
    """Read archives as batches of rows, with one batch in memory at a time.

    Args:
        path: A file of JSON lines, a directory of such files, or a file that is open for reading
            bytes. A message in the archives of both its ends comes once.
        batch_size: Messages in each batch but the last.
        note: Called with one sentence if the last line is incomplete and was left out.

    Raises:
        ValueError: `batch_size` is less than 1, or there is no file.
        InvalidResponseError: A line is no message; the text gives the number of the line, from 1.
        OSError: The file can't be read.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    return batches(Archives.of(path, note).rows(read_rows), batch_size)


def convert(
    source: Source,
    target: str | PathLike[str],
    *,
    formulas: bool = False,
    excel: bool = False,
    since: date | None = None,
    until: date | None = None,
    note: Callable[[str], object] = log.warning,
    progress: OnProgress = lambda _done, _share: None,
) -> int:
    """Write archives as Parquet or CSV, by the target's suffix; give the number of messages.

    The file is written under a name that ends in `.part`, and gets its own name when it is
    complete. A new file is for the user alone (mode 0600); a file that it replaces passes on its
    mode. Memory does not grow with the file: it holds one row group of 122,880 messages at a time.

    A target without a suffix is a data set: a directory of Parquet files, partitioned by the month
    of `modified` in UTC, as `month=2026-03`. It replaces nothing but an older data set.

    In CSV, a null is an empty field, every text is quoted, `price` is a plain decimal, times are
    ISO 8601, and `statuses` is JSON with times in ISO 8601. A text that begins with `=`, `+`, `-`,
    `@`, a tab or a carriage return gets a `'` in front: else a spreadsheet would run it.

    Args:
        source: What to read, as for `read_batches`.
        target: A name that ends in `.parquet` or `.csv`, or has no suffix.
        formulas: Don't put a `'` before such texts in CSV.
        excel: Write the CSV that Excel opens where decimals have a comma: with a byte order mark,
            semicolons, decimal commas, and times as `2026-03-01 08:30:00`.
        since: Leave out what was modified before; without a zone in UTC, a date from its beginning.
        until: Leave out what was not modified before. Messages without a time stay.
        note: Called with one sentence if the last line is incomplete and was left out.
        progress: Called after each batch with the number of messages written so far, and the part
            of all bytes read, from 0 to 1, or `None` for a pipe. If it raises, the work ends.

    Raises:
        ValueError: The target has another suffix, or is the source; or there is no archive.
        InvalidResponseError: A line is no message; the text gives the number of the line, from 1.
        OSError: A file can't be read or written, or the target exists and is something else.
    """
    target = Path(target)
    begin, end = check_period(since, until)
    if target.suffix.lower() not in ("", *_SUFFIXES) or target.name.startswith("."):
        raise ValueError(f"the target's name must end in {' or '.join(_SUFFIXES)}, or in nothing")
    if excel and target.suffix.lower() != ".csv":
        raise ValueError("excel: expected a target whose name ends in .csv")
    if isinstance(source, str | PathLike):
        _check_apart(Path(source), target)
    archives, done = Archives.of(source, note), 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal done
        for batch in batches(within(archives.rows(read_rows), begin, end), BATCH_SIZE):
            yield batch
            done += batch.num_rows
            progress(done, archives.share)

    _write(target, counted(), Dialect(formulas, excel))
    return done


def _check_apart(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    if source.resolve() in (target.resolve(), part.resolve()):
        raise ValueError("source and target are the same file")


def _write(target: Path, rows: Iterator[pa.RecordBatch], dialect: Dialect) -> None:
    if not target.suffix:
        from ip1_async.tables._dataset import write_dataset  # noqa: PLC0415  # slow to import

        write_dataset(target, rows)
        return
    part = target.with_name(f"{target.name}.part")
    write = (
        _write_parquet
        if target.suffix.lower() == ".parquet"
        else partial(write_csv, dialect=dialect)
    )
    _private_files.check(target)
    with _private_files.side_file(part) as file:
        write(file, rows)
    _private_files.replace(part, target)
    _private_files.sync_directory(target.parent)


def _write_parquet(file: BinaryIO, rows: Iterator[pa.RecordBatch]) -> None:
    with ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        while group := pa.Table.from_batches(islice(rows, BATCHES_IN_ROW_GROUP), SCHEMA):
            writer.write_table(group)
