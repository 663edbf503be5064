"""Write data to stdout, notes and progress to stderr."""

import asyncio
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from ip1_async import to_json

# These are legal in JSON. But a terminal obeys the first group, some programs split lines at the
# second, and UTF-8 can't encode the third.
_RAW = re.compile("[\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]")
# Control characters, and marks that change the direction of the text around them.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PADDING = re.compile(" +$", re.MULTILINE)
_LONE = re.compile("[\ud800-\udfff]")

Show = Callable[[str, float | None], None]
LOG_EVERY = 5.0  # seconds


def clean(text: str) -> str:
    """Make text from outside safe to show on one line of a terminal."""
    return _LONE.sub("\N{REPLACEMENT CHARACTER}", _HIDDEN.sub("", " ".join(text.split())))


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

    A thread writes: if the reader is slow (`| less`), the pages on their way must not time out. If
    the command is cancelled meanwhile, the thread still writes the whole text, so that a cursor
    stays right.
    """
    data = text.encode(encoding or sys.stdout.encoding, "replace")
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, _write, data))


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def discard_stdout() -> None:
    """Discard the rest of stdout, so that the flush at exit can't fail again."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a device, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def note(*lines: str) -> None:
    """Write lines for the user to stderr."""
    for line in lines:
        sys.stderr.write(f"ip1: {clean(line)}\n")


class Advance:
    """Shows the user how far the work is, and how fast it goes."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._begin = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many are done, and of how many if that is known."""
        most = None if total is None else max(done, total)
        of = "" if most is None else f" of {most:,}"
        self.tell(f"{done:,}{of}", done, done / most if most else None)

    def tell(self, text: str, done: int, share: float | None) -> None:
        """Show a text instead of a count; `share` is the part of the work done, from 0 to 1."""
        rate = done / (time.monotonic() - self._begin or 1)
        self._show(f"{text}, {rate:,.0f}/s", share)


@contextmanager
def progress(what: str, *, shown: bool) -> Iterator[Advance]:
    """Show progress on stderr: a bar on a terminal, a line every few seconds in a file.

    If stderr is a pipe, it shows nothing.
    """
    if not shown or _is_pipe():
        yield Advance(lambda _text, _share: None)
    elif not sys.stderr.isatty():
        yield Advance(_Log(what).show)
    else:
        with _bar() as bar:
            yield Advance(partial(_draw, bar, bar.add_task(what, total=None, text="")))


def _is_pipe() -> bool:
    try:
        mode = os.fstat(sys.stderr.fileno()).st_mode
    except (OSError, ValueError):  # another object replaces stderr, without a file
        return True
    return not (stat.S_ISREG(mode) or sys.stderr.isatty())


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[text]}", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _draw(bar: Progress, task: TaskID, text: str, share: float | None) -> None:
    # The total is always 1, because rich forgets the speed when a total changes.
    bar.update(task, completed=share or 0, total=None if share is None else 1, text=text)


class _Log:
    """Writes lines to a file, one every few seconds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begin = self._told = time.monotonic()

    def show(self, text: str, share: float | None) -> None:
        """Write a line, unless the last one is just seconds old."""
        now = time.monotonic()
        if now - self._told >= LOG_EVERY:
            self._told = now
            left = f", {(now - self._begin) * (1 / share - 1):,.0f} s left" if share else ""
            note(f"{self._what}: {text}{left}")
