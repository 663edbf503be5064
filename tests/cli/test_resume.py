"""The place of a list in a file, and the command that goes on from it."""

import asyncio
import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ip1_async.cli import _app
from ip1_async.cli._failures import TYPED
from ip1_async.cli._options import PagingOptions
from ip1_async.cli._output import complain
from ip1_async.cli._resume import Place
from ip1_async.testing import Fault, Simulator

NUMBER = "46712345678"
PAGES = ["--page-size", "100", "--concurrency", "1"]


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give one conversation of a few pages."""
    return {"conversations": {NUMBER: 450}}


async def read(capsys: pytest.CaptureFixture[str], *tokens: str, code: int = 0) -> list[str]:
    """Run a command, and give the ids that it wrote."""
    assert await _app.execute(["messages", NUMBER, *PAGES, *tokens]) == code
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


async def test_a_file_keeps_the_place_over_runs(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each run brings what is new since the last one, and --start holds for the first."""
    file = tmp_path / "place"
    option = ("--cursor-file", str(file))
    first = await read(capsys, *option, "--start", "10", "--max-items", "200")
    assert len(first) == 200
    second = await read(capsys, *option, "--start", "10")
    assert len({*first, *second}) == 440
    assert await read(capsys, *option) == []
    # The lock stays, as those of archives do: without it two runs could hold it.
    assert sorted(os.listdir(tmp_path)) == [".place.lock", "place"]  # noqa: PTH208  # no path for async


async def test_one_run_at_a_time_uses_a_file(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two would write the same, and each would move the place of the other."""
    file = tmp_path / "place"
    async with Place.of(PagingOptions(cursor_file=file)):
        assert await read(capsys, "--cursor-file", str(file), code=1) == []
        assert not server.requests
    assert len(await read(capsys, "--cursor-file", str(file))) == 450


async def test_the_place_is_for_the_user_alone(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even if others could read the file before; an empty one is no place yet."""
    file = tmp_path / "place"
    file.write_text("")
    file.chmod(0o644)
    assert len(await read(capsys, "--cursor-file", str(file))) == 450
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_an_error_leaves_the_place_behind_what_was_written(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next run with the same file brings just the rest."""
    option = ("--cursor-file", str(tmp_path / "place"))
    server.faults = lambda number, _: Fault(status=400) if number >= 3 else None
    first = await read(capsys, *option, code=1)
    assert first
    server.faults = ()
    second = await read(capsys, *option)
    assert len(first) + len(second) == len({*first, *second}) == 450


@pytest.mark.parametrize("kind", ["pipe", "disk"])
async def test_the_place_is_never_ahead_of_stdout(
    server: Simulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: str,
) -> None:
    """A page that a reader or a disk did not take comes again."""
    file, taken = tmp_path / "place", tmp_path / "out"
    pages = 0

    def write(data: bytes) -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise BrokenPipeError if kind == "pipe" else OSError(28, "No space left on device")
        with taken.open("ab") as out:
            out.write(data)

    option = ("--cursor-file", str(file))
    with monkeypatch.context() as patch:
        patch.setattr("ip1_async.cli._output._write", write)
        assert await _app.execute(["messages", NUMBER, *PAGES, *option]) == (kind == "disk")
    err = capsys.readouterr().err
    if kind == "pipe":
        assert err == ""
    else:
        full, stopped, command = err.splitlines()
        assert full == "ip1: the disk is full"
        assert stopped.startswith("ip1: stopped after ")
        assert str(file) in command
    first = [json.loads(line)["id"] for line in taken.read_text("utf-8").splitlines()]
    second = await read(capsys, *option)
    assert len(first) + len(second) == len({*first, *second}) == 450


async def test_a_full_disk_is_said_in_words(server: Simulator) -> None:
    """A real one, and what could not be written is not tried again at the end."""
    code = "import sys; from ip1_async.cli import main; sys.exit(main())"
    program = shlex.join([sys.executable, "-W", "error", "-c", code, "messages", NUMBER])
    process = await asyncio.create_subprocess_shell(f"{program} >/dev/full", stderr=subprocess.PIPE)
    _, err = await process.communicate()
    assert (process.returncode, err) == (1, b"ip1: stdout: the disk is full\n")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x", "--cursor-file: not a cursor of ip1_async"),
        (b"\xff", "--cursor-file: not a cursor of ip1_async"),
        (None, "is no regular file"),
    ],
)
async def test_a_file_that_holds_no_place_is_refused(
    server: Simulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    content: bytes | None,
    text: str,
) -> None:
    """It stays as it is, and nothing is sent."""
    file = tmp_path / "place"
    if content is None:
        file.symlink_to(tmp_path / "elsewhere")
    else:
        file.write_bytes(content)
    command = ["messages", NUMBER, "--cursor-file", str(file)]
    assert await _app.execute(command) == (1 if content is None else 2)
    assert text in capsys.readouterr().err
    assert not server.requests
    if content is None:
        assert os.listdir(tmp_path) == ["place"]  # noqa: PTH208  # no path for async


async def test_a_cursor_goes_with_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Which of two places is meant, nobody can know."""
    for other in (["--start", "3"], ["--cursor-file", "x"]):
        assert await _app.execute(["messages", NUMBER, "--cursor", "x", *other]) == 2
        assert "--cursor: not together with --start or --cursor-file" in capsys.readouterr().err


def place(file: Path | None = None, **more: Any) -> Place:
    return Place({"max_items": None, **more}, file, "abc", 3)


async def test_the_command_counts_what_is_left(state_directory: Path) -> None:
    """What the place stands for is left out of it, in both ways of writing."""
    typed = ["messages", "a b", "--start=3", "--max_items", "10", "--cursor", "x"]
    TYPED.set([*typed, "--direction", "mo"])
    said, command = await place(max_items=10).go_on()
    assert said == "stopped after 3; this goes on:"
    *begin, option, file = shlex.split(command)
    assert begin == ["ip1", "messages", "a b", "--direction", "mo", "--max-items", "7"]
    assert option == "--cursor-file"
    kept = state_directory / os.path.basename(file)  # noqa: PTH119
    assert str(kept) == file
    assert kept.read_text("ascii") == "abc\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_a_place_in_the_home_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a variable it is in the home; a name with blanks is quoted, and then whole."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME")
    TYPED.set(["batches"])
    _, command = await place().go_on()
    assert command.startswith(f"ip1 batches --cursor-file ~{os.sep}.local{os.sep}state{os.sep}ip1")
    for file in (tmp_path / "my place", Path("-place")):
        monkeypatch.chdir(tmp_path)
        _, command = await place(file).go_on()
        assert shlex.split(command)[-1] == os.path.join(".", file)  # noqa: PTH118  # as typed


async def test_a_windows_user_has_another_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where programs keep their things there."""
    monkeypatch.setattr("ip1_async.cli._resume.sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    TYPED.set(["batches"])
    await place().go_on()
    assert len([*(tmp_path / "local" / "ip1").iterdir()]) == 1


async def test_without_room_for_a_file_the_cursor_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long line is better than a place that is lost."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    TYPED.set(["batches"])
    assert (await place().go_on())[-1] == "ip1 batches --cursor abc"


async def test_a_file_that_could_not_be_written_is_no_place(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would lead back to an older place, or to the begin."""
    option = ("--cursor-file", str(tmp_path / "place"))
    (tmp_path / ".place.part").mkdir()  # in the place of what is written first
    assert await _app.execute(["messages", NUMBER, *PAGES, *option]) == 1
    out, err = capsys.readouterr()
    command = shlex.split(err.splitlines()[-1])
    assert command[-2] == "--cursor"
    assert await _app.execute(command[1:]) == 0
    ids = [json.loads(line)["id"] for line in (out + capsys.readouterr().out).splitlines()]
    assert len(ids) == len(set(ids)) == 450


async def test_without_a_home_the_cursor_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is for a user that the system does not know."""

    def fail(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr("ip1_async.cli._resume.Path.expanduser", fail)
    TYPED.set(["batches"])
    assert (await place().go_on())[-1] == "ip1 batches --cursor abc"


@pytest.mark.parametrize(
    "name", ["a  b", "a\xa0b", "--max-items", "it's", "a\nb\tc", "\x1b[1m", "\udcff"]
)
async def test_a_shell_reads_the_command_as_it_was_typed(
    capfd: pytest.CaptureFixture[str], state_directory: Path, name: str
) -> None:
    """Whatever the name is, and where it begins with dashes, too."""
    TYPED.set(["messages", "--max-items", "5", "--", name])
    complain(*await place(max_items=5).go_on())
    command = capfd.readouterr().err.splitlines()[-1]
    shell = ["bash", "-c", f"printf '%s\\0' {command}"]
    process = await asyncio.create_subprocess_exec(*shell, stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    ip1, *rest, option, file, end, read_name = map(os.fsdecode, out.split(b"\0")[:-1])
    assert [ip1, *rest] == ["ip1", "messages", "--max-items", "2"]
    assert (option, Path(file).parent) == ("--cursor-file", state_directory)
    assert (end, read_name) == ("--", name)
