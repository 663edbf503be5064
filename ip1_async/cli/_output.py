"""Write data to stdout, notes and progress to stderr."""

import asyncio
import logging
import re
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.console import Console, RenderableType

from ip1_async import to_json
from ip1_async.cli._screen import Work, discard, screen

# These are legal in JSON. But a terminal obeys the first group, some programs split lines at the
# second, and UTF-8 can't encode the third.
_RAW = re.compile("[\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]")
# Control characters, and marks that change the direction of the text around them.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONE = re.compile("[\ud800-\udfff]")
_PADDING = re.compile(" +$", re.MULTILINE)


def clean(text: str) -> str:
    """Make text from outside safe to show on one line of a terminal."""
    return without_hidden(" ".join(text.split()))


def without_hidden(text: str) -> str:
    """Take out what a terminal would obey or could not show; blanks stay as they are."""
    return _LONE.sub("\N{REPLACEMENT CHARACTER}", _HIDDEN.sub("", text))


def json_line(model: Any) -> str:
    """Write a model as one line of JSON."""
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(model)) + "\n"


def console() -> Console:
    """Make the console for stdout, with its present width."""
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False)


def render(*parts: RenderableType) -> str:
    """Draw for stdout, in color if that is a terminal."""
    screen = console()
    with screen.capture() as drawn:
        for part in parts:
            screen.print(part)
    return _PADDING.sub("", drawn.get())


async def write(text: str, encoding: str | None = None) -> None:
    """Write to stdout, by default in its own encoding.

    A thread writes: if the reader is slow (`| less`), the pages on their way must not time out.

    Raises:
        BrokenPipeError: The reader has left.
        OSError: The text can't be written.
    """
    data = text.encode(encoding or sys.stdout.encoding, "replace")
    with screen.cleared() if sys.stdout.isatty() else nullcontext():
        await finish(asyncio.to_thread(_write, data))


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Wait for the end of some work, even if this is cancelled meanwhile.

    What was written, and the place that is kept of it, then agree.
    """
    task, stop = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            stop = error
    if stop is not None:
        task.exception()
        raise stop
    task.result()


def _write(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        discard(sys.stdout)
        error.filename = "stdout"
        raise


def note(*lines: str) -> None:
    """Write lines for the user to stderr, unless the user wants only errors."""
    if screen.level <= logging.WARNING:
        complain(*lines)


def complain(*lines: str) -> None:
    """Write what went wrong to stderr. A line that is a command is alone, so it can be copied."""
    for line in lines:
        command = line.startswith("ip1 ")
        screen.say(without_hidden(line) if command else f"ip1: {clean(line)}")


class LogLines(logging.Handler):
    """Shows log records as lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, unless the bar shows it already or nobody asked for it."""
        by_bar = record.name == "ip1_async" and record.levelno == logging.WARNING
        if record.levelno >= screen.level and not (by_bar and screen.shows_waits()):
            complain(record.getMessage())


class Advance:
    """Shows the user how far the work is."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many are done, and of how many if that is known."""
        most = None if total is None else max(done, total)
        of = "" if most is None else f" of {most:,}"
        self.tell(f"{done:,}{of}", done, done / most if most else None)

    def tell(self, text: str, done: int, share: float | None) -> None:
        """Show a text instead of a count; `share` is the part of the work done, from 0 to 1."""
        self._work.reach(text, done, share)
        screen.refresh()


@contextmanager
def progress(what: str, *, shown: bool) -> Iterator[Advance]:
    """Show progress on stderr: a bar on a terminal, a line every few seconds in a file.

    If stderr is a pipe, it shows nothing.
    """
    work = Work(what)
    with screen.show(work) if shown else nullcontext():
        yield Advance(work)
