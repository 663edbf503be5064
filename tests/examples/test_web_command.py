"""The example's web app: the command that runs it, and Ctrl-C."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from examples.web.server import main
from examples.web.settings import Settings

NUMBER = "46712345678"
ROOT = Path(__file__).parents[2]


def test_it_says_that_a_token_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a token, the command ends with one clear line, before anything listens."""
    monkeypatch.delenv("IP1_API_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["web"])
    with pytest.raises(SystemExit, match=r"IP1_API_TOKEN.*--simulate"):
        main()
    assert capsys.readouterr().out == ""


def test_it_takes_no_hooks_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public address without a secret is refused: anybody could post to it."""
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    monkeypatch.setenv("IP1_API_TOKEN", "token")
    monkeypatch.setattr(sys, "argv", ["web", "--port", "0", "--public-url", "https://example.com"])
    with pytest.raises(SystemExit, match="HOOK_SECRET"):
        main()


def test_the_address_of_hooks_ends_with_the_secret() -> None:
    """It is what iP.1 is given, and no `repr` shows it."""
    settings = Settings(public_url="https://example.com/", secret="hidden")
    assert settings.hook_url == "https://example.com/hooks/hidden"
    assert "hidden" not in repr(settings)
    assert Settings().hook_url is None


async def test_one_command_runs_it_without_a_token() -> None:
    """The command prints addresses, serves a conversation, and ends a stream cleanly on Ctrl-C."""
    async with running("-m", "examples.web", "--simulate", "--port", "0") as program:
        address = await address_of(program)
        own = {"origin": address.rstrip("/")}
        async with httpx.AsyncClient(base_url=address, headers=own, timeout=120) as http:
            summary = await http.post("/api/summary", json={"participant": NUMBER})
            assert summary.json()["messages"] == 1_000
            question = {"participant": "46798765432"}
            async with http.stream("POST", "/api/messages", json=question) as stream:
                program.terminate()
                *_, last = [each async for each in stream.aiter_lines()]
        _, complaints = await program.communicate()
    assert json.loads(last) == {"restarting": True}
    assert complaints == b""


async def test_a_port_that_is_taken_is_one_line() -> None:
    """If the port is taken, the command ends with one line, and prints no address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        async with running("-m", "examples.web", "--simulate", "--port", port) as program:
            output, complaints = await program.communicate()
    assert output == b""
    assert complaints.decode() == f"port {port}: Address already in use\n"


async def test_ctrl_c_just_after_the_start_shows_no_traceback() -> None:
    """Ctrl-C just after the addresses are printed ends the command without a traceback."""
    async with running("-m", "examples.web", "--simulate", "--port", "0") as program:
        await address_of(program)
        program.send_signal(signal.SIGINT)
        _, complaints = await program.communicate()
    assert complaints == b""
    assert program.returncode == -signal.SIGINT


INTERRUPTED_IMPORT = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "uvicorn":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
runpy.run_module("examples.web", run_name="__main__")
"""
INTERRUPTED_START = """
import contextlib, os, signal
from examples.web import demo
open_simulated = demo.open_simulated
@contextlib.asynccontextmanager
async def interrupted(hook_url):
    os.kill(os.getpid(), signal.SIGINT)
    async with open_simulated(hook_url) as client:
        yield client
demo.open_simulated = interrupted
import examples.web.__main__
"""


@pytest.mark.parametrize("program", [INTERRUPTED_IMPORT, INTERRUPTED_START])
async def test_ctrl_c_while_it_starts_shows_no_traceback(program: str) -> None:
    """Ctrl-C during an import, or while the client opens, shows no traceback."""
    async with running("-c", program, "--simulate", "--port", "0") as process:
        _, complaints = await process.communicate()
    assert complaints == b""
    assert process.returncode == -signal.SIGINT


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Python, without a token, from the folder of the project."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "IP1_API_TOKEN"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield program
    finally:
        with suppress(ProcessLookupError):
            program.terminate()
        await program.communicate()


async def address_of(program: asyncio.subprocess.Process) -> str:
    """Read where a program listens."""
    assert program.stdout is not None
    return (await program.stdout.readline()).split()[1].decode()
