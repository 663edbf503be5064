"""Errors in the words of who typed the command."""

import errno
from pathlib import Path
from typing import Any

import pytest

from ip1_async.cli import _app
from ip1_async.cli._failures import TYPED, explain
from ip1_async.testing import Simulator

NUMBER = "46712345678"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give one conversation."""
    return {"conversations": {NUMBER: 3}}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's own settings."""
    for name in ("IP1_V2_URL", "IP1_V3_URL", "IP1_LIMIT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IP1_API_TOKEN", "any")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["messages", NUMBER, "--page-size=0"], "--page-size: expected a whole number from 1"),
        (["messages", NUMBER, "--concurrency", "0"], "--concurrency: expected"),
        (["messages", NUMBER, "--rate-limit", "0"], "--rate-limit: expected"),
        (["messages", NUMBER, "--v2-url", "x"], "--v2-url: expected https://host/path"),
        (["messages", NUMBER, "--table", "--json"], "--table: not together with --json"),
        (["messages", NUMBER, "--order", "up"], "Invalid value for --order: expected asc or desc"),
        (["archive", ".", "-o", "x"], "PARTICIPANT 1: expected a text"),
        (["archive", "--batch", " ", "-o", "x"], "--batch 1: expected a text"),
        (["batch", "."], "BATCH: expected a text"),
    ],
)
async def test_an_error_names_what_was_typed(
    capsys: pytest.CaptureFixture[str], tokens: list[str], text: str
) -> None:
    """The option, or the argument, and not the parameter of a function."""
    assert await _app.execute(tokens) == 2
    assert capsys.readouterr().err.startswith(f"ip1: {text}")


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("IP1_V2_URL", "ftp://x", "IP1_V2_URL: expected https://host/path and no more"),
        ("IP1_API_TOKEN", "a b", "IP1_API_TOKEN: expected"),
        ("IP1_API_TOKEN", "", "no token; set IP1_API_TOKEN, or give --token-file"),
    ],
)
async def test_an_error_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    variable: str,
    value: str,
    text: str,
) -> None:
    """Where no option was typed."""
    monkeypatch.setenv(variable, value)
    assert await _app.execute(["summary", NUMBER]) == 2
    assert capsys.readouterr().err.startswith(f"ip1: {text}")


async def test_a_token_in_a_file_is_named_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its variable has no part in it."""
    (tmp_path / "token").write_text("a b", encoding="utf-8")
    assert await _app.execute(["summary", NUMBER, "--token-file", str(tmp_path / "token")]) == 2
    assert capsys.readouterr().err.startswith("ip1: --token-file: expected")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a"), "a: the disk is full"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "a"), "a: is a directory"),
        (PermissionError(errno.EACCES, "Permission denied", "a"), "a: permission denied"),
        (FileExistsError(errno.EEXIST, "File exists", "a"), "a: exists, and is no directory"),
        (OSError(errno.EROFS, "Read-only file system", "a"), "a: the disk can't be written"),
        (OSError(errno.EIO, None), "OSError"),
        (BlockingIOError("another run archives here"), "another run archives here"),
        (ValueError("no argument: of ours"), "no argument: of ours"),
        (ValueError("report: give one"), "report: give one"),
    ],
)
def test_a_file_is_named_with_words(error: Exception, text: str) -> None:
    """No number of an error, and no parts of a Python exception."""
    TYPED.set(())
    assert explain(error) == text


async def test_a_host_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With its port, whether it has no address or nobody answers."""
    options = ["--retry-for", "0", "--v2-url"]
    assert await _app.execute(["summary", NUMBER, *options, "https://there.invalid:8443/v2"]) == 1
    err = capsys.readouterr().err
    assert err.endswith(" no connection to there.invalid:8443: the name can't be resolved\n")
    assert await _app.execute(["summary", NUMBER, *options, "http://127.0.0.1:1/v2"]) == 1
    assert capsys.readouterr().err.endswith(" no connection to 127.0.0.1:1: Connection refused\n")


async def test_the_newest_come_first(
    ip1_simulator: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """--order takes any case."""
    url = ["--v2-url", ip1_simulator.v2_url]
    for order in ("desc", "DESC", "Desc"):
        assert await _app.execute(["messages", NUMBER, "--order", order, *url]) == 0
    assert {each.query["order"] for each in ip1_simulator.requests} == {"DESC"}
    capsys.readouterr()


async def test_a_table_can_be_forced(
    ip1_simulator: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipe, too, with ids if they are wanted, and beside a file that keeps the place."""
    url = ["--v2-url", ip1_simulator.v2_url, "--table"]
    assert await _app.execute(["messages", NUMBER, *url]) == 0
    assert capsys.readouterr().out.startswith("time (UTC)       other party  status ")
    assert await _app.execute(["messages", NUMBER, "--id", *url]) == 0
    assert capsys.readouterr().out.startswith("id                       time (UTC) ")
    assert await _app.execute(["summary", NUMBER, *url]) == 0
    assert "3 messages" in capsys.readouterr().out
    place = ["--cursor-file", str(tmp_path / "place")]
    assert await _app.execute(["messages", NUMBER, *place, *url]) == 0
    assert "201 delivered" in capsys.readouterr().out
    assert (tmp_path / "place").exists()
