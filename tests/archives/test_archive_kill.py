"""Archives under SIGKILL: a real process, killed at random moments, against one server."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ip1_async.testing import Fault, Request, Simulator

COMMAND = (sys.executable, "-c", "import sys; from ip1_async.cli import main; sys.exit(main())")
NAMES = ["46712345678", "Acme AB", "46701234567"]
USUAL = (Fault(reset="before"), Fault(reset="inside"), Fault(status=503), Fault(truncate=True))
KILLS = 6


def message(number: int, version: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"id": f"m{number}", "body": f"{version} {number} å\n" * (number % 9), "modified": now}


@pytest.fixture
def conversations() -> dict[str, list[dict[str, Any]]]:
    """Give lists that a test can change."""
    return {name: [message(number, "old") for number in range(3000)] for name in NAMES}


@pytest.fixture
async def simulator(conversations: dict[str, list[dict[str, Any]]]) -> AsyncIterator[Simulator]:
    """Serve them in small pages."""
    async with Simulator(conversations=conversations, max_page_size=50) as each:
        yield each


async def start(simulator: Simulator, directory: Path, *options: str) -> asyncio.subprocess.Process:
    names = (*NAMES, "--output", str(directory), "--v2-url", simulator.v2_url)
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *("archive", *names, "--rate-limit", "10000", *options),
        env={**os.environ, "IP1_API_TOKEN": "t"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def run(simulator: Simulator, directory: Path, *options: str) -> dict[str, bytes]:
    """Archive without disturbance, and give the files."""
    process = await start(simulator, directory, *options)
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    return files(directory)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("*.jsonl")}


def left_beside(directory: Path) -> list[str]:
    return [path.name for path in directory.glob("*.new")]


async def kill(simulator: Simulator, directory: Path, seconds: float, *options: str) -> bool:
    """Archive, and kill the process some time after its first request; say whether it hit."""
    arrived = asyncio.Event()

    def latency(_: Request) -> float:
        arrived.set()
        return 0.01

    simulator.latency = latency
    process = await start(simulator, directory, *options)
    await arrived.wait()
    await asyncio.sleep(seconds)
    if process.returncode is None:
        process.kill()
    await process.communicate()
    return process.returncode == -signal.SIGKILL


def usual(number: int, _: Request) -> Fault | None:
    return USUAL[number // 15 % len(USUAL)] if number % 15 == 14 else None


@pytest.mark.parametrize("faults", [(), usual], ids=["well", "faults"])
async def test_killed_runs_add_up(simulator: Simulator, tmp_path: Path, faults: Any) -> None:
    """Killed again and again, with and without faults, the files become the undisturbed ones."""
    whole = await run(simulator, tmp_path / "whole")
    assert len(whole) == len(NAMES)
    simulator.faults = faults
    source, killed = random.Random(1), tmp_path / "killed"
    hits = 0
    for _ in range(KILLS):
        hits += await kill(simulator, killed, source.uniform(0, 0.3))
        assert all(whole[name].startswith(left) for name, left in files(killed).items())
    assert hits
    assert await run(simulator, killed) == whole


async def test_a_killed_refresh_leaves_old_or_new(
    simulator: Simulator, conversations: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    """At any moment a file is the old one or the new one, and the last run makes it the new."""
    old = await run(simulator, tmp_path)
    for messages in conversations.values():
        messages[::3] = [message(number, "new") for number in range(0, 3000, 3)]
        del messages[-500:-400]
    source = random.Random(2)
    seen: list[dict[str, bytes]] = []
    hits = 0
    for _ in range(KILLS):
        hits += await kill(simulator, tmp_path, source.uniform(0, 0.8), "--refresh", "7")
        seen.append(files(tmp_path))
    assert hits
    new = await run(simulator, tmp_path, "--refresh", "7")
    assert all(text.count(b"\n") == 3000 for text in new.values())
    assert all(new[name] != old[name] for name in new)
    for each in seen:
        assert all(each[name] in (old[name], new[name]) for name in new)
    assert left_beside(tmp_path) == []
