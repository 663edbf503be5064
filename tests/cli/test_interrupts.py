"""Commands in a terminal that are stopped: the last thing on its screen is how to go on."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terminal import last_screen, run_in_terminal

from ip1_async.cli import _app
from ip1_async.testing import Request, Simulator

NUMBER = "46712345678"
_CODE = "import sys; from ip1_async.cli import main; sys.exit(main())"
IP1 = (sys.executable, "-W", "error", "-c", _CODE)
TO_FILE = "echo $$ >pid; exec {} >out.jsonl"
TO_SCREEN = "echo $$ >pid; exec {}"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give lists of more than one page."""
    return {
        "conversations": {NUMBER: 250},
        "batches": {f"b{number}": 250 for number in range(250)},
        "bundles": {f"v{number}": 250 for number in range(250)},
    }


@pytest.fixture
def stalled(ip1_simulator: Simulator) -> asyncio.Event:
    """Answer nothing after the second page of anything."""
    event = asyncio.Event()

    def stall(request: Request) -> float:
        if int(request.query["start"]) < 100:
            return 0.0
        event.set()
        return 60.0

    ip1_simulator.latency = stall
    return event


def environment(server: Simulator, **more: str) -> dict[str, str]:
    own = {"IP1_V2_URL": server.v2_url, "IP1_V3_URL": server.v3_url, "IP1_API_TOKEN": "any"}
    size = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    return {**os.environ, **own, **size, "PAGER": "", **more}


def command_on(screen: list[str]) -> list[str]:
    """Read the command at the end of a screen: what is typed after ip1."""
    said = max(place for place, line in enumerate(screen) if "ip1: stopped" in line)  # behind ^C
    return shlex.split("".join(screen[said + 1 :]).replace("~", str(Path.home())))[1:]


async def stop(
    server: Simulator,
    folder: Path,
    script: str,
    ready: Callable[[bytes], bool],
    how: signal.Signals,
    **more: str,
) -> tuple[list[str], int]:
    """Run a script in a terminal, stop it, and give its last screen and its exit code."""
    done = False

    def stop_it(seen: bytes) -> bool:
        nonlocal done
        if not done and ready(seen) and how is signal.SIGTERM:
            done = True
            os.kill(int((folder / "pid").read_text()), how)
        return how is signal.SIGINT and ready(seen)

    output, code = await asyncio.to_thread(
        run_in_terminal,
        ["bash", "-c", f'exec <"$(tty)"\n{script}'],
        folder=folder,
        environment=environment(server, **more),
        ready=stop_it,
        keys=b"\x03",
    )
    return last_screen(output.replace("\r\n", "\n")), code


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("script", [TO_FILE, TO_SCREEN])
@pytest.mark.parametrize(
    "command",
    [["messages", NUMBER], ["batch", "b1"], ["bundle", "v1"], ["batches"], ["bundles"]],
    ids=lambda command: command[0],
)
async def test_a_list_goes_on_where_it_stopped(
    ip1_simulator: Simulator,
    stalled: asyncio.Event,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    how: signal.Signals,
    script: str,
    command: list[str],
) -> None:
    """Ctrl-C and SIGTERM end a list with 130 and the command for the rest, and with no bar."""
    typed = shlex.join([*command, "--page-size", "50", "--concurrency", "1"])
    program = f"{shlex.join(IP1)} {typed}"
    rows = {"batches": b"\nb", "bundles": b"\n-"}.get(command[0], b"\n20")
    shown = b"reading" if script == TO_FILE else rows
    screen, code = await stop(
        ip1_simulator,
        tmp_path,
        script.format(program),
        lambda seen: stalled.is_set() and shown in seen,
        how,
    )
    assert code == 130
    *_, stopped = (line for line in screen if "ip1: stopped after " in line)
    done = int(stopped.partition("ip1: stopped after ")[2].partition(";")[0])
    assert 50 <= done < 250
    assert not any("reading" in line for line in screen)
    for name, value in environment(ip1_simulator).items():
        monkeypatch.setenv(name, value)
    ip1_simulator.latency = 0.0
    assert await _app.execute(command_on(screen)) == 0
    rest = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert len(rest) == 250 - done
    if script == TO_FILE:
        lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        assert len({json.loads(line)["id"] for line in lines} | {*rest}) == 250


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_an_archive_goes_on_by_itself(
    ip1_simulator: Simulator, stalled: asyncio.Event, tmp_path: Path, how: signal.Signals
) -> None:
    """The last line is the command that was typed."""
    ip1_simulator.max_page_size = 50
    script = TO_SCREEN.format(f"{shlex.join(IP1)} archive {NUMBER} -o archive")
    ready = lambda seen: stalled.is_set() and b"messages" in seen  # noqa: E731
    screen, code = await stop(ip1_simulator, tmp_path, script, ready, how)
    assert code == 130
    assert screen[-3:] == [
        "ip1: stopped; this goes on:",
        f"ip1 archive {NUMBER} -o archive",
        "",
    ]
    assert not any("archiving" in line for line in screen)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_nothing_read_begins_again(
    ip1_simulator: Simulator, tmp_path: Path, how: signal.Signals
) -> None:
    """Stopped before the first page, the command itself is what goes on."""
    begun = asyncio.Event()

    def stall(_: Request) -> float:
        begun.set()
        return 60.0

    ip1_simulator.latency = stall
    script = TO_FILE.format(f"{shlex.join(IP1)} messages {NUMBER}")
    ready = lambda seen: begun.is_set() and b"reading" in seen  # noqa: E731
    screen, code = await stop(ip1_simulator, tmp_path, script, ready, how)
    assert code == 130
    assert screen[-3:] == ["ip1: stopped; this begins again:", f"ip1 messages {NUMBER}", ""]


async def test_a_list_in_a_pager_goes_on(
    ip1_simulator: Simulator, stalled: asyncio.Event, tmp_path: Path
) -> None:
    """After Ctrl-C the pager shows what it has; when it ends, the command for the rest follows."""
    output, code = await asyncio.to_thread(
        run_in_terminal,
        ["bash", "-c", f'exec <"$(tty)"\n{shlex.join(IP1)} messages {NUMBER} --page-size 50'],
        folder=tmp_path,
        environment=environment(ip1_simulator, PAGER="sh -c 'trap \"\" INT; cat'"),
        ready=lambda seen: stalled.is_set() and b"\n20" in seen,
        keys=b"\x03",
    )
    assert code == 130
    screen = last_screen(output.replace("\r\n", "\n"))
    assert any("ip1: stopped after " in line for line in screen)
    assert "--cursor-file" in command_on(screen)
