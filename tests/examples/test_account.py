"""The account, sharded: whoever is killed on the way, each message is on the disk once."""

import asyncio
import os
import random
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examples.account.plan import Plan, State
from ip1_async import Client, archive
from ip1_async.testing import Fault, Simulator

ROOT = Path(__file__).parents[2]
NUMBERS = [str(46700000000 + number) for number in range(60)]
CHANCE = random.Random(5)
LENGTHS = {number: CHANCE.randrange(1, 500) for number in NUMBERS}
MOST_SECONDS = 240


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Serve conversations of up to three pages, a little slowly."""
    async with Simulator(conversations=LENGTHS, latency=0.02, token="token") as simulator:
        yield simulator


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[str]:
    """Run a Redis."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    settings = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = await asyncio.create_subprocess_exec(
        "redis-server", *settings, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    async with asyncio.timeout(MOST_SECONDS):
        while b"Ready to accept" not in await server.stdout.readline():
            pass
    yield f"redis://127.0.0.1:{port}"
    server.kill()
    await server.communicate()


async def start(simulator: Simulator, folder: Path, *options: str) -> asyncio.subprocess.Process:
    """Start the command on the simulator's account."""
    names = folder.with_suffix(".txt")
    await asyncio.to_thread(names.write_text, "\n".join(NUMBERS))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examples.account", str(folder)),
        *("--from-file", str(names), "--shards", "8", "--patience", "1", *options),
        cwd=ROOT,
        env={**os.environ, "IP1_V2_URL": simulator.v2_url, "IP1_API_TOKEN": "token"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process) -> str:
    """Wait for its end, and give what it printed."""
    async with asyncio.timeout(MOST_SECONDS):
        output, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return output.decode()


def workers_of(process: asyncio.subprocess.Process) -> list[int]:
    """Give the pids of the workers that a command started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return list(map(int, children.read_text().split()))


async def assert_whole(simulator: Simulator, folder: Path, apart: Path) -> None:
    """Compare with archives that nobody disturbed, byte by byte."""
    async with Client("token", v2_url=simulator.v2_url, rate_limit=None) as client:
        await archive(client, NUMBERS, apart)
    files = await asyncio.to_thread(lambda: sorted(folder.glob("shards/*/*.jsonl")))
    assert [path.name for path in sorted(files, key=lambda path: path.name)] == [
        f"{number}.jsonl" for number in NUMBERS
    ]
    for path in files:
        assert path.read_bytes() == (apart / path.name).read_bytes()


async def test_one_command_shows_how_far_it_is_and_how_it_went(tmp_path: Path) -> None:
    """Against its own simulator, with the queue in memory; then another look from outside."""
    command = [sys.executable, "-m", "examples.account", str(tmp_path / "out")]
    process = await asyncio.create_subprocess_exec(
        *command, "--simulate", "30", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    output = await finish(process)
    assert "100%  30 of 30 conversations" in output
    assert "requests arrived" in output
    process = await asyncio.create_subprocess_exec(
        *command, "--status", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert "30 of 30 conversations" in await finish(process)


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
@pytest.mark.skipif(not Path("/proc").exists(), reason="children are found in /proc")
async def test_killed_workers_lose_and_double_nothing(
    simulator: Simulator, queue: str, tmp_path: Path
) -> None:
    """Workers die of SIGKILL at random moments; others go on."""
    folder = tmp_path / "account"
    process = await start(simulator, folder, "--queue", queue, "--processes", "2")
    kills = 0
    async with asyncio.timeout(MOST_SECONDS):
        while kills < 4:
            await asyncio.sleep(CHANCE.uniform(0.2, 0.8))
            if simulator.requests and (pids := await asyncio.to_thread(workers_of, process)):
                os.kill(CHANCE.choice(pids), 9)
                kills += 1
    assert "100%  60 of 60 conversations" in await finish(process)
    await assert_whole(simulator, folder, tmp_path / "apart")


async def test_a_killed_command_goes_on(simulator: Simulator, tmp_path: Path) -> None:
    """The queue in memory dies with it; the next run reads what is missing, and no more."""
    folder = tmp_path / "account"
    process = await start(simulator, folder)
    async with asyncio.timeout(MOST_SECONDS):
        while len(simulator.requests) < 60:  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.01)
    process.kill()
    await process.communicate()
    await finish(await start(simulator, folder))
    needed = sum(1 + length // 200 for length in LENGTHS.values())
    assert len(simulator.requests) < needed + 60 + 8 * 8
    await assert_whole(simulator, folder, tmp_path / "apart")


async def test_a_failure_is_told_and_repaired_by_the_next_run(
    simulator: Simulator, tmp_path: Path
) -> None:
    """The exit code is 1, the next run is the same round, and the one after that a new one."""
    folder = tmp_path / "account"
    simulator.faults = [Fault(status=403)]
    process = await start(simulator, folder)
    output, complaints = await process.communicate()
    assert process.returncode == 1
    assert "59 of 60 conversations, 1 failed" in output.decode()
    assert "403" in complaints.decode()
    assert NUMBERS[0][:5] not in complaints.decode()
    plan = Plan(folder)
    assert plan.kept() == (8, 1)
    await finish(await start(simulator, folder))
    assert plan.kept() == (8, 1)
    await finish(await start(simulator, folder))
    assert plan.kept() == (8, 2)
    await assert_whole(simulator, folder, tmp_path / "apart")


def test_a_participant_stays_in_its_shard(tmp_path: Path) -> None:
    """However the list grows, and whatever number of shards is asked for later."""
    plan = Plan(tmp_path)
    plan.begin(NUMBERS[:30], 8)
    before = [plan.participants(shard) for shard in range(8)]
    assert plan.begin(reversed(NUMBERS), 16) == (8, 1)
    after = [plan.participants(shard) for shard in range(8)]
    assert all(set(old) <= set(new) for old, new in zip(before, after, strict=True))
    assert sorted(name for names in after for name in names) == NUMBERS


def test_a_shard_that_was_never_heard_of_is_silent(tmp_path: Path) -> None:
    """Its worker may have died before it wrote a word; it must be queued again."""
    assert Plan(tmp_path).state(0).at == 0


def test_a_round_ends_when_every_shard_is_through(tmp_path: Path) -> None:
    """Only then the next run begins a new one."""
    plan = Plan(tmp_path)
    plan.begin(NUMBERS, 2)
    plan.note(0, State(round=1, finished=True))
    plan.note(1, State(round=1, finished=True, failed=1))
    assert plan.begin(NUMBERS, 2) == (2, 1)
    plan.note(1, State(round=1, finished=True))
    assert plan.begin(NUMBERS, 2) == (2, 2)
