"""The command `send`: what it shows, asks and refuses, and how it ends."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign_parts import LOST, VOID, at_post, got, posts
from terminal import Terminal

from ip1_async import Client
from ip1_async.cli import _app
from ip1_async.testing import Fault, Request, Simulator

ANN, BO = "46701234567", "46707654321"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where a campaign's files are."""
    monkeypatch.chdir(tmp_path)
    rows = f"recipient;name\n+46 70-123 45 67;Ann\n{BO};Bo\n"
    (tmp_path / "people.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "text").write_text("Hi {name}!\n", encoding="utf-8")
    (tmp_path / "out").write_text("+46 70 765 43 21\n", encoding="utf-8")
    return tmp_path


async def run(*tokens: str, sender: str = "iP1") -> int:
    """Send to the people in the file."""
    files = ("--from-file", "people.csv", "--body-file", "text", "--journal", "journal")
    usual = ("--sender", sender, "--patience", "0", "--retry-for", "0")
    return await _app.execute(["send", *files, *usual, *tokens])


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], object]]:
    """Give a terminal to type on."""
    master, slave = os.openpty()
    with os.fdopen(slave, encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        yield lambda text: os.write(master, text.encode())
        monkeypatch.undo()
    os.close(master)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have no terminal."""
    with Path(os.devnull).open(encoding="utf-8") as nowhere:
        monkeypatch.setattr(sys, "stdin", nowhere)
        yield


async def test_it_shows_sends_and_reports(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --yes nothing is asked; what is to be sent is shown, and what came of it."""
    options = ("--opt-out-file", "out", "--price", "46=0.5", "--price", "=1", "--tag", "spring")
    assert await run("--yes", *options) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.sub(" {2,}", "  ", out).splitlines() == [
        "to send to  1 recipient, 1 batch",
        "left out: opted out  1 recipient",
        "the first will read  Hi Ann!",
        "in gsm  1 segment, cost 0.50",
        "in ucs  1 segment, cost 0.50",
        "chosen  ucs",
        "sent  1 recipient",
        "left out  1 recipient",
    ]
    (sent,) = server.sent
    assert sent.recipients == (ANN,)
    assert sent.payload["body"] == "Hi {name}!"
    assert sent.payload["tags"][0] == "spring"
    assert await run("--yes", "--opt-out-file", "out", "--tag", "spring") == 0
    out = capsys.readouterr().out
    assert "0 recipients, 0 batches" in out
    assert "before: sent" in out
    assert posts(server) == 1


async def test_a_warning_is_a_line(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said once, and does not keep the campaign from its end."""
    assert await run("--yes", sender="My Shop") == 0
    err = capsys.readouterr().err
    assert re.fullmatch(r"ip1: sender: the API's manual allows no space, .*\n", err)
    assert posts(server) == 1


async def test_empty_cells_are_counted_before_anything_is_sent(
    server: Simulator, folder: Path, deaf: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may be meant, or a column that somebody forgot to fill."""
    (folder / "people.csv").write_text(f"recipient,name\n{ANN},\n{BO}, \n46700000000,Cy\n")
    assert await run("--dry-run") == 0
    assert capsys.readouterr().err == "ip1: {name} is empty for 2 recipients\n"
    assert posts(server) == 0


async def test_what_gsm_lacks_is_shown(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Characters that force UCS are named, and the cost where prices are."""
    (folder / "text").write_text("Hi {name} \u2014 中", encoding="utf-8")
    assert await run("--dry-run") == 0
    lines = re.sub(" {2,}", "  ", capsys.readouterr().out).splitlines()
    assert "in gsm  impossible" in lines
    assert "in ucs  2 segments, give --price for the cost" in lines
    assert "not in gsm  \u2014中" in lines
    assert not posts(server)
    assert not (folder / "journal").exists()


@pytest.mark.parametrize(("answer", "count"), [("y\n", 1), ("YES\n", 1), ("n\n", 0), ("\n", 0)])
async def test_it_asks_on_a_terminal(
    server: Simulator,
    folder: Path,
    keyboard: Callable[[str], object],
    capsys: pytest.CaptureFixture[str],
    *,
    answer: str,
    count: int,
) -> None:
    """Only a yes sends; without one nobody was sent to, which is 1."""
    keyboard(answer)
    assert await run() == 1 - count
    out, err = capsys.readouterr()
    assert err.startswith("Send to 2 recipients? [y/N] ")
    assert posts(server) == count
    assert ("not sent" in out) == (count == 0)


async def test_the_question_can_be_interrupted(
    server: Simulator,
    folder: Path,
    keyboard: Callable[[str], object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C does not wait for an answer, and an answer after it changes nothing."""
    task = asyncio.create_task(run())
    err = ""
    while "[y/N]" not in err:
        await asyncio.sleep(0.01)
        err += capsys.readouterr().err
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    keyboard("y\n")
    await asyncio.sleep(0.05)
    said, command = capsys.readouterr().err.splitlines()[-2:]
    assert said.endswith("ip1: stopped; this goes on:")
    assert command.startswith("ip1 send ")
    assert not posts(server)


async def test_a_terminal_that_is_gone_says_no(
    server: Simulator,
    folder: Path,
    keyboard: Callable[[str], object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command ends, and its lock with it, as nobody will answer."""

    def gone(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("ip1_async.cli.send.os.read", gone)
    async with asyncio.timeout(10):
        assert await run() == 1
    assert "not sent" in capsys.readouterr().out
    assert not posts(server)


@pytest.mark.parametrize(
    ("tokens", "code", "text"),
    [
        ([], 2, "give --yes or --dry-run"),
        (["--yes", "--max-recipients", "1"], 2, "2 would be sent to, more than 1"),
        (["--yes", "--price", "46"], 2, "PREFIX=PRICE"),
        (["--yes", "--price", "46=x"], 2, "PREFIX=PRICE"),
        (["--yes", "--price", "46=nan"], 2, "PREFIX=PRICE"),
        (["--yes", "--price", "1=1"], 2, "prices"),
        (["--yes", "--opt-out-file", "none"], 1, "none"),
        (["--yes", "--tag", "ip1-async:x"], 2, "tags"),
        (["--yes", "--resolve", "sent", "k"], 2, "no batch with it is uncertain"),
    ],
)
async def test_what_is_wrong_is_one_line(
    server: Simulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    deaf: None,
    *,
    tokens: list[str],
    code: int,
    text: str,
) -> None:
    """Nothing is sent."""
    assert await run(*tokens) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err
    assert err.count("\n") == 1
    assert not posts(server)


async def test_another_file_as_journal_is_2(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was sent, and the option is named."""
    (folder / "journal").write_bytes((folder / "people.csv").read_bytes())
    assert await run("--yes") == 2
    assert capsys.readouterr().err.startswith("ip1: --journal: expected one of a campaign")
    assert not posts(server)


async def test_files_have_to_be_given(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only --resolve needs the journal alone."""
    assert await _app.execute(["send", "--journal", "j", "--yes", "--sender", "iP1"]) == 2
    assert "give --sender, --from-file and --body-file" in capsys.readouterr().err


def keys_in(err: str) -> list[str]:
    return re.findall(r"^ip1: uncertain: (\S+):", err, re.MULTILINE)


async def test_an_uncertain_end_names_keys_and_the_way_on(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is 1 and the word `uncertain`, until a person says what became of it."""
    server.faults = at_post(VOID)
    assert await run("--yes") == 1
    first, named, advice = capsys.readouterr().err.splitlines()
    assert first == "ip1: 2 recipients uncertain"
    assert re.fullmatch(r"ip1: uncertain: \S{36}: 2, \d{4}-\S+Z", named)
    assert "--resolve" in advice
    assert await run("--yes") == 1
    (key,) = keys_in(capsys.readouterr().err)
    assert posts(server) == 1
    resolve = ("send", "--journal", "journal", "--resolve", "unsent", key)
    assert await _app.execute(resolve) == 0
    assert capsys.readouterr().err == f"ip1: {key}: 2 recipients, resolved as unsent\n"
    assert await run("--yes") == 0
    assert got(server) == [ANN, BO]


async def test_a_lost_answer_alone_is_no_uncertain_end(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked up."""
    server.faults = at_post(LOST)
    assert await run("--yes") == 0
    assert capsys.readouterr().err == ""


async def test_rejected_ones_are_named(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With their key and status; --retry-rejected sends them."""
    server.faults = at_post(Fault(status=422))
    assert await run("--yes") == 1
    first, named, advice = capsys.readouterr().err.splitlines()
    assert first == "ip1: 2 recipients rejected"
    assert re.fullmatch(r"ip1: rejected: \S{36}: 2, status 422", named)
    assert "--retry-rejected" in advice
    assert await run("--yes") == 1
    assert "before: rejected" in capsys.readouterr().out
    assert await run("--yes", "--retry-rejected") == 0
    assert got(server) == [ANN, BO]


async def test_what_stopped_it_is_said(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those who were not sent to are counted."""
    server.faults = at_post(Fault(status=402))
    assert await run("--yes") == 1
    first, reason = capsys.readouterr().err.splitlines()
    assert first == "ip1: 2 recipients not sent"
    assert reason.startswith("ip1: stopped: POST /v2/batches: 402")


CODE = "import sys; from ip1_async.cli import main; sys.exit(main())"
FILES = ("--from-file", "people.csv", "--body-file", "text", "--journal", "journal")
COMMAND = (sys.executable, "-c", CODE, "send", "--sender", "My Shop", *FILES, "--retry-for", "9")


def hold(server: Simulator, seconds: float) -> asyncio.Event:
    """Let the server hold each POST for some seconds; give what is set when one arrives."""
    entered = asyncio.Event()

    def stall(request: Request) -> float:
        if request.method != "POST":
            return 0.0
        entered.set()
        return seconds

    server.latency = stall
    return entered


async def start(gone: str) -> asyncio.subprocess.Process:
    """Run the command in a process, where the reader of one of its streams has left."""
    reader, writer = os.pipe()
    os.close(reader)
    pipe = asyncio.subprocess.PIPE
    streams: dict[str, Any] = {"stdout": pipe, "stderr": pipe, gone: writer}
    try:
        return await asyncio.create_subprocess_exec(*COMMAND, "--yes", **streams)
    finally:
        os.close(writer)


async def test_a_plan_that_nobody_reads_is_not_sent(server: Simulator, folder: Path) -> None:
    """It is 1: to a script, 0 would mean that everybody was sent to."""
    process = await start("stdout")
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.splitlines()[-1] == b"ip1: nothing was sent, as nobody reads the plan"
    assert not posts(server)


async def test_notes_that_nobody_reads_end_nothing(server: Simulator, folder: Path) -> None:
    """A warning and a wait can't be said; all are sent to nevertheless."""
    server.faults = at_post(Fault(status=429))
    process = await start("stderr")
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.splitlines()[-1].startswith(b"sent ")
    assert got(server) == [ANN, BO]


async def test_a_terminal_that_goes_ends_nothing(
    server: Simulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the bar had it, all are sent to, and the report comes."""
    monkeypatch.setenv("TERM", "xterm")
    entered = hold(server, 0.3)
    master, slave = os.openpty()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*COMMAND, "--yes", stdout=pipe, stderr=slave)
    os.close(slave)
    await entered.wait()
    os.close(master)
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.splitlines()[-1].startswith(b"sent ")


@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 2), ("--yes <&-", 0), ("--yes >&-", 0), ("--yes 2>&-", 0)]
)
async def test_a_stream_may_be_closed(
    server: Simulator, folder: Path, *, closed: str, code: int
) -> None:
    """It is as if it led nowhere; a closed stdin is no terminal to ask on."""
    pipe = asyncio.subprocess.PIPE
    server.faults = at_post(Fault(status=429))
    process = await asyncio.create_subprocess_shell(
        f"{shlex.join(COMMAND)} {closed}", stdin=pipe, stdout=pipe, stderr=pipe
    )
    _, err = await process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in err
    assert got(server) == ([] if code else [ANN, BO])


@pytest.mark.parametrize(("fault", "code"), [(None, 0), (VOID, 1)])
async def test_a_report_that_nobody_reads_changes_no_exit_code(
    server: Simulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    fault: Fault | None,
    code: int,
) -> None:
    """What is uncertain is named where the reader of stdout left after the plan."""

    def leave(_: bytes) -> None:
        if posts(server):
            raise BrokenPipeError

    server.faults = at_post(fault)
    monkeypatch.setattr("ip1_async.cli._output._write", leave)
    assert await run("--yes") == code
    assert len(keys_in(capsys.readouterr().err)) == code


async def begin(server: Simulator, seconds: float) -> "asyncio.Task[int]":
    """Run the command up to its first POST, which the server holds for some seconds."""
    entered = hold(server, seconds)
    task = asyncio.create_task(run("--yes"))
    await entered.wait()
    return task


async def test_another_text_and_a_second_run_are_2(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A journal is for one campaign, and for one run at a time."""
    task = await begin(server, 0.3)
    assert await run("--yes") == 2
    assert "--journal: another run uses this journal" in capsys.readouterr().err
    assert await task == 0
    assert await run("--yes", "--datacoding", "gsm") == 2
    assert "another datacoding" in capsys.readouterr().err
    assert posts(server) == 1


async def test_an_interrupt_says_how_to_go_on(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was on its way is uncertain then, and is looked up by the next run."""
    task = await begin(server, 60.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    said, command = capsys.readouterr().err.splitlines()
    assert said == "ip1: stopped; this goes on:"
    assert command.startswith("ip1 send ")
    server.latency = 0.0
    assert await run("--yes") == 1
    assert len(keys_in(capsys.readouterr().err)) == 1


async def test_a_terminal_shows_a_bar(server: Simulator, folder: Path, terminal: Terminal) -> None:
    """It counts recipients."""
    rows = "".join(f"467{place:08};Ann\n" for place in range(1_500))
    (folder / "people.csv").write_text(f"recipient;name\n{rows}", encoding="utf-8")
    terminal.take("stdout", "stderr")
    assert await run("--yes") == 0
    assert "1,500 of 1,500, " in terminal.screen
    assert "1,500 recipients, 2 batches" in terminal.screen


async def test_two_batches_of_one_key_are_named(
    server: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ids are shown, for the person who resolves it."""
    server.faults = at_post(VOID)
    assert await run("--yes") == 1
    (key,) = keys_in(capsys.readouterr().err)
    async with Client("t", v2_url=server.v2_url) as client:
        for number in (ANN, BO):
            await client.v2.batches.send(sender="iP1", recipients=[number], body="x", key=key)
    assert await run("--yes") == 1
    err = capsys.readouterr().err
    assert all(f", batch {sent.id}" in err for sent in server.sent)
