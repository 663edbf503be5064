"""Write batches of rows as a data set: a directory of Parquet files, one or more for each month."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ip1_async import _private_files
from ip1_async.tables._columns import BATCH_SIZE, SCHEMA

_MONTH = pa.field("month", pa.string())
_IN_ROW_GROUP = 122_880


def write_dataset(target: Path, rows: Iterator[pa.RecordBatch]) -> None:
    """Write a data set beside its place, and put it there when it is complete.

    Raises:
        OSError: It can't be written, or something else than a data set is in its place.
    """
    part, old = (target.with_name(f"{target.name}.{suffix}") for suffix in ("part", "old"))
    for place in (part, old, target):
        _check(place)
    for place in (part, old):  # a run that was killed left them
        shutil.rmtree(place, ignore_errors=True)
    try:
        _private_files.make_directory(part)
        _write(part, rows)
    except BaseException:
        shutil.rmtree(part)
        raise
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    _private_files.sync_directory(target.parent)


def _check(place: Path) -> None:
    """Check that nothing but a data set is there."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise FileExistsError(17, "refused, as it is no directory", str(place))
    for each in place.rglob("*") if place.exists() else ():
        if not each.match("month=*") and not each.match("month=*/part-*.parquet"):
            raise FileExistsError(17, "refused, as other files are in it", str(place))


def _write(place: Path, rows: Iterator[pa.RecordBatch]) -> None:
    ds.write_dataset(
        (_with_month(batch) for batch in rows),
        place,
        schema=SCHEMA.append(_MONTH),
        format="parquet",
        file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"),
        partitioning=ds.partitioning(pa.schema([_MONTH]), flavor="hive"),
        basename_template="part-{i}.parquet",
        existing_data_behavior="overwrite_or_ignore",
        # A group of every month is in memory until it is complete.
        min_rows_per_group=BATCH_SIZE,
        max_rows_per_group=_IN_ROW_GROUP,
    )
    for each in place.rglob("*"):
        each.chmod(0o700 if each.is_dir() else 0o600)


def _with_month(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Add the month of the last update, in UTC; it is null where that is unknown."""
    options = pc.StrftimeOptions("%Y-%m")
    month = pc.call_function("strftime", [batch["modified"]], options)
    return pa.RecordBatch.from_arrays([*batch.columns, month], schema=SCHEMA.append(_MONTH))
