"""Tables of directories, pipes and periods, and the forms they are written in."""

import csv
import io
import json
import os
import stat
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ip1_async import InvalidResponseError, Message, tables
from ip1_async.cli import _app
from ip1_async.tables import _dataset

NUMBER = "46712345678"


def sent(number: int, modified: str | None = None, **fields: Any) -> dict[str, Any]:
    """Make an outgoing message."""
    whole = {"sender": "iP1", "recipient": NUMBER, "direction": "mt", "modified": modified}
    return {"id": str(number), **whole, **fields}


def lines(*objects: Any) -> bytes:
    """Write objects as lines of JSON."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Give archives of both ends of one message, and another one."""
    folder = tmp_path / "archive"
    folder.mkdir()
    both = sent(2, "2026-02-28T23:59:59.999999Z")
    (folder / f"{NUMBER}.jsonl").write_bytes(
        lines(sent(1, "2026-02-01"), both, sent(3, "2026-03-01T00:00:00Z"), sent(4))
    )
    (folder / "i%501.jsonl").write_bytes(lines(both))
    (folder / "46700.jsonl").write_bytes(lines(sent(5, "2026-04-01", recipient="46700")))
    (folder / "notes.txt").write_text("no archive")
    return folder


def ids_in(target: Path) -> list[str]:
    """Give the ids in a table, sorted."""
    if target.suffix == ".csv":
        frame = pl.read_csv(target)
    else:
        frame = pl.read_parquet(target / "**/*.parquet" if target.is_dir() else target)
    return sorted(map(str, frame["id"]))


def modes_in(target: Path) -> set[int]:
    """Give the modes of a directory and all that is in it."""
    return {stat.S_IMODE(path.stat().st_mode) for path in (target, *target.rglob("*"))}


@pytest.mark.parametrize("name", ["all.parquet", "all.csv", "all"])
def test_a_directory_is_one_table(archives: Path, name: str) -> None:
    """A message that is in the archives of both its ends comes once."""
    assert tables.convert(archives, archives / name) == 5
    assert ids_in(archives / name) == ["1", "2", "3", "4", "5"]
    assert sum(batch.num_rows for batch in tables.read_batches(archives)) == 5


def test_a_data_set_is_partitioned_by_month(archives: Path) -> None:
    """Every month of the last update has a directory; all of them are for the user alone."""
    target = archives / "set"
    before = os.umask(0)
    try:
        tables.convert(archives, target)
    finally:
        os.umask(before)
    months = {path.name for path in target.iterdir()}
    expected = {"2026-02", "2026-03", "2026-04", "__HIVE_DEFAULT_PARTITION__"}
    assert months == {f"month={name}" for name in expected}
    frame = pl.read_parquet(target / "**/*.parquet", hive_partitioning=True)
    assert frame.filter(pl.col("month") == "2026-02")["id"].to_list() == ["1", "2"]
    assert modes_in(target) == {0o600, 0o700}


def test_the_month_of_a_message_is_that_in_utc() -> None:
    """A message without a time has none."""
    east = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    [batch] = tables.from_messages([Message("1", modified=east), Message("2")]).to_batches()
    assert _dataset._with_month(batch)["month"].to_pylist() == ["2026-02", None]


def test_a_data_set_replaces_an_older_one(archives: Path) -> None:
    """Nothing of the old one is left, nor of runs that were killed."""
    target = archives / "set"
    tables.convert(archives, target)
    for suffix in ("part", "old"):
        (archives / f"set.{suffix}" / "month=2020-01").mkdir(parents=True)
    tables.convert(archives / "46700.jsonl", target)
    assert ids_in(target) == ["5"]
    assert not list(archives.glob("set.*"))


@pytest.mark.parametrize(
    "place",
    [
        lambda target: target.write_text("precious"),
        lambda target: target.symlink_to(target.parent.parent),
        lambda target: (target / "sub").mkdir(parents=True),
        lambda target: (target.mkdir(), (target / "precious.txt").touch()),
        lambda target: (target.with_name("set.old") / "precious").mkdir(parents=True),
    ],
)
def test_a_data_set_replaces_nothing_else(archives: Path, place: Callable[[Path], Any]) -> None:
    """Whatever else is in its place stays, and the error says so."""
    target = archives / "set"
    place(target)
    before = sorted(archives.rglob("*"))
    with pytest.raises(FileExistsError, match="refused"):
        tables.convert(archives, target)
    assert sorted(archives.rglob("*")) == before


def test_a_damaged_archive_leaves_the_old_data_set(archives: Path) -> None:
    """The error names the file, and nothing half-written is left."""
    target = archives / "set"
    tables.convert(archives, target)
    (archives / "46799.jsonl").write_bytes(b"{}\n")
    with pytest.raises(InvalidResponseError, match="line 1") as caught:
        tables.convert(archives, target)
    assert caught.value.__notes__ == [f"in {archives / '46799.jsonl'}"]
    assert len(ids_in(target)) == 5
    assert not list(archives.glob("set.*"))


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2026, 3, 1), None, "345"),
        (None, date(2026, 3, 1), "124"),
        (date(2026, 2, 2), date(2026, 3, 2), "234"),
    ],
)
def test_a_period_is_by_the_last_update(
    archives: Path, since: date | None, until: date | None, expected: str
) -> None:
    """The begin belongs to it, the end does not; a message without a time stays."""
    target = archives / "period.csv"
    assert tables.convert(archives, target, since=since, until=until) == len(expected)
    assert ids_in(target) == list(expected)


def test_excel_opens_the_csv_as_it_is(archives: Path) -> None:
    """It has a byte order mark, semicolons, decimal commas and times that Excel reads."""
    source = archives / "one.jsonl"
    source.write_bytes(lines(sent(1, "2026-03-01T08:30:00.5Z", price=1.5, body="a;b\nÅ")))
    tables.convert(source, source.with_name("one.csv"), excel=True)
    data = source.with_name("one.csv").read_bytes()
    assert data.startswith(b'\xef\xbb\xbf"id";')
    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    assert (row["price"], row["modified"]) == ("1,5", "2026-03-01 08:30:00")
    assert row["body"] == "a;b\nÅ"
    with pytest.raises(ValueError, match="excel"):
        tables.convert(source, source.with_name("one.parquet"), excel=True)


def test_progress_has_a_total(archives: Path) -> None:
    """The part of all bytes that was read is known for files, and not for a pipe."""
    told: list[tuple[int, float | None]] = []
    tables.convert(archives, archives / "a.csv", progress=lambda *now: told.append(now))
    assert told == [(5, 1.0)]
    with (archives / "46700.jsonl").open("rb") as pipe:
        tables.convert(pipe, archives / "b.csv", progress=lambda *now: told.append(now))
    assert told[1:] == [(1, None)]


def test_an_empty_directory_is_an_error(tmp_path: Path) -> None:
    """There is nothing that a table could be made of."""
    with pytest.raises(ValueError, match="jsonl file in"):
        tables.convert(tmp_path, tmp_path / "all.csv")


# The command.


async def test_convert_reads_stdin(
    archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash is stdin, and the options are those of the function."""
    text = lines(sent(1, "2026-02-01"), sent(2, "2026-03-01"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    target = archives / "out.csv"
    command = ["convert", "-", str(target), "--excel", "--since", "2026-02-15"]
    assert await _app.execute(command) == 0
    assert capsys.readouterr().err == "ip1: 1 messages written\n"
    assert target.read_text(encoding="utf-8-sig").count("\n") == 2


async def test_convert_names_the_file_of_a_note(
    archives: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a directory, a line that was left out is named with its file."""
    with (archives / "46700.jsonl").open("ab") as file:
        file.write(b'{"id')
    assert await _app.execute(["convert", str(archives), str(archives / "all")]) == 0
    assert f"ip1: {archives / '46700.jsonl'}: line 2, the last" in capsys.readouterr().err
