"""Archives as tables: every value exact, or left out of its column and kept in `extra`."""

import csv as stdlib_csv
import json
import logging
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet

import ip1_async
from ip1_async import InvalidResponseError, Message, Status, tables
from ip1_async._codec import decode, decode_page
from ip1_async.cli import _app
from ip1_async.tables import _columns, _convert, _reader, _rows

WHOLE: dict[str, Any] = {
    "id": "a1",
    "batchId": "b1",
    "owner": "ip1-1",
    "sender": "iP1",
    "recipient": "46712345678",
    "body": 'Line one\nline "two", 中',
    "direction": "mt",
    "segments": 2,
    "type": "SMS",
    "datacoding": "ucs",
    "priority": 1,
    "price": 0.0832,
    "currency": "SEK",
    "statuses": [
        {"created": "2026-03-01T10:00:00.123456Z", "code": 101, "duration": 0},
        {"created": "2026-03-01T12:00:01+01:00", "code": 777, "duration": 1},
    ],
    "modified": "2026-03-01T10:00:02Z",
    "reference": "",
    "mcc": "240",
    "mnc": "07",
}
OTHER_FORMS = {
    **WHOLE,
    "direction": 0,
    "segments": "2",
    "type": 1,
    "datacoding": 2,
    "priority": "1",
    "price": "0.0832",
    "modified": "2026-03-01T11:00:02.0000000+01:00",
    "mcc": 240,
}
BARE = {"id": "a2"}
UNKNOWN = {"id": "a3", "direction": "sideways", "colour": {"red": [1, 2.5]}}


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Write an archive: objects as lines of JSON, bytes as they are."""

    def write(*lines: Any, name: str = "archive.jsonl") -> Path:
        path = tmp_path / name
        texts = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
        path.write_bytes(b"".join(one if one.endswith(b"\n") else one + b"\n" for one in texts))
        return path

    return write


def message_of(row: dict[str, Any]) -> Message:
    """Make a message of a row; the values in `extra` replace those of the columns."""
    values = {**row, "statuses": tuple(Status(**each) for each in row["statuses"]), "extra": {}}
    extra = json.loads(row["extra"] or "{}")
    exact = decode(json.dumps({"id": "x", **extra}).encode(), Message)
    names = {"batch_id" if name == "batchId" else name for name in extra} & row.keys()
    return Message(**values | {name: getattr(exact, name) for name in names - {"extra"}})


def rows_of(*objects: Any) -> list[dict[str, Any]]:
    """Give the rows of a table of messages."""
    messages = [decode(json.dumps(each).encode(), Message) for each in objects]
    rows: list[dict[str, Any]] = tables.from_messages(messages).to_pylist()
    return rows


# Columns.


def test_every_form_of_the_wire_gives_the_same_row() -> None:
    """Numbers as text, enums as numbers and times with offsets make no difference."""
    usual, other = rows_of(WHOLE, OTHER_FORMS)
    assert usual == other
    assert usual == {
        **{name: value for name, value in WHOLE.items() if name != "batchId"},
        "batch_id": "b1",
        "price": Decimal("0.0832"),
        "statuses": [
            {
                "created": datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC),
                "code": 101,
                "duration": 0,
            },
            {"created": datetime(2026, 3, 1, 11, 0, 1, tzinfo=UTC), "code": 777, "duration": 1},
        ],
        "modified": datetime(2026, 3, 1, 10, 0, 2, tzinfo=UTC),
        "extra": None,
    }


def test_columns_are_the_fields_of_a_message() -> None:
    """The schema has a column for each field, in order; a new field can't be forgotten."""
    assert tables.SCHEMA.names == [field.name for field in Message.__attrs_attrs__]  # type: ignore[attr-defined]


def test_no_message_is_an_empty_table() -> None:
    """A table of nothing has all columns."""
    table = tables.from_messages([])
    assert table.schema == tables.SCHEMA
    assert table.num_rows == 0


def test_unknown_fields_and_values_are_kept() -> None:
    """An unknown field goes to `extra`, an unknown text of an enum into its column."""
    [row] = rows_of(UNKNOWN)
    assert row["direction"] == "sideways"
    assert json.loads(row["extra"]) == {"colour": {"red": [1, 2.5]}}


@pytest.mark.parametrize(
    ("name", "value", "column"),
    [
        ("direction", 7, None),
        ("segments", 2**31, None),
        ("priority", -(10**30), None),
        ("price", "1e18", None),
        ("price", "1e-21", None),
        ("price", 2.2e-234, None),
        ("price", "12345678901234567890123456789.0123456789", None),
        ("body", "half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("batchId", "\udc00b", "\N{REPLACEMENT CHARACTER}b"),
        ("segments", "many", None),
        ("modified", "yesterday", None),
    ],
)
def test_what_no_column_holds_stands_in_extra(name: str, value: Any, column: Any) -> None:
    """Nothing is rounded or lost: the column is null or shows what it can, `extra` is exact."""
    before, row, after = rows_of(WHOLE, {**WHOLE, name: value, "colour": "red"}, WHOLE)
    assert before == after
    assert row["batch_id" if name == "batchId" else name] == column
    extra = json.loads(row["extra"], parse_float=Decimal)
    assert extra.pop("colour") == "red"
    if name == "price":
        assert Decimal(extra[name]) == Decimal(str(value))
    else:
        assert extra == {name: value}


@pytest.mark.parametrize("status", [{"code": 2**40, "duration": 1}, {"code": 101, "why": "x"}])
def test_a_status_that_does_not_fit_is_kept_whole(status: dict[str, Any]) -> None:
    """If a status has other fields, `extra` has the whole list of statuses."""
    [row] = rows_of({"id": "a", "statuses": [status, {"code": 201}]})
    fits = status["code"] if status["code"] < 2**31 else None
    assert [each["code"] for each in row["statuses"]] == [fits, 201]
    assert json.loads(row["extra"]) == {"statuses": [status, {"code": 201}]}


PRICES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**40), 10**40),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
)
MESSAGES = st.fixed_dictionaries(
    {"id": st.text(st.characters(), min_size=1)},
    optional={
        "batchId": st.text(st.characters()),
        "body": st.text(st.characters()),
        "direction": st.sampled_from(["mt", "MO", 0, 1, 2, "x"]),
        "type": st.sampled_from(["SMS", "flash", 0, 5]),
        "segments": st.integers(),
        "price": PRICES,
        "modified": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        "statuses": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "created": st.datetimes().map(datetime.isoformat),
                    "code": st.integers(-(2**33), 2**33),
                    "duration": st.integers(0, 1),
                    "why": st.integers(),
                },
            ),
            max_size=3,
        ),
    },
)


@given(MESSAGES)
def test_a_row_gives_the_message_back(obj: dict[str, Any]) -> None:
    """The columns and `extra` together are equal to the message."""
    [row] = rows_of(obj)
    assert message_of(row) == decode(json.dumps(obj).encode(), Message)


@given(st.lists(MESSAGES, min_size=1, max_size=4))
def test_both_ways_to_columns_agree(objects: list[dict[str, Any]]) -> None:
    """The fast way through JSON gives the same columns as making them one by one."""
    messages = [decode(json.dumps(each).encode(), Message) for each in objects]
    extras = [dict(message.extra) for message in messages]
    slow = [_columns._column(field, messages, extras) for field in _columns._KNOWN]
    try:
        fast = _columns._columns_by_json(messages, _columns._OF_MESSAGES)
    except _columns._MISFIT:
        return
    assert [each.to_pylist() for each in fast] == [each.to_pylist() for each in slow]


INCOMING = {"id": "a5", "direction": "mo", "price": None, "statuses": None, "modified": None}
# As fast as a plain one, or to be looked at more closely: what is odd here and there.
ALMOST_PLAIN = st.one_of(
    MESSAGES,
    st.sampled_from([WHOLE, OTHER_FORMS, INCOMING, BARE, UNKNOWN]),
    st.builds(
        lambda changes: WHOLE | changes,
        st.fixed_dictionaries(
            {},
            optional={
                "body": st.text(st.characters()),
                "direction": st.sampled_from(["mt", "mo", "MO", None]),
                "price": PRICES,
                "modified": st.one_of(
                    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
                    st.sampled_from(
                        [
                            "0001-01-01T01:00:00+02:00",
                            "9999-12-31T23:00:00-02:00",
                            "2026-03-01",
                            "2026-03-01T10:00:00",
                        ]
                    ),
                ),
                "segments": st.one_of(st.integers(), st.sampled_from([1.0, "1", True])),
                "statuses": st.sampled_from([[], [{}], [{"code": "201"}], [{"code": None}]]),
            },
        ),
    ),
)


def table_by_rows(objects: list[dict[str, Any]]) -> tuple[bool, pa.Table]:
    """Make a table as of a file's lines; say whether it took no model."""
    rows = _rows.read_rows(json.dumps(objects).encode())
    assert rows is not None
    batches = _columns.batches(rows, 8_192)
    return Message not in map(type, rows), pa.Table.from_batches(batches, tables.SCHEMA)


@given(st.lists(ALMOST_PLAIN, min_size=1, max_size=3))
def test_rows_give_the_table_of_their_messages(objects: list[dict[str, Any]]) -> None:
    """A line that never becomes a model has the same columns."""
    messages = decode_page(json.dumps(objects).encode(), Message)
    _, table = table_by_rows(objects)
    assert table.to_pylist() == tables.from_messages(messages).to_pylist()


def test_plain_messages_take_no_model() -> None:
    """Usual lines go to their columns straight away, those without statuses and prices too."""
    objects = [WHOLE, INCOMING, BARE]
    without_models, table = table_by_rows(objects)
    assert without_models
    assert table.equals(tables.from_messages(decode_page(json.dumps(objects).encode(), Message)))


@pytest.mark.parametrize("changes", [{"price": 1e-21}, {"segments": 2**40}], ids=str)
def test_a_plain_message_that_does_not_fit_is_whole(changes: dict[str, Any]) -> None:
    """A number that its column can't hold stands in `extra`, also where no model was made."""
    without_models, table = table_by_rows([WHOLE, WHOLE | changes])
    assert without_models
    [name] = changes
    assert table[name].to_pylist()[1] is None
    assert json.loads(table["extra"][1].as_py()) == changes


@pytest.mark.parametrize(
    "fields",
    [
        {"modified": datetime(2026, 3, 1, 10)},  # noqa: DTZ001  # what a caller may make
        {"modified": datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=-5)))},
        {"price": Decimal("12345678901234567890123456789.0123")},
        {"segments": 2**40, "direction": 7},
    ],
    ids=str,
)
def test_a_message_made_by_hand_is_exact(fields: dict[str, Any]) -> None:
    """Times without zone are in UTC, and numbers of any size are exact."""
    [row] = tables.from_messages([Message("a", **fields)]).to_pylist()
    expected = Message("a", **fields)
    if isinstance(moment := fields.get("modified"), datetime):
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        expected = Message("a", modified=zoned.astimezone(UTC))
    assert message_of(row) == expected


@pytest.mark.parametrize("price", [0, "-0", "0E+500", "1E+17", "0.10", 0.30000000000000004])
def test_a_price_that_fits_is_in_its_column(price: Any) -> None:
    """The column of prices holds the number of every spelling."""
    [row] = rows_of({"id": "a", "price": price})
    assert row["price"] == Decimal(str(price))
    assert row["extra"] is None


# Reading.


def test_batches_have_the_size_asked_for(archive: Callable[..., Path]) -> None:
    """All batches but the last have the size, and the order is the file's."""
    path = archive(*({"id": str(number)} for number in range(7)), b"\n", b" \r\n")
    read = list(tables.read_batches(path, batch_size=3))
    assert [batch.num_rows for batch in read] == [3, 3, 1]
    assert [value for batch in read for value in batch["id"].to_pylist()] == list("0123456")


def test_a_batch_of_nothing_is_refused(tmp_path: Path) -> None:
    """A bad batch size raises at the call, before the file is opened."""
    with pytest.raises(ValueError, match="at least 1, not 0"):
        tables.read_batches(tmp_path / "none", batch_size=0)


def test_a_torn_last_line_is_left_out(
    archive: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is being written gives its whole lines, and a warning that names no file."""
    path = archive(WHOLE, BARE)
    path.write_bytes(path.read_bytes() + b'{"id":"a3","bo')
    with caplog.at_level(logging.WARNING, logger="ip1_async"):
        assert [message.id for message in tables.read_messages(path)] == ["a1", "a2"]
    assert caplog.messages == ["line 3, the last, is incomplete: left out"]


def test_a_last_line_may_lack_its_end(archive: Callable[..., Path]) -> None:
    """A whole object is a message, with or without a line break after it."""
    path = archive(WHOLE, BARE)
    path.write_bytes(path.read_bytes().rstrip())
    assert len(list(tables.read_messages(path, note=pytest.fail))) == 2


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"id":""}', b"\xff", b"\0\0"])
def test_a_damaged_line_is_named(archive: Callable[..., Path], damage: bytes) -> None:
    """A line that is no message is an error with its number, after the messages before it."""
    messages = tables.read_messages(archive(WHOLE, b"\n", damage, BARE))
    assert next(messages).id == "a1"
    with pytest.raises(InvalidResponseError, match="line 3 is damaged: ") as caught:
        next(messages)
    assert caught.value.__context__ is None


def test_a_line_without_end_does_not_fill_the_memory(
    archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line longer than any message is damage, even if it is the last."""
    monkeypatch.setattr(_reader, "_LONGEST_LINE", 20)
    with pytest.raises(InvalidResponseError, match="line 2 is damaged"):
        list(tables.read_messages(archive(BARE, b"\0" * 30)))


def test_lines_are_read_by_the_hundred(archive: Callable[..., Path]) -> None:
    """Odd lines, and groups of them, cost no number: the error names the line it is in."""
    lines: list[Any] = [{"id": str(number), "body": "x" * 50} for number in range(3000)]
    lines[700] = {"id": "odd", "new": [1]}
    path = archive(*lines, b"{}")
    messages = tables.read_messages(path)
    assert [message.id for message in islice(messages, 3000)] == [each["id"] for each in lines]
    with pytest.raises(InvalidResponseError, match="line 3001 is damaged"):
        next(messages)


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([b'{"id":"1"},{"id":"2"}'], 1),
        ([b'{"id":"1","x":[1', b"2]}"], 1),
        ([b'{"id":"1"}', b","], 2),
    ],
)
def test_a_line_is_one_message(
    archive: Callable[..., Path], lines: list[bytes], number: int
) -> None:
    """Two objects on a line, and an object on two, are damage."""
    with pytest.raises(InvalidResponseError, match=f"line {number} is damaged"):
        list(tables.read_messages(archive(*lines)))


# Converting.


def parquet_of(path: Path, *objects: Any) -> Path:
    """Convert objects to a Parquet file."""
    source = path / "source.jsonl"
    source.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    target = path / "target.parquet"
    assert tables.convert(source, target) == len(objects)
    return target


def test_parquet_gives_the_messages_back(tmp_path: Path) -> None:
    """What was written reads back as equal messages."""
    objects = [WHOLE, BARE, UNKNOWN, {**WHOLE, "price": "1e-30", "body": "\ud800"}]
    rows = parquet.read_table(parquet_of(tmp_path, *objects)).to_pylist()
    assert list(map(message_of, rows)) == [
        decode(json.dumps(each).encode(), Message) for each in objects
    ]


def test_pandas_reads_exact_values(tmp_path: Path) -> None:
    """Prices are Decimals, times are in UTC, statuses are lists."""
    frame = pd.read_parquet(parquet_of(tmp_path, WHOLE, BARE))
    assert frame["price"][0] == Decimal("0.0832")
    assert pd.isna(frame["price"][1])
    assert str(frame["modified"].dtype) == "datetime64[us, UTC]"
    assert frame["modified"][0] == pd.Timestamp("2026-03-01T10:00:02Z")
    assert [each["code"] for each in frame["statuses"][0]] == [101, 777]
    assert len(frame["statuses"][1]) == 0


def test_polars_reads_exact_values(tmp_path: Path) -> None:
    """Prices are Decimals, times are in UTC, statuses are lists of structs."""
    frame = pl.read_parquet(parquet_of(tmp_path, WHOLE, BARE))
    assert frame.schema["price"] == pl.Decimal(38, 20)
    assert frame.schema["modified"] == pl.Datetime("us", "UTC")
    assert frame["price"].to_list() == [Decimal("0.0832"), None]
    first = frame["statuses"].to_list()[0][0]
    assert first["created"] == datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert frame["statuses"].to_list()[1] == []


def test_duckdb_reads_exact_values(tmp_path: Path) -> None:
    """Sums are exact decimals, and statuses can be unnested."""
    path = parquet_of(tmp_path, WHOLE, BARE, {**WHOLE, "id": "a4", "price": 1000})
    with duckdb.connect() as base:
        base.execute("SET TimeZone = 'UTC'")
        answer = base.execute(
            "SELECT sum(price), typeof(any_value(price)), typeof(any_value(modified)),"
            " max(statuses[2].code), max(epoch_us(statuses[1].created)) FROM read_parquet(?)",
            [str(path)],
        ).fetchone()
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC).timestamp() * 1_000_000 + 123_456
    assert answer == (
        Decimal("1000.0832"),
        "DECIMAL(38,20)",
        "TIMESTAMP WITH TIME ZONE",
        777,
        moment,
    )


def test_row_groups_hold_several_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group is larger than a batch, and no larger than it should be."""
    monkeypatch.setattr(_convert, "BATCHES_IN_ROW_GROUP", 2)
    target = parquet_of(tmp_path, *({"id": str(number)} for number in range(20_000)))
    read = parquet.ParquetFile(target).metadata
    assert [read.row_group(index).num_rows for index in range(read.num_row_groups)] == [
        16_384,
        3_616,
    ]


def test_csv_is_flat(archive: Callable[..., Path], tmp_path: Path) -> None:
    """Nested columns are JSON, prices plain decimals, null and empty text differ."""
    path = archive(WHOLE, BARE, {"id": "a3", "price": 100, "reference": ""})
    assert tables.convert(path, tmp_path / "out.CSV") == 3
    lines = (tmp_path / "out.CSV").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(f'"{name}"' for name in tables.SCHEMA.names)
    assert lines[3] == '"a2",,,,,,,,,,,,,"[]",,,,,'
    assert lines[4] == '"a3",,,,,,,,,,,"100",,"[]",,"",,,'
    options = csv.ConvertOptions(column_types={"modified": pa.timestamp("us", "UTC")})
    first = csv.read_csv(
        tmp_path / "out.CSV",
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    ).to_pylist()[0]
    assert first["body"] == WHOLE["body"]
    assert first["price"] == 0.0832
    assert first["modified"] == datetime(2026, 3, 1, 10, 0, 2, tzinfo=UTC)
    assert json.loads(first["statuses"])[0] == WHOLE["statuses"][0]


FORMULAS = ["=1+1", "+46712345678", "-5", "@SUM(A1)", "\t=1", "\r=1"]


def bodies_in(path: Path) -> list[str]:
    """Read the bodies out of a CSV file as a spreadsheet would."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["body"] for row in stdlib_csv.DictReader(file)]


def test_no_text_becomes_a_formula(archive: Callable[..., Path]) -> None:
    """In CSV a text that a spreadsheet would run has a quote in front; numbers have none."""
    harmless = ["a=b", "", " =1", "'=1", "1-1"]
    source = archive(*({"id": "=1", "price": -0.5, "body": body} for body in FORMULAS + harmless))
    target = source.with_name("out.csv")
    tables.convert(source, target)
    assert bodies_in(target) == [f"'{body}" for body in FORMULAS] + harmless
    assert target.read_text(encoding="utf-8").count('"\'=1",') == len(FORMULAS + harmless) + 1
    assert '"-0.5"' in target.read_text(encoding="utf-8")


def test_formulas_may_be_kept(archive: Callable[..., Path]) -> None:
    """With `formulas`, CSV has the texts as they are; Parquet always has."""
    source = archive(*({"id": "1", "body": body} for body in FORMULAS))
    tables.convert(source, source.with_name("out.csv"), formulas=True)
    assert bodies_in(source.with_name("out.csv")) == FORMULAS
    tables.convert(source, source.with_name("out.parquet"))
    assert parquet.read_table(source.with_name("out.parquet"))["body"].to_pylist() == FORMULAS


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_is_private(archive: Callable[..., Path], suffix: str) -> None:
    """A new table is for the user alone; one that is replaced keeps its mode."""
    before = os.umask(0)
    try:
        target = archive(WHOLE).with_name(f"out.{suffix}")
        tables.convert(archive(WHOLE), target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        target.chmod(0o644)
        tables.convert(archive(WHOLE), target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o644
    finally:
        os.umask(before)


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("victim"), Path.mkdir, os.mkfifo])
def test_a_stranger_in_the_place_of_a_table_is_left_alone(
    archive: Callable[..., Path], make: Callable[[Path], object]
) -> None:
    """A target that is a link or a pipe is an error, before the source is read."""
    source, victim = archive(b"{}"), archive(b"precious", name="victim")
    make(source.with_name("out.csv"))
    with pytest.raises(OSError, match="no regular file"):
        tables.convert(source, source.with_name("out.csv"))
    assert victim.read_bytes() == b"precious\n"


def test_a_link_in_the_place_of_a_part_is_not_followed(archive: Callable[..., Path]) -> None:
    """The rest of an interrupted run is removed, even a link; its target stays."""
    source = archive(WHOLE)
    victim = archive(b"precious", name="victim")
    source.with_name("out.csv.part").symlink_to(victim)
    tables.convert(source, source.with_name("out.csv"))
    assert victim.read_bytes() == b"precious\n"
    assert not source.with_name("out.csv").is_symlink()
    assert {path.name for path in source.parent.iterdir()} == {"archive.jsonl", "victim", "out.csv"}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_full_disk_leaves_nothing(archive: Callable[..., Path], suffix: str) -> None:
    """What can't be written to its end is removed, and the old target stays."""
    source = archive(*({"id": str(number), "body": f"{number}" * 90} for number in range(2000)))
    target = archive(b"old", name=f"out.{suffix}")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            tables.convert(source, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == b"old\n"
    assert {path.name for path in source.parent.iterdir()} == {source.name, target.name}


BUNDLE = {"id": "b1", "recipient": "46712345678", "status": "Delivered", "price": 0.1} | {
    "currency": "SEK",
    "modified": "2026-03-01T10:00:02Z",
}


@pytest.mark.parametrize("lines", [[BUNDLE], [WHOLE, {"id": "b2", "status": "Sent"}]])
def test_messages_of_bundles_are_refused(archive: Callable[..., Path], lines: list[Any]) -> None:
    """A v3 message is no SMS: a table of it would be all but empty."""
    source = archive(*lines)
    with pytest.raises(InvalidResponseError, match=f"line {len(lines)} is a message of a bundle"):
        tables.convert(source, source.with_name("out.parquet"))


def test_an_sms_may_get_a_status_one_day(archive: Callable[..., Path]) -> None:
    """A field of that name makes no bundle message of what has a field of an SMS."""
    [message] = tables.read_messages(archive({"id": "a", "direction": "mo", "status": "Delivered"}))
    assert message.extra == {"status": "Delivered"}


def test_a_damaged_archive_leaves_the_old_target(archive: Callable[..., Path]) -> None:
    """After an error, nothing half-written is left, and an old target stays."""
    target = archive(b"old", name="out.parquet")
    with pytest.raises(InvalidResponseError, match="line 2"):
        tables.convert(archive(WHOLE, b"{}", WHOLE), target)
    assert target.read_bytes() == b"old\n"
    assert {path.name for path in target.parent.iterdir()} == {"archive.jsonl", "out.parquet"}


def test_a_missing_source_leaves_nothing(tmp_path: Path) -> None:
    """If the source does not exist, nothing is written."""
    with pytest.raises(FileNotFoundError):
        tables.convert(tmp_path / "none.jsonl", tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.xlsx", ".parquet"])
def test_an_unknown_suffix_is_refused_first(tmp_path: Path, name: str) -> None:
    """The target's name is looked at before the source is."""
    with pytest.raises(ValueError, match=r"must end in \.parquet or \.csv"):
        tables.convert(tmp_path / "none", tmp_path / name)


@pytest.mark.parametrize("name", ["same.csv", "same.csv.part"])
def test_a_source_is_never_the_target(archive: Callable[..., Path], name: str) -> None:
    """An archive can't be overwritten by its own table."""
    source = archive(WHOLE, name=name)
    with pytest.raises(ValueError, match="the same file"):
        tables.convert(source, source.with_name("same.csv"))
    assert json.loads(source.read_text(encoding="utf-8")) == WHOLE


def test_progress_can_end_the_work(archive: Callable[..., Path], tmp_path: Path) -> None:
    """An error of the callback comes out, and no file is left."""

    def stop(done: int, _share: float | None) -> None:
        raise InterruptedError(done)

    with pytest.raises(InterruptedError, match="2"):
        tables.convert(archive(WHOLE, BARE), tmp_path / "out.parquet", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["archive.jsonl"]


# The command.


async def test_convert_may_keep_formulas(archive: Callable[..., Path]) -> None:
    """The option of the command is that of the function."""
    source = archive({"id": "1", "body": "=1"})
    target = source.with_name("out.csv")
    assert await _app.execute(["convert", str(source), str(target)]) == 0
    assert bodies_in(target) == ["'=1"]
    assert await _app.execute(["convert", str(source), str(target), "--formulas"]) == 0
    assert bodies_in(target) == ["=1"]


async def test_convert_says_how_many(
    archive: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command writes the table, and names a line that was left out."""
    source = archive(WHOLE, BARE)
    source.write_bytes(source.read_bytes() + b'{"id')
    target = source.with_name("out.parquet")
    assert await _app.execute(["convert", str(source), str(target)]) == 0
    assert capsys.readouterr() == (
        "",
        "ip1: line 3, the last, is incomplete: left out\nip1: 2 messages written\n",
    )
    assert parquet.read_metadata(target).num_rows == 2


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [("out.txt", 2, "must end in .parquet or .csv"), ("out.csv", 1, "line 2 is damaged")],
)
async def test_convert_fails_in_one_line(
    archive: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    target: str,
    code: int,
    text: str,
) -> None:
    """A bad name is a usage error, a damaged archive is not."""
    source = archive(BARE, b"{}", BARE)
    assert await _app.execute(["convert", str(source), str(source.with_name(target))]) == code
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make packages missing, and forget what was imported with them."""
    for module in [name for name in sys.modules if name.startswith("ip1_async.tables")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delattr("ip1_async.tables")
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


async def test_convert_names_the_extra(
    archive: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without pyarrow one line says what to install."""
    hide(monkeypatch, "pyarrow")
    source = archive(BARE)
    assert await _app.execute(["convert", str(source), "out.csv"]) == 2
    assert capsys.readouterr().err == (
        "ip1: the command needs more packages: install ip1-async[tables]\n"
    )


async def test_other_missing_packages_are_not_hidden(
    archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that no extra brings is a bug, and shows as one."""
    hide(monkeypatch, "ip1_async.tables._reader")
    source = archive(BARE)
    with pytest.raises(ModuleNotFoundError):
        await _app.execute(["convert", str(source), "out.csv"])


@pytest.mark.parametrize("door", ["ip1_async", "ip1_async.tables"])
def test_the_library_names_the_extra(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow the error of the import itself says what to install."""
    hide(monkeypatch, "pyarrow")
    with pytest.raises(ModuleNotFoundError, match=r"install ip1-async\[tables\]") as caught:
        _ = import_module(door).convert
    assert caught.value.name == "pyarrow"
    assert caught.value.__context__ is None


def test_the_library_hides_no_bug_behind_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of its own that is missing is not explained by an extra."""
    hide(monkeypatch, "ip1_async.tables._columns")
    with pytest.raises(ModuleNotFoundError) as caught:
        _ = import_module("ip1_async.tables").convert
    assert "install" not in str(caught.value)


def test_convert_is_at_the_front_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by name and by Tab; a star import, which might lack the extra, leaves it out."""
    assert ip1_async.convert is tables.convert
    assert "convert" in dir(ip1_async)
    hide(monkeypatch, "pyarrow")
    exec("from ip1_async import *", {})
    with pytest.raises(AttributeError, match="'ip1_async' has no attribute 'nothing'"):
        _ = ip1_async.nothing  # type: ignore[attr-defined]


def test_an_unknown_name_is_an_error() -> None:
    """An unknown name of the package is an AttributeError."""
    with pytest.raises(AttributeError, match=r"'ip1_async\.tables' has no attribute 'nothing'"):
        _ = tables.nothing


def test_the_package_never_imports_pyarrow() -> None:
    """Neither the package, the command line nor reading brings it, until a table is asked for."""
    code = (
        "import sys, ip1_async, ip1_async.cli._app; from ip1_async.tables import read_messages;"
        "sys.exit(bool({'pyarrow', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
