"""The commands that list what an account has, and archive all of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

import ip1_async._codec.convert  # noqa: F401  # as a thread does, which a short answer overtakes
from ip1_async.cli import _app
from ip1_async.testing import Fault, Request, Simulator


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give an account with a little of everything."""
    return {
        "batches": {"b1": 30, "b2": 3},
        "bundles": {"v1": 20},
        "senders": ["iP1", "Shop"],
        "blacklist": ["46700000001"],
    }


async def listed(capsys: pytest.CaptureFixture[str], *tokens: str) -> list[dict[str, Any]]:
    """Run a command, and read its JSON lines."""
    assert await _app.execute(tokens) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_what_an_account_has_is_json_lines(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """One thing on a line, in the names of the wire."""
    assert {each["id"] for each in await listed(capsys, "batches")} == {"b1", "b2"}
    assert [each["id"] for each in await listed(capsys, "bundles")] == ["v1"]
    assert await listed(capsys, "bundles", "--tag", "none") == []
    assert [each["sender"] for each in await listed(capsys, "senders")] == ["iP1", "Shop"]
    assert [each["msisdn"] for each in await listed(capsys, "blacklist")] == ["46700000001"]


@pytest.mark.parametrize(
    ("command", "shown"),
    [("batches", "b1"), ("bundles", "v1"), ("senders", "Shop"), ("blacklist", "46700000001")],
)
async def test_a_terminal_shows_tables(
    server: Simulator, monkeypatch: pytest.MonkeyPatch, command: str, shown: str
) -> None:
    """With a title above each column."""
    terminal = Terminal(monkeypatch)
    terminal.take("stdout")
    assert await _app.execute([command]) == 0
    screen = terminal.screen
    monkeypatch.undo()
    assert shown in screen
    assert any(title in screen for title in ("since", "sender"))


async def test_senders_and_numbers_come_and_go(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was asked for is done first, and the list follows."""
    changes = ("--register", "New", "--remove", "iP1")
    senders = await listed(capsys, "senders", *changes)
    assert {each["sender"] for each in senders} == {"Shop", "New"}
    numbers = await listed(capsys, "blacklist", "--add", "+467", "--remove", "46700000001")
    assert [each["msisdn"] for each in numbers] == ["467"]


async def test_an_account_is_archived_without_knowing_a_number(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All batches and bundles have their files, which a second run leaves as they are."""
    command = ["archive", "--all-batches", "--all-bundles", "-o", str(tmp_path)]
    assert await _app.execute(command) == 0
    *rows, sums = capsys.readouterr().out.splitlines()
    assert sorted(rows) == [
        "batch b1: 30 messages, 30 new, 0 changed",
        "batch b2: 3 messages, 3 new, 0 changed",
        "bundle v1: 20 messages, 20 new, 0 changed",
    ]
    assert sums.startswith("total: 53 messages, 53 new")
    names = ("batches/b1.jsonl", "batches/b2.jsonl", "bundles/v1.jsonl")
    before = [(tmp_path / name).read_bytes() for name in names]
    assert await _app.execute(command) == 0
    assert [(tmp_path / name).read_bytes() for name in names] == before


async def test_single_batches_and_bundles_are_archived(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By their ids; one that is not there is an error that names it, and stops no other."""
    ids = ("--batch", "b1", "--batch", "none", "--bundle", "v1")
    assert await _app.execute(["archive", *ids, "-o", str(tmp_path)]) == 1
    assert (tmp_path / "batches" / "b1.jsonl").exists()
    assert (tmp_path / "bundles" / "v1.jsonl").exists()
    assert "batch none: " in capsys.readouterr().err


async def test_a_batch_that_can_not_be_read_is_named_as_one(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one line, with its reason."""

    def refuse(_: int, request: Request) -> Fault | None:
        return Fault(status=403) if request.path.endswith("/messages") else None

    server.faults = refuse
    assert await _app.execute(["archive", "--batch", "b1", "-o", str(tmp_path)]) == 1
    assert "batch b1: " in capsys.readouterr().err
