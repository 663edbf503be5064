"""The command `report`: it sums up archives in tables and plots."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from ip1_async import IP1Error, Message
from ip1_async.cli._output import note, write
from ip1_async.cli._work import Tell, extra, in_thread
from ip1_async.cli.report._figures import Figures
from ip1_async.cli.report._sums import draw_figures
from ip1_async.tables import read_messages

_TELL_EVERY = 1_000  # messages


async def report(directory: Path, /, *, plots: Path | None = None, no_plots: bool = False) -> None:
    """Sum up a directory of archives: costs by month, delivery by network, busiest hours.

    The command writes tables to stdout, then plots as PNG files. It never adds up costs of
    different currencies.

    For example:

        ip1 report archive --no-plots

    Args:
        directory: The directory of the archives; the command reads every *.jsonl file in it.
        plots: Directory for the plots, made if it does not exist; the default is report in the
            directory of the archives.
        no_plots: Write tables only, in half the time.
    """
    if plots is not None and no_plots:
        raise ValueError("report: give either --plots or --no-plots")
    figures, files = await in_thread("reading", partial(_add_up, directory))
    await write(draw_figures(figures, files))
    if not no_plots:
        draw = partial(_draw_plots, figures, plots or directory / "report")
        note(*(f"plot in {path}" for path in await in_thread("drawing", draw)))


def _add_up(directory: Path, tell: Tell) -> tuple[Figures, int]:
    """Give the figures, and the number of archives."""
    files = sorted(directory.glob("*.jsonl"))
    if not files:
        raise ValueError(f"no *.jsonl file in {directory}")
    figures = Figures()
    for message in _each_once(files):
        figures.add(message)
        if figures.messages % _TELL_EVERY == 0:
            tell(figures.messages)
    return figures, len(files)


def _draw_plots(figures: Figures, target: Path, _tell: Tell) -> list[Path]:
    with extra("tables", "matplotlib"):
        from ip1_async.cli.report._plots import draw_plots  # noqa: PLC0415  # slow to import
    return draw_plots(figures, target)


def _each_once(files: list[Path]) -> Iterator[Message]:
    """Read archives; a message that is in the archives of both its ends comes once.

    It remembers only the ids of messages whose two ends both have an archive; usually there are
    none.
    """
    ends = {unquote(file.stem).casefold() for file in files}
    seen: set[str] = set()
    for file in files:
        try:
            for message in read_messages(file, note=_naming(file)):
                if ends.issuperset(_ends(message)):
                    if message.id in seen:
                        continue
                    seen.add(message.id)
                yield message
        except IP1Error as error:
            error.add_note(f"in {file}")
            raise


def _ends(message: Message) -> set[str]:
    return {(end or "").casefold() for end in (message.sender, message.recipient)}


def _naming(file: Path) -> Callable[[str], None]:
    return lambda text: note(f"{file}: {text}")
