"""The command line, run in this process and, where it ends a process, as a command."""

import asyncio
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

from ip1_async import Message, Stats, cli
from ip1_async.cli import _app, _bench
from ip1_async.cli._output import clean, json_line, render
from ip1_async.cli._tables import counts_table, draw_details
from ip1_async.cli.demo import _sums
from ip1_async.models import Status
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
EVIL = "hi\x1b[31mred\x9b2J\x00\r\nnext\u202eedis\ud800 [bold]x[/bold] :smile:"
SPARSE: list[dict[str, Any]] = [
    {"id": "a", "body": EVIL, "direction": "mt", "sender": "iP1", "recipient": NUMBER},
    {"id": "b", "direction": "mo", "sender": NUMBER, "recipient": "iP1", "price": 1},
    {"id": "c", "direction": "sideways", "statuses": [{"code": 777}, {}]},
    {"id": "d", "sender": NUMBER, "statuses": [{"created": "2026-03-01T10:00:00Z"}]},
]


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give each test small lists, and one with everything that can be wrong."""
    return {
        "conversations": {NUMBER: 450, "sparse": SPARSE},
        "batches": {"b1": 30},
        "bundles": {"v1": 20},
    }


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's own settings."""
    for name in ("IP1_V2_URL", "IP1_V3_URL", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IP1_API_TOKEN", "secret-token")
    monkeypatch.setenv("COLUMNS", "80")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def ids_of(out: str) -> list[str]:
    return [each["id"] for each in lines(out)]


# Reading.


async def test_a_conversation_is_json_lines(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Piped, each message is one line of JSON, in order, each once."""
    assert await _app.execute(["messages", NUMBER, "--concurrency", "4"]) == 0
    out, err = capsys.readouterr()
    ids = ids_of(out)
    assert len(ids) == len(set(ids)) == 450
    assert err == ""


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--direction", "mo", "--max-items", "3"], 3),
        (["--start", "440"], 10),
        (["--order", "DESC", "--page-size", "7", "--max-items", "8"], 8),
    ],
)
async def test_paging_options_reach_the_api(
    server: Simulator, capsys: pytest.CaptureFixture[str], options: list[str], count: int
) -> None:
    """The options of the command are those of the call."""
    assert await _app.execute(["messages", NUMBER, *options]) == 0
    assert len(lines(capsys.readouterr().out)) == count
    query = server.requests[0].query
    assert query["order"] == ("DESC" if "DESC" in options else "ASC")
    assert server.requests[0].path.endswith("/mo") == ("mo" in options)


async def test_an_empty_conversation_is_no_error(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A conversation without messages says so on stderr, with the other reason it could have."""
    assert await _app.execute(["messages", "4670000"]) == 0
    assert capsys.readouterr() == (
        "",
        "ip1: no messages with this number or name; the base URL is right\n",
    )


@pytest.mark.parametrize(
    ("command", "count"), [(["batch", "b1"], 30), (["bundle", "v1", "--max-items", "7"], 7)]
)
async def test_batches_and_bundles_are_listed(
    server: Simulator, capsys: pytest.CaptureFixture[str], command: list[str], count: int
) -> None:
    """Batches and bundles are JSON lines, too."""
    assert await _app.execute(command) == 0
    assert len(lines(capsys.readouterr().out)) == count


@pytest.mark.parametrize("command", [["batch", "b1"], ["bundle", "v1"]])
async def test_one_message_is_one_line(
    server: Simulator, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """With the id of a message, the command shows that message."""
    await _app.execute([*command, "--max-items", "1"])
    [wanted] = ids_of(capsys.readouterr().out)
    assert await _app.execute([*command, wanted]) == 0
    assert ids_of(capsys.readouterr().out) == [wanted]


async def test_a_summary_is_json(server: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A piped summary is one JSON object."""
    assert await _app.execute(["summary", NUMBER]) == 0
    [summary] = lines(capsys.readouterr().out)
    assert summary["totalMessageCount"] == 450


async def test_hostile_text_is_valid_json(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lone surrogates and control characters are escaped, and come back as they were."""
    assert await _app.execute(["messages", "sparse"]) == 0
    out = capsys.readouterr().out
    assert lines(out)[0]["body"] == EVIL
    assert not {"\x1b", "\x9b", "\x00"} & set(out)


def test_a_line_of_json_is_one_line() -> None:
    """No line separator inside a message splits its line of JSON."""
    text = "a\x85b\u2028c\u2029d\x7f"
    line = json_line(Message("1", body=text))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["body"] == text


# On a terminal.


async def test_a_terminal_shows_a_table(server: Simulator, terminal: Terminal) -> None:
    """On a terminal a conversation is a table with one heading, in lines that fit."""
    terminal.take("stdout")
    assert await _app.execute(["messages", NUMBER, "--page-size", "5", "--max-items", "12"]) == 0
    heading, *rows = terminal.screen.splitlines()
    assert "other party" in heading
    assert len([row for row in rows if row.startswith("20")]) == 12
    assert all(len(re.sub("\x1b[^m]*m", "", row)) <= 80 for row in rows)
    assert "201 delivered" in rows[0]
    assert "→" in rows[0]
    assert "other party" not in "".join(rows)


async def test_a_wide_terminal_wraps_the_text(
    server: Simulator, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the text has room, it is shown whole."""
    monkeypatch.setenv("COLUMNS", "140")
    terminal.take("stdout")
    assert await _app.execute(["messages", NUMBER, "--max-items", "12"]) == 0
    assert "…" not in terminal.screen


async def test_hostile_text_is_harmless_on_a_terminal(
    server: Simulator, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message can't move the cursor, color the screen, turn the text or use markup."""
    monkeypatch.setenv("COLUMNS", "140")
    terminal.take("stdout")
    assert await _app.execute(["messages", "sparse"]) == 0
    assert "hi[31mred2J nextedis\N{REPLACEMENT CHARACTER} [bold]x[/bold] :smile:" in terminal.screen
    assert not {"\x9b", "\x00", "\u202e"} & set(terminal.screen)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["summary", NUMBER], "outgoing, by latest status"),
        (["batch", "b1"], "recipient"),
        (["bundle", "v1"], "Delivered"),
    ],
)
async def test_other_commands_show_tables(
    server: Simulator, terminal: Terminal, command: list[str], text: str
) -> None:
    """Summaries, batches and bundles are tables on a terminal."""
    terminal.take("stdout")
    assert await _app.execute(command) == 0
    assert text in terminal.screen


async def test_json_can_be_forced(server: Simulator, terminal: Terminal) -> None:
    """With --json a terminal gets JSON lines."""
    terminal.take("stdout")
    assert await _app.execute(["messages", NUMBER, "--json", "--max-items", "2"]) == 0
    assert len(ids_of(terminal.screen)) == 2


async def test_a_bar_goes_to_a_terminal_on_stderr(
    server: Simulator, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """With data going elsewhere, a terminal on stderr shows how far it is."""
    terminal.take("stderr")
    assert await _app.execute(["messages", NUMBER, "--page-size", "50"]) == 0
    assert len(lines(capsys.readouterr().out)) == 450
    assert "450 of 450" in terminal.screen


def test_details_show_the_history() -> None:
    """The details of a message name each status, known or not, and whether it is final."""
    history = (Status(code=599), Status())
    drawn = draw_details(Message("x", body="two\nlines", statuses=history))
    assert "599 (final)" in drawn
    assert "two lines" in drawn
    assert "-  -" in drawn


async def test_details_on_a_terminal(server: Simulator, terminal: Terminal) -> None:
    """One message is shown field by field on a terminal."""
    server.batches = {"b1": SPARSE}
    terminal.take("stdout")
    assert await _app.execute(["batch", "b1", "d"]) == 0
    assert "2026-03-01 10:00:00 UTC" in terminal.screen


def test_a_counts_table_sums_up_the_rest() -> None:
    """The less frequent labels share one row; a table without messages is no error."""
    table = counts_table("by", [("a", 1, 1), ("b", 3, 4), ("c", 1, 2)], 1)
    assert table.row_count == 2
    assert counts_table("by", [("a", 0, 0)], 1).row_count == 1


def test_clean_keeps_what_can_be_read() -> None:
    """Letters, emoji and their joiners stay."""
    assert clean("Åsa 👩\u200d🚒 رمز") == "Åsa 👩\u200d🚒 رمز"


# How it ends.


async def test_an_error_is_one_line(server: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """An error of the API is one line, without a traceback and without the token."""
    server.token = "another"
    assert await _app.execute(["summary", NUMBER]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ip1: GET /v2/conversations/{participant}/summary: ")
    assert err.count("\n") == 1
    assert "secret-token" not in err


async def test_a_stop_in_the_middle_can_be_resumed(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """After an error in the middle, the last line is a command that brings just the rest."""
    server.faults = lambda number, _: Fault(status=400) if number >= 3 else None
    assert await _app.execute(["messages", NUMBER, "--page-size", "100"]) == 1
    out, err = capsys.readouterr()
    first, stopped, command = err.splitlines()
    assert first.startswith("ip1: GET ")
    assert stopped.startswith("ip1: stopped after ")
    server.faults = ()
    assert await _app.execute(shlex.split(command)[1:]) == 0
    ids = ids_of(out) + ids_of(capsys.readouterr().out)
    assert len(ids) == len(set(ids)) == 450


async def test_an_interrupt_in_the_middle_can_be_resumed(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command stopped in the middle ends with the command that brings the rest."""
    asked_further = asyncio.Event()

    def stall(request: Request) -> float:
        if request.query["start"] == "0":
            return 0.0
        asked_further.set()
        return 60.0

    server.latency = stall
    task = asyncio.create_task(_app.execute(["messages", NUMBER, "--page-size", "100"]))
    await asked_further.wait()
    out = ""
    while not out:  # the first page is written in a thread
        await asyncio.sleep(0.01)
        out = capsys.readouterr().out
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    more, err = capsys.readouterr()
    assert len(lines(out + more)) == 100
    stopped, command = err.splitlines()
    assert stopped == "ip1: stopped after 100; this goes on:"
    server.latency = 0.0
    assert await _app.execute(shlex.split(command)[1:]) == 0
    assert len({*ids_of(out + more), *ids_of(capsys.readouterr().out)}) == 450


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["nonsense"], "Unknown command"),
        (["messages"], "requires an argument"),
        (["messages", NUMBER, "--order", "UP"], "--order"),
        (["messages", NUMBER, "--page-size", "0"], "--page-size: expected"),
        (["messages", NUMBER, "--cursor", "x"], "--cursor: not a cursor"),
        (["messages", NUMBER, "--timeout", "0"], "--timeout: expected"),
        (["messages", " "], "PARTICIPANT: expected"),
        (["messages", NUMBER, "--token-file", "/no/such/file"], "--token-file: No such file"),
        (["messages", NUMBER, "--v2-url", "http://example.org"], "--allow-http"),
        (["simulate", "--conversation", "x"], "NAME=COUNT"),
        (["simulate", "--port", "70000"], "65535"),
        (["demo", "--messages", "0"], "> 0"),
    ],
)
async def test_bad_arguments_are_usage_errors(
    capsys: pytest.CaptureFixture[str], tokens: list[str], text: str
) -> None:
    """A bad argument ends with 2 and one line, before anything is sent."""
    assert await _app.execute(tokens) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err
    assert err.startswith("ip1: ")
    assert err.count("\n") == 1


async def test_the_token_can_stand_in_a_file(
    server: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --token-file the variable is not needed, and the file's last newline does no harm."""
    monkeypatch.delenv("IP1_API_TOKEN")
    file = tmp_path / "token"
    file.write_text("from-file\n")
    server.token = "from-file"
    assert await _app.execute(["summary", NUMBER]) == 2
    assert await _app.execute(["summary", NUMBER, "--token-file", str(file)]) == 0


async def test_a_broken_pipe_is_quiet(
    server: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader that closes the pipe is no error, and later output is discarded."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert await _app.execute(["messages", NUMBER]) == 0
        monkeypatch.undo()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["cyclopts", "rich.console"])
def test_a_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Without the extra the command says in one line what to install."""
    _forget_the_app(monkeypatch, name)
    assert cli.main() == 2
    assert capsys.readouterr().err.endswith("install ip1-async[cli]\n")


def test_another_missing_module_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that the extra does not bring is not hidden."""
    _forget_the_app(monkeypatch, "aiohttp")
    with pytest.raises(ModuleNotFoundError):
        cli.main()


def _forget_the_app(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    class Finder:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "ip1_async.cli._app":
                raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.delitem(sys.modules, "ip1_async.cli._app")
    monkeypatch.delattr(cli, "_app")
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])


def test_main_reads_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry point runs what the process was called with."""
    monkeypatch.setattr(sys, "argv", ["ip1", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out == "0.1.0\n"


@pytest.mark.parametrize("command", [name for name in _app.app if not name.startswith("-")])
def test_help_fits_and_explains(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each command explains itself, each option has a text, and only a made-up token is typed."""
    assert _app.run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert ("--token " in out) == (command == "simulate")
    assert "default: False" not in out


@pytest.mark.parametrize("command", [name for name in _app.app if not name.startswith("-")])
def test_help_has_examples_that_can_be_typed(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Each command shows how it is used, and takes what it shows."""
    assert _app.run([command, "--help"]) == 0
    lines = map(str.strip, capsys.readouterr().out.splitlines())
    examples = [line.partition(" >>")[0] for line in lines if line.startswith(f"ip1 {command} ")]
    assert examples
    for example in examples:
        function, _, unused, *_ = _app.app.parse_known_args(shlex.split(example)[1:])
        assert function.__name__ == command
        assert not unused


def test_options_of_all_commands_are_in_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of `ip1` has them, and no other repeats them."""
    assert _app.run([]) == 0
    out = capsys.readouterr().out
    assert _app.run(["messages", "--help"]) == 0
    other = capsys.readouterr().out
    for option in ("--token-file", "--timeout", "--verbose -v", "--quiet -q"):
        assert option in out
        assert option not in other
    assert out.index(" messages ") < out.index(" archive ") < out.index(" bench ")


def fresh(code: str) -> str:
    """Run code in a fresh interpreter, where no command was imported, and give its output."""
    command = [sys.executable, "-c", f"import sys\nfrom ip1_async.cli import _app\n{code}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("tokens", [[], ["--help"], ["-h"]])
def test_help_lists_all_commands(tokens: list[str]) -> None:
    """The overview says of every command what it does."""
    out = fresh(f"assert _app.run({tokens}) == 0")
    for name in (name for name in _app.app if not name.startswith("-")):
        assert re.search(rf"│ {name} +[A-Z]\w+ ", out), name


def test_the_command_starts_without_what_others_need() -> None:
    """What only some commands need is not imported before one of them runs."""
    loaded = fresh("_app.run(['--version']); print(*sys.modules)").split()
    assert not {"aiohttp", "pyarrow", "markdown_it", "ip1_async.testing"} & set(loaded)


# Simulator and demo.


def _interrupt_when(ready: Callable[[], bool]) -> threading.Thread:
    """Send Ctrl-C to this process once something is true."""

    def wait() -> None:
        while not ready():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    # A job that a shell started in the background ignores Ctrl-C, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_simulate_serves_until_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The simulator prints the variables to paste, serves, and ends quietly with 0."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    stream: Any = out.buffer
    thread = _interrupt_when(lambda: b"TOKEN" in stream.getvalue())
    assert _app.run(["simulate", "--conversation", "a=b=3", "--batch", "x=2"]) == 0
    thread.join()
    variables = dict(
        line.removeprefix("export ").split("=", 1)
        for line in stream.getvalue().decode().splitlines()
    )
    assert variables["IP1_V2_URL"].startswith("http://127.0.0.1:")
    assert variables["IP1_API_TOKEN"] == "simulated"
    monkeypatch.undo()
    assert "Ctrl-C" in capsys.readouterr().err


async def test_simulate_tells_when_the_port_is_taken(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port in use is one line and 1."""
    assert await _app.execute(["simulate", "--port", str(server.port)]) == 1
    assert "address already in use" in capsys.readouterr().err


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends any other command with 130, without a traceback."""
    begin = time.monotonic()
    thread = _interrupt_when(lambda: time.monotonic() > begin + 0.3)
    assert _app.run(["demo", "--latency", "5"]) == 130
    thread.join()
    assert capsys.readouterr() == ("", "")


async def test_the_demo_tells_what_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo names counts, costs, time and requests, and what it measured and where."""
    assert await _app.execute(["demo", "--messages", "2300", "--latency", "0.01"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(len(line) <= 80 and line == line.rstrip() for line in out.splitlines())
    for text in (
        "2,300 messages from a simulator on this machine, not from the live service",
        "outgoing",
        "201 delivered to handset",
        "SEK",
        "0 refused by the rate limit (429)",
        "extrapolated to 12 pages from the first 10",
        "measured",
    ):
        assert text in out


async def test_the_demo_sends(capsys: pytest.CaptureFixture[str]) -> None:
    """Batches go out, every message is reported and read, and the outcome is a table."""
    assert await _app.execute(["demo", "--send", "--recipients", "1020", "--latency", "0.01"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(len(line) <= 80 and line == line.rstrip() for line in out.splitlines())
    for text in (
        "1,020 SMS to a simulator on this machine: nobody gets one",
        "201 delivered to handset",
        "EUR",
        "2 batches",
        "1,020 accepted, 0 of them twice",
        "delivery reports",
        "1,020 of 1,020 ended as the last report said",
    ):
        assert text in out


async def test_bench_measures_an_account(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report of bench has latency, pages ahead and the share of the limit, for few requests."""
    command = ["bench", NUMBER, "--pages", "3", "--page-size", "20", "--concurrency", "4"]
    assert await _app.execute(command) == 0
    out, _ = capsys.readouterr()
    assert all(len(line) <= 80 for line in out.splitlines())
    for text in (
        "one page after another",
        "4 pages ahead",
        "60 messages in",
        "less than a second is only a burst",
    ):
        assert text in out
    requests = len(server.requests)
    assert f"{requests} in all, 0 of them failed" in out
    assert requests <= 5 + 3 + 1


def test_bench_tells_the_share_of_the_limit() -> None:
    """Over a second and more the rate can be compared with the limit."""
    result = _bench.BenchResult([0.3, 0.1], 16, 10_000, 2.0, 51, 30.0, Stats(attempts=56))
    assert "85% of 30 per second" in render(result.table())


async def test_bench_needs_messages(server: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Without messages there is nothing to measure, and a note names the other possible reason."""
    assert await _app.execute(["bench", "46000"]) == 0
    assert "nothing to measure with: no messages" in capsys.readouterr().err


def test_the_demo_counts_what_is_odd() -> None:
    """Currencies in capitals and small letters are one; unknown values have their own row."""
    sums = _sums.MessageSums()
    sums.add(Message("1", price=Decimal("0.1"), currency="sek"))
    sums.add(Message("2", price=Decimal("0.2"), currency="SEK", statuses=(Status(),)))
    sums.add(Message("3"))
    assert sums.costs == {"SEK": Decimal("0.3")}
    assert list(sums.rows("status")) == [("-", 3, 0)]
    assert list(sums.rows("direction")) == [("-", 3, 0)]


# As a command.

_CODE = "import sys; from ip1_async.cli import main; sys.exit(main())"
IP1 = (sys.executable, "-W", "error", "-c", _CODE)


async def _start(*tokens: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *IP1, *tokens, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize(
    ("tokens", "code", "errors"),
    [
        (["messages", NUMBER], 0, 0),
        (["batch", "none"], 1, 1),
        (["messages", NUMBER, "--nonsense"], 2, 1),
    ],
)
async def test_exit_codes(server: Simulator, tokens: list[str], code: int, errors: int) -> None:
    """A process ends with 0, 1 or 2, and says at most one line about it."""
    process = await _start(*tokens)
    _, err = await process.communicate()
    assert process.returncode == code
    assert err.count(b"\n") == errors


async def test_sigint_ends_a_process_with_130(server: Simulator) -> None:
    """Ctrl-C in the middle ends a process with 130 and no traceback."""
    server.latency = lambda request: 0.0 if request.query["start"] == "0" else 60.0
    process = await _start("messages", NUMBER)
    assert process.stdout is not None
    await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130
    assert err.startswith(b"ip1: stopped after ")
    assert err.splitlines()[-1].startswith(b"ip1 messages 46712345678 --cursor-file ")


async def test_head_ends_a_process_quietly(server: Simulator) -> None:
    """`ip1 messages ... | head -1` gives one line and no complaint, not even at exit."""
    shell = f"{sys.executable} -W error -c '{_CODE}' messages {NUMBER} --page-size 20 | head -1"
    process = await asyncio.create_subprocess_shell(
        f"set -o pipefail; {shell}",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        executable="/bin/bash",
    )
    out, err = await process.communicate()
    assert (process.returncode, out.count(b"\n"), err) == (0, 1, b"")
