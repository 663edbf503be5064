"""Where output goes: data to stdout, notes and progress to stderr."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ip1_async import to_json

# Legal inside JSON, but a terminal obeys the first, some readers of lines split at the second,
# and UTF-8 has no bytes for the third.
_RAW = re.compile("[\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]")
# Control characters, and marks that turn the direction of the text around them.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PADDING = re.compile(" +$", re.MULTILINE)
_LONE = re.compile("[\ud800-\udfff]")

Advance = Callable[[int, int | None], None]


def clean(text: str) -> str:
    """Make foreign text safe to show on one line of a terminal."""
    return _LONE.sub("\N{REPLACEMENT CHARACTER}", _HIDDEN.sub("", " ".join(text.split())))


def json_line(model: Any) -> str:
    """Write a model as one line of JSON."""
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(model)) + "\n"


def console() -> Console:
    """Make the console for stdout, at its width now."""
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False)


def render(*parts: RenderableType) -> str:
    """Draw for stdout, in color where that is a terminal."""
    screen = console()
    with screen.capture() as drawn:
        for part in parts:
            screen.print(part)
    return _PADDING.sub("", drawn.get())


async def write(text: str, encoding: str | None = None) -> None:
    """Write to stdout, by default in its own encoding.

    A thread does it: where a reader is slow (`| less`) the pages on their way must not time out.
    What was begun is written even if the command is cancelled meanwhile, so that a cursor taken
    before the call stays true.
    """
    data = text.encode(encoding or sys.stdout.encoding, "replace")
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, _write, data))


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def discard_stdout() -> None:
    """Send the rest of stdout nowhere, so that the flush at exit can't fail again."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a device, no path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def note(*lines: str) -> None:
    """Tell the person something, line by line, on stderr."""
    for line in lines:
        sys.stderr.write(f"ip1: {clean(line)}\n")


@contextmanager
def progress(what: str, *, shown: bool) -> Iterator[Advance]:
    """Show a bar on stderr, if that is a terminal; advance it by count so far and total."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield partial(_advance, bar, bar.add_task(what, total=None, count=""))


def _advance(bar: Progress, task: TaskID, done: int, total: int | None) -> None:
    # A bound that moves would make rich forget the speed, so the least one stands.
    bounds = [bound for bound in (bar.tasks[0].total, total) if bound is not None]
    least = max(done, min(bounds)) if bounds else None
    of = "" if least is None else f" of {least:,.0f}"
    rate = done / (bar.tasks[0].elapsed or 1)
    bar.update(task, completed=done, total=least, count=f"{done:,}{of}, {rate:,.0f}/s")
