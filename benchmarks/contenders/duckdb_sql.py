"""DuckDB, with the same columns."""

import sys

import duckdb

_STATUS = "STRUCT(created TIMESTAMPTZ, code INTEGER, duration INTEGER)"
_COLUMNS = {
    **dict.fromkeys(("id", "batchId", "owner", "sender", "recipient", "body"), "VARCHAR"),
    "direction": "VARCHAR",
    "segments": "INTEGER",
    "type": "VARCHAR",
    "datacoding": "VARCHAR",
    "priority": "INTEGER",
    "price": "DECIMAL(38, 20)",
    "currency": "VARCHAR",
    "statuses": f"{_STATUS}[]",
    "modified": "TIMESTAMPTZ",
    **dict.fromkeys(("reference", "mcc", "mnc"), "VARCHAR"),
}
_SUMS = (
    "select strftime(modified, '%Y-%m'), upper(currency), count(*), sum(price) from m group by all",
    "select mcc, mnc, statuses[1].code, count(*) from m where direction = 'mt' group by all",
    "select dayofweek(modified), hour(modified), count(*) from m group by all",
)


def convert(source: str, target: str) -> None:
    """Write a Parquet file."""
    _messages(source).write_parquet(target, compression="zstd")


def report(source: str) -> None:
    """Print the sums that `ip1 report` shows."""
    base = duckdb.default_connection()
    base.execute("set TimeZone = 'UTC'")
    _messages(source).create("m")
    for query in _SUMS:
        print(base.execute(query).fetchall())


def _messages(source: str) -> duckdb.DuckDBPyRelation:
    return duckdb.read_json(source, format="newline_delimited", columns=_COLUMNS)


if __name__ == "__main__":
    convert(*sys.argv[2:]) if sys.argv[1] == "convert" else report(*sys.argv[2:])
