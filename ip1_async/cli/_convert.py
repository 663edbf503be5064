"""The command `convert`: archives as a table."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ip1_async.cli._output import note
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions
from ip1_async.cli._work import Tell, extra, in_thread


async def convert(
    source: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    target: Path,
    /,
    *,
    excel: bool = False,
    formulas: bool = False,
    period: PeriodOptions = DEFAULT_PERIOD,
) -> None:
    """Write archives as a table: Parquet, or CSV with nested columns as JSON.

    Prices are exact decimals, times are in UTC, and unknown fields are in the column extra. The
    target gets its name only when it is complete. In CSV, a text that a spreadsheet would run as a
    formula gets a ' in front.

    For example:

        ip1 convert archive/46712345678.jsonl messages.parquet

    Args:
        source: A file of JSON lines, as ip1 archive and ip1 messages write it, a directory of
            them, or - for stdin.
        target: A file name that ends in .parquet or .csv. Without a suffix it is a directory of
            Parquet files, one for each month.
        excel: Write CSV as Excel opens it where decimals have a comma: with semicolons.
        formulas: Put no ' in front of texts in CSV that begin with =, +, -, @, a tab or a carriage
            return.
        period: From when, and until when, by the last update.
    """
    moments = await period.moments(data=True)

    def work(tell: Tell) -> int:
        with extra("tables", "pyarrow"):
            from ip1_async.tables import convert as write_table  # noqa: PLC0415  # slow to import
        stream = sys.stdin.buffer if str(source) == "-" else source
        options = {"formulas": formulas, "excel": excel}
        return write_table(stream, target, **options, **moments, note=note, progress=tell)

    count = await in_thread("converting", work)
    note(f"{count:,} messages written")
