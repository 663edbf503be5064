"""What a terminal shows while a command works: a bar, what it waits for, and lines above it."""

import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal, last_screen

from ip1_async import RateLimitError, RequestTimeoutError, ServerError, Stats
from ip1_async.cli import _app, _screen
from ip1_async.cli._output import LogLines, note, progress, write
from ip1_async.cli._screen import Pace, Screen, Work, screen
from ip1_async.events import Event, Failure, PageRead, Paused
from ip1_async.testing import Fault, Simulator

NUMBER = "46712345678"
ROUTE = "/v2/conversations/{participant}"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give one conversation of a few pages."""
    return {"conversations": {NUMBER: 450}}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("ip1_async.cli._screen.time.monotonic", lambda: self.now)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the screen."""
    return Clock(monkeypatch)


# Rate and time.


def test_a_rate_is_that_of_the_last_seconds(hands: Clock) -> None:
    """What was fast at the beginning says nothing about now."""
    pace = Pace()
    for second in range(1, 60):
        hands.now += 1
        pace.reach(1_000 * min(second, 30) + 10 * second)
    assert pace.rate() == pytest.approx(10)


def test_a_rate_falls_while_nothing_comes(hands: Clock) -> None:
    """Nobody has to be told for it."""
    pace = Pace()
    assert pace.rate() is None
    hands.now += 1
    pace.reach(100)
    assert pace.rate() == pytest.approx(100)
    hands.now += 9
    assert pace.rate() == pytest.approx(10)


def test_a_stall_is_no_part_of_the_rate_after_it(hands: Clock) -> None:
    """A minute without a connection does not slow down what comes then, nor lengthen the rest."""
    work = Work("reading")
    hands.now += 1
    work.reach("100 of 1,000", 100, 0.1)
    assert work.line() == "100 of 1,000, 100/s, 0:09 left"
    work.follow(Failure(ROUTE, RequestTimeoutError("none"), 60.0))
    hands.now += 60
    work.follow(PageRead(ROUTE, 100, 100))
    work.reach("200 of 1,000", 200, 0.2)
    assert work.line() == "200 of 1,000"
    hands.now += 1
    work.reach("300 of 1,000", 300, 0.3)
    assert work.line() == "300 of 1,000, 100/s, 0:07 left"


def test_a_long_time_has_hours(hands: Clock) -> None:
    """Time is shown as on a clock."""
    work = Work("reading")
    hands.now += 1
    work.reach("1", 1, 1 / 4_000)
    assert work.line() == "1, 1/s, 1:06:39 left"


# Waiting.


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Paused(ROUTE, 20.0), "the server asks for less: 20 s"),
        (Failure(ROUTE, RequestTimeoutError("x"), 3.2), "no connection, next try in 4 s"),
        (Failure(ROUTE, ServerError("x"), 1.0), "the server fails, next try in 1 s"),
        (Failure(ROUTE, ServerError("x"), None), "7"),
        (Failure(ROUTE, RateLimitError("x"), 1.0), "7"),
    ],
)
def test_the_line_says_what_the_work_waits_for(hands: Clock, event: Event, text: str) -> None:
    """It counts down, says that it tries again, and goes back to the count with the next page."""
    work = Work("reading", "7")
    work.follow(event)
    assert work.line() == text
    if text != "7":
        hands.now += 60
        assert work.line() == "trying again"
    work.follow(PageRead(ROUTE, 0, 1))
    assert work.line() == "7"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault(status=429, headers={"Retry-After": "1"}), "the server asks for less: 1 s"),
        (Fault(status=503, headers={"Retry-After": "1"}), "asks for less: 1 s"),
        (Fault(reset="before"), "no connection, next try in 1 s"),
    ],
    ids=["less", "failing", "gone"],
)
async def test_a_terminal_shows_what_a_command_waits_for(
    server: Simulator,
    terminal: Terminal,
    capsys: pytest.CaptureFixture[str],
    *,
    fault: Fault,
    text: str,
) -> None:
    """While nothing comes, the bar says why; in the end it is gone."""
    server.faults = [None, *[fault] * 3]
    terminal.take("stderr")
    assert await _app.execute(["messages", NUMBER, "--page-size", "100", "--concurrency", "1"]) == 0
    shown = terminal.screen
    assert text in shown
    assert last_screen(shown) == [""]
    assert len(capsys.readouterr().out.splitlines()) == 450


async def test_a_file_gets_a_line_about_a_wait(
    server: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is a file, a wait is a line."""
    monkeypatch.setattr(_screen, "LOG_EVERY", 0.0)
    server.faults = [None, Fault(status=429, headers={"Retry-After": "1"})]
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        monkeypatch.setattr(sys, "stderr", log)
        assert await _app.execute(["messages", NUMBER, "--page-size", "100"]) == 0
        monkeypatch.undo()
        log.seek(0)
        assert "ip1: reading: the server asks for less: 1 s\n" in log.read()


# Lines above the bar.


def emit(level: int, text: str, name: str = "asyncio") -> None:
    LogLines().emit(logging.LogRecord(name, level, "", 0, text, (), None))


def test_a_warning_stays_above_the_bar(terminal: Terminal) -> None:
    """It is a whole line of its own, and the bar is drawn below it, and goes."""
    terminal.take("stderr")
    with progress("reading", shown=True) as advance:
        advance(1, 10)
        emit(logging.WARNING, "two\nlines")
        note("a note")
        advance(10, 10)
    assert last_screen(terminal.screen) == ["ip1: two lines", "ip1: a note", ""]


def test_a_pause_is_a_line_where_no_bar_shows_it(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bar counts it down; without one, or with -v, there is a line."""
    emit(logging.WARNING, "paused", "ip1_async")
    assert capsys.readouterr().err == "ip1: paused\n"
    terminal.take("stderr")
    with progress("reading", shown=True):
        emit(logging.WARNING, "hidden", "ip1_async")
        screen.level = logging.INFO
        emit(logging.WARNING, "wanted", "ip1_async")
        screen.level = logging.WARNING
    assert last_screen(terminal.screen) == ["ip1: wanted", ""]


@pytest.mark.parametrize("options", [["-v"], ["--verbose"]])
async def test_verbose_shows_failed_attempts(
    server: Simulator, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    """What was tried again is a line, wherever the option is typed."""
    server.faults = [Fault(status=503)]
    logger, lines = logging.getLogger("ip1_async"), LogLines()
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        assert await _app.execute([*options, "summary", NUMBER]) == 0
        assert "503 Service Unavailable; next attempt in" in capsys.readouterr().err
        server.faults = [*[None] * 1, Fault(status=503)]
        assert await _app.execute(["summary", NUMBER]) == 0
        assert capsys.readouterr().err == ""
    finally:
        logger.removeHandler(lines)
        logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("option", ["-q", "--quiet"])
async def test_quiet_shows_errors_only(server: Simulator, terminal: Terminal, option: str) -> None:
    """No bar and no note, but what went wrong."""
    terminal.take("stderr")
    assert await _app.execute(["messages", "4670", option]) == 0
    assert await _app.execute(["messages", NUMBER, option]) == 0
    server.token = "another"
    assert await _app.execute(["messages", NUMBER, option]) == 1
    assert terminal.screen.startswith("ip1: GET /v2/conversations/{participant}: 401")


async def test_a_table_and_a_bar_share_a_terminal(terminal: Terminal) -> None:
    """The bar leaves while rows are written, and does not tear them."""
    terminal.take("stdout", "stderr")
    with progress("reading", shown=True) as advance:
        for row in range(3):
            await write(f"row {row}\n")
            advance(row, 3)
    assert last_screen(terminal.screen) == ["row 0", "row 1", "row 2", ""]


def test_lines_wait_while_another_program_has_the_terminal(terminal: Terminal) -> None:
    """They come when it has left, and no bar is drawn meanwhile."""
    terminal.take("stderr")
    with progress("reading", shown=True) as advance, screen.held():
        note("later")
        advance(1, 2)
        terminal.file.write("theirs\n")
    with screen.held():
        note("last")
    assert last_screen(terminal.screen) == ["theirs", "ip1: later", "ip1: last", ""]


def test_events_go_on_to_who_counts_them() -> None:
    """A screen without work counts nothing itself."""
    stats = Stats()
    Screen().watch(stats)(PageRead(ROUTE, 0, 3))
    Screen().watch(None)(PageRead(ROUTE, 0, 3))
    assert stats.items == 3


async def test_a_bar_leaves_room_for_what_a_key_shows(
    server: Simulator, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal writes ^C behind the bar; in a new line it would keep the bar from going."""
    terminal.take("stderr")
    assert await _app.execute(["messages", NUMBER, "--page-size", "50"]) == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.screen)
    lines = [line for line in re.split(r"[\r\n]", plain) if line.startswith("reading")]
    assert lines
    assert max(map(len, lines)) <= 77
