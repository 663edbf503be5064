"""The command `report`: it sums up archives in tables, plots or data."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ip1_async.cli._output import note, write
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions, current_zone, zone_name
from ip1_async.cli._work import Tell, extra, in_thread
from ip1_async.cli.report._data import as_csv, as_json
from ip1_async.cli.report._figures import Figures
from ip1_async.cli.report._sums import Scope, draw_figures
from ip1_async.tables._reader import read_page
from ip1_async.tables._sources import Archives

_TELL_EVERY = 1_000  # messages


async def report(
    directory: Path,
    /,
    *,
    json: bool = False,
    csv: bool = False,
    plots: Path | None = None,
    no_plots: bool = False,
    period: PeriodOptions = DEFAULT_PERIOD,
) -> None:
    """Sum up a directory of archives: costs by month, delivery, opt-outs, busiest hours.

    The command writes tables to stdout, then plots as PNG files. It never adds up costs of
    different currencies.

    For example:

        ip1 report archive --no-plots

    Args:
        directory: The directory of the archives; the command reads every *.jsonl file in it.
        json: Write all figures as one JSON object, and no plots.
        csv: Write all figures as CSV, one figure in a line, and no plots.
        plots: Directory for the plots, made if it does not exist; the default is report in the
            directory of the archives.
        no_plots: Write tables only, in half the time.
        period: From when, and until when; a message counts at its earliest known time.
    """
    if plots is not None and no_plots:
        raise ValueError("report: give either --plots or --no-plots")
    if json + csv + (plots is not None) > 1:
        raise ValueError("report: give only one of --json, --csv and --plots")
    data = json or csv
    moments = await period.moments(data=data)
    figures = Figures(current_zone(data=data), **moments)
    scope = await in_thread("reading", partial(_add_up, directory, figures, zone_name(data=data)))
    if data:
        write_as = as_json if json else as_csv
        await write(write_as(figures, scope), "utf-8")
        return
    await write(draw_figures(figures, scope))
    if not no_plots:
        draw = partial(_draw_plots, figures, scope, plots or directory / "report")
        note(*(f"plot in {path}" for path in await in_thread("drawing", draw)))


def _add_up(directory: Path, figures: Figures, zone: str, tell: Tell) -> Scope:
    """Count the messages of all archives."""
    archives = Archives.of(directory, note)
    if not archives.is_directory:
        raise ValueError(f"report: expected a directory, not {directory}")
    for number, message in enumerate(archives.rows(read_page), 1):
        figures.add(message)
        if number % _TELL_EVERY == 0:
            tell(number, archives.share)
    newest = datetime.fromtimestamp(archives.newest, UTC)
    return Scope(len(archives.files), zone, figures.partial_months(newest))


def _draw_plots(figures: Figures, scope: Scope, target: Path, _tell: Tell) -> list[Path]:
    with extra("tables", "matplotlib"):
        from ip1_async.cli.report._plots import draw_plots  # noqa: PLC0415  # slow to import
    return draw_plots(figures, scope, target)
