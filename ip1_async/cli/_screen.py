"""What a person sees on stderr: a line that changes while the work goes on, and lines that stay."""

import logging
import os
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import TextIO

import attrs
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from ip1_async import ServerError, TransportError
from ip1_async.events import Event, Failure, PageRead, Paused

LOG_EVERY = 5.0  # seconds
_WINDOW = 10.0  # seconds; an older speed says little
_STALL = 2.0  # seconds; a shorter wait is part of the speed


class Pace:
    """How fast the work goes, by what the last seconds brought."""

    def __init__(self) -> None:
        self._reached = deque([(time.monotonic(), 0)])
        self._stalled = False

    def reach(self, done: int) -> None:
        """Note how much is done by now."""
        now = time.monotonic()
        if self._stalled:  # the time without any work is no measure of the work after it
            self._reached.clear()
            self._stalled = False
        self._reached.append((now, done))
        while len(self._reached) > 2 and self._reached[1][0] < now - _WINDOW:  # noqa: PLR2004  # a span has two ends
            self._reached.popleft()

    def stall(self) -> None:
        """Note that the work has to wait."""
        self._stalled = True

    def rate(self) -> float | None:
        """Give how much is done in a second; `None` while nobody knows."""
        (begin, before), (_, done) = self._reached[0], self._reached[-1]
        seconds = time.monotonic() - begin
        return (done - before) / seconds if done > before and seconds > 0 else None


@attrs.define
class Work:
    """The work under way, as one line.

    Attributes:
        what: Its name.
        text: How much is done.
        done: The same as a number.
        share: Its part of the whole, from 0 to 1, or `None` if the whole is not known.
        pace: How fast it goes.
    """

    what: str
    text: str = ""
    done: int = 0
    share: float | None = None
    pace: Pace = attrs.field(factory=Pace)
    _waits_for: str = ""
    _until: float = 0.0

    def reach(self, text: str, done: int, share: float | None) -> None:
        """Note how far the work is."""
        self.text, self.done, self.share = text, done, share
        self.pace.reach(done)

    def follow(self, event: Event) -> None:
        """Note what a client reports: whether the work waits, and for what."""
        match event:
            case PageRead():
                self._waits_for = ""
            case Paused(seconds=seconds):
                self._wait("the server asks for less:", seconds)
            case Failure(error=TransportError(), delay=float(delay)):
                self._wait("no connection, next try in", delay)
            case Failure(error=ServerError(), delay=float(delay)):
                self._wait("the server fails, next try in", delay)

    def _wait(self, reason: str, seconds: float) -> None:
        self._waits_for, self._until = reason, time.monotonic() + seconds
        if seconds >= _STALL:
            self.pace.stall()

    def line(self) -> str:
        """Say how far it is, how fast it goes and how long it will take; or what it waits for."""
        if self._waits_for:
            left = ceil(self._until - time.monotonic())
            return f"{self._waits_for} {left} s" if left > 0 else "trying again"
        rate = self.pace.rate()
        if rate is None:
            return self.text
        speed = f"{self.text}, {rate:,.0f}/s"
        if not self.share:
            return speed
        return f"{speed}, {_duration(self.done * (1 / self.share - 1) / rate)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Line(ProgressColumn):
    """Draws the line anew ten times a second, so that a speed falls while nothing comes."""

    def __init__(self, work: Work) -> None:
        self._work = work
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        share = self._work.share
        task.total, task.completed = None if share is None else 1, share or 0
        return Text(self._work.line())


@attrs.frozen
class _Narrow:
    """Leaves room for the ^C that a terminal shows: in a new line, it would move the bar away."""

    drawn: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.drawn, options.update(max_width=options.max_width - 3))


class _Progress(Progress):
    def get_renderable(self) -> RenderableType:
        return _Narrow(super().get_renderable())


class _Bar:
    """A bar at the bottom of a terminal."""

    def __init__(self, work: Work) -> None:
        self._bar = _Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            _Line(work),
            console=Console(stderr=True, markup=False, emoji=False, highlight=False),
            transient=True,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bar.add_task(work.what, total=None)
        self.start, self.stop = self._bar.start, self._bar.stop

    def refresh(self) -> None:
        """Draw it at once."""
        self._bar.refresh()

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(line, soft_wrap=True)


class _Log:
    """Lines in a file, one every few seconds."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._written = time.monotonic()

    def start(self) -> None:
        """Write nothing yet."""

    stop = start

    def refresh(self) -> None:
        """Write a line, unless the last one is just seconds old."""
        line = self._work.line()
        if line and time.monotonic() - self._written >= LOG_EVERY:
            self._written = time.monotonic()
            self.say(f"ip1: {self._work.what}: {line}")

    def say(self, line: str) -> None:
        """Write a line."""
        sys.stderr.write(f"{line}\n")


class Screen:
    """The user's screen, as far as stderr goes there.

    Attributes:
        level: The least level of a log record that is shown.
    """

    def __init__(self) -> None:
        self.level = logging.WARNING
        self._work: Work | None = None
        self._shown: _Bar | _Log | None = None
        self._held: list[str] | None = None

    @contextmanager
    def show(self, work: Work) -> Iterator[None]:
        """Show work on its way: a bar on a terminal, lines in a file, nothing in a pipe."""
        if self.level > logging.WARNING or _is_pipe():
            yield
            return
        shown = (_Bar if sys.stderr.isatty() else _Log)(work)
        self._work, self._shown = work, shown
        shown.start()
        try:
            yield
        finally:
            with _unless_gone():
                shown.stop()
            self._work = self._shown = None

    def refresh(self) -> None:
        """Show how far the work is now."""
        if self._shown is not None:
            with _unless_gone():
                self._shown.refresh()

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Take the bar away while something is written to the same terminal."""
        shown = self._shown
        if shown is None:
            yield
            return
        shown.stop()
        try:
            yield
        finally:
            shown.start()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Show no bar, and keep lines until another program has left the terminal."""
        if self._shown is not None:
            self._shown.stop()
        self._work, self._shown, self._held = None, None, []
        try:
            yield
        finally:
            lines, self._held = self._held, None
            for line in lines:
                self.say(line)

    def say(self, line: str) -> None:
        """Write a line: above the bar, if there is one."""
        if self._held is not None:
            self._held.append(line)
            return
        with _unless_gone():
            if self._shown is not None:
                self._shown.say(line)
            else:
                sys.stderr.write(f"{line}\n")

    def watch(self, on_event: Callable[[Event], None] | None) -> Callable[[Event], None]:
        """Follow a client's events, and pass them on."""

        def follow(event: Event) -> None:
            if self._work is not None:
                self._work.follow(event)
                self.refresh()
            if on_event is not None:
                on_event(event)

        return follow

    def shows_waits(self) -> bool:
        """Whether a pause is seen as it goes, and nobody wants to keep a line of it."""
        return isinstance(self._shown, _Bar) and self.level > logging.INFO


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Write to stderr as long as it takes something; it must not end work half-way."""
    try:
        yield
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Discard what a stream did not take, so that the flush at exit can't fail again."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a device, not a path
        os.dup2(nowhere.fileno(), stream.fileno())


def _is_pipe() -> bool:
    try:
        mode = os.fstat(sys.stderr.fileno()).st_mode
    except (OSError, ValueError):  # another object replaces stderr, without a file
        return True
    return not (stat.S_ISREG(mode) or sys.stderr.isatty())


screen = Screen()
