"""The command `archive`, and what it shows on the way."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

from ip1_async.cli import _app, _output, _screen
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
HINT = "Messages of earlier runs keep the status they had then"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give one long and one short conversation."""
    return {"conversations": {NUMBER: 450, "Acme": 3}}


async def run(directory: Path, *tokens: str) -> int:
    return await _app.execute(["archive", *tokens, "-o", str(directory), "--retry-for", "0"])


async def test_each_conversation_is_a_line(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Piped, the report is a line per conversation and one of sums; nothing else is said."""
    assert await run(tmp_path, NUMBER, "Acme", "4670000") == 0
    out, err = capsys.readouterr()
    assert err == ""
    *rows, sums, missing = out.splitlines()
    assert rows == [
        f"{NUMBER}: 450 messages, 450 new, 0 changed",
        "Acme: 3 messages, 3 new, 0 changed",
        "4670000: 0 messages, 0 new, 0 changed; no messages",
    ]
    asked = len(server.requests)
    counts = f"conversations 3, requests {asked}, retries 0"
    assert sums == f"total: 453 messages, 453 new; {counts}"
    assert missing == "1 of them: no messages with this number or name; the base URL is right"


async def test_a_later_run_says_what_it_does_not_see(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report says that old statuses were not reread, unless they were."""
    await run(tmp_path, NUMBER)
    assert HINT not in capsys.readouterr().out
    await run(tmp_path, NUMBER)
    assert HINT in capsys.readouterr().out
    await run(tmp_path, NUMBER, "--refresh", "7")
    assert HINT not in capsys.readouterr().out


async def test_participants_can_stand_in_a_file(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--from-file reads a name per line, with any line break, and skips blanks and repeats."""
    file = tmp_path / "numbers.txt"
    file.write_bytes(f"\ufeff{NUMBER}\r\n\r\n Acme \r\n".encode())
    assert await run(tmp_path, f"+{NUMBER}", "--from-file", str(file)) == 0
    assert "total: 453 messages, 453 new; conversations 2," in capsys.readouterr().out


async def test_a_failure_is_a_line_and_1(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each conversation that failed is named with its reason; the others are archived."""

    def fail(_: int, request: Request) -> Fault | None:
        return Fault(status=500) if NUMBER in request.path else None

    server.faults = fail
    assert await run(tmp_path, NUMBER, "Acme") == 1
    out, err = capsys.readouterr()
    assert f"{NUMBER}: 0 messages, 0 new, 0 changed; failed\n" in out
    assert "Acme: 3 messages, 3 new, 0 changed\n" in out
    first, reason = err.splitlines()
    assert first == "ip1: 1 of 2 conversations failed"
    assert reason.startswith(f"ip1: {NUMBER}: GET /v2/conversations/{{participant}}: ")


@pytest.mark.parametrize(
    ("tokens", "code", "text"),
    [
        ([], 2, "give a participant"),
        (["."], 2, "PARTICIPANT 1: expected"),
        (["1", "--refresh", "0"], 2, "--refresh: expected"),
        (["--from-file", "/no/such/file"], 1, "/no/such/file"),
    ],
)
async def test_bad_arguments_are_one_line(
    server: Simulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    tokens: list[str],
    code: int,
    text: str,
) -> None:
    """A bad argument is one line on stderr, and nothing is sent."""
    assert await run(tmp_path, *tokens) == code
    _, err = capsys.readouterr()
    assert text in err
    assert err.count("\n") == 1
    assert not server.requests


async def test_an_interrupt_says_how_to_go_on(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C, the last line is the command that goes on."""
    begun = asyncio.Event()

    def stall(_: Request) -> float:
        begun.set()
        return 60.0

    server.latency = stall
    task = asyncio.create_task(run(tmp_path, NUMBER))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert capsys.readouterr() == (
        "",
        (f"ip1: stopped; this goes on:\nip1 archive {NUMBER} -o {tmp_path} --retry-for 0\n"),
    )


async def test_a_terminal_shows_a_table_and_a_bar(
    server: Simulator, tmp_path: Path, terminal: Terminal
) -> None:
    """On a terminal the report is a table, after a bar for all conversations together."""
    terminal.take("stdout", "stderr")
    assert await run(tmp_path, NUMBER, "Acme", "4670000", "x" * 70) == 0
    screen = terminal.screen
    assert "4 of 4 conversations, 453 messages, " in screen
    report = screen[screen.index("conversation  ") :]
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", report)
    assert all(len(line) <= 80 for line in plain.splitlines())
    assert "total: 453 messages, 453 new; conversations 4," in plain


async def test_one_conversation_has_a_bar_of_messages(
    server: Simulator, tmp_path: Path, terminal: Terminal
) -> None:
    """A single conversation is not counted."""
    terminal.take("stderr")
    assert await run(tmp_path, NUMBER) == 0
    assert "450 messages, " in terminal.screen
    assert "conversations" not in terminal.screen


async def test_a_log_gets_a_line_now_and_then(
    server: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is a file, lines tell how far it is, how fast, and how long it will take."""
    monkeypatch.setattr(_screen, "LOG_EVERY", 0.0)
    server.max_page_size = 100
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        monkeypatch.setattr(sys, "stderr", log)
        assert await run(tmp_path, NUMBER) == 0
        monkeypatch.undo()
        log.seek(0)
        lines = log.read().splitlines()
    assert len(lines) >= 5
    for line in lines:
        assert re.fullmatch(r"ip1: archiving: \d+ messages, [\d,]+/s, \d+:\d\d left", line)
    assert lines[-1].endswith(", 0:00 left")


def test_a_log_is_not_flooded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines in a file come seconds apart; an unknown end is not named."""
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        monkeypatch.setattr(sys, "stderr", log)
        with _output.progress("reading", shown=True) as advance:
            advance(1, 10)
            monkeypatch.setattr(_screen, "LOG_EVERY", 0.0)
            advance(2, None)
            monkeypatch.setattr(_screen, "LOG_EVERY", 60.0)
            advance(3, None)
        monkeypatch.undo()
        log.seek(0)
        assert re.fullmatch(r"ip1: reading: 2, [\d,]+/s\n", log.read())


def test_a_pipe_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stderr is a pipe nothing is shown."""
    monkeypatch.setattr(_screen, "LOG_EVERY", 0.0)
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "w") as writer:
        monkeypatch.setattr(sys, "stderr", writer)
        with _output.progress("reading", shown=True) as advance:
            advance(1, 10)
        monkeypatch.undo()
        writer.close()
        assert reader.read() == b""


def test_an_empty_whole_has_no_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress of 0 of 0 divides nothing by zero."""
    monkeypatch.setattr(_screen, "LOG_EVERY", 0.0)
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        monkeypatch.setattr(sys, "stderr", log)
        with _output.progress("reading", shown=True) as advance:
            advance(0, 0)
        monkeypatch.undo()
        log.seek(0)
        assert log.read() == "ip1: reading: 0 of 0\n"
