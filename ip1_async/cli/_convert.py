"""The command `convert`: an archive to Parquet or CSV."""

from pathlib import Path

from ip1_async.cli._output import note
from ip1_async.cli._work import Tell, extra, in_thread


async def convert(source: Path, target: Path, /, *, formulas: bool = False) -> None:
    """Write an archive as a table: Parquet, or CSV with nested columns as JSON.

    Prices are exact decimals, times are in UTC, and unknown fields stand in the column extra. The
    target appears, or is replaced, once it is whole. In CSV a text that a spreadsheet would take
    for a formula gets a ' in front.

    Args:
        source: A file of JSON lines, as ip1 archive and ip1 messages write it.
        target: A file name that ends in .parquet or .csv.
        formulas: Leave texts in CSV as they are, even those that begin with =, +, -, @, a tab or a
            carriage return.
    """

    def work(tell: Tell) -> int:
        with extra("tables", "pyarrow"):
            from ip1_async.tables import convert as write_table  # noqa: PLC0415  # it takes time
        return write_table(source, target, formulas=formulas, note=note, progress=tell)

    count = await in_thread("converting", work)
    note(f"{count:,} messages written")
