import asyncio
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ip1_async.webhooks import MemorySeen, Seen, SQLiteSeen, _seen

DAY = 86_400


def timed(path: Path) -> SQLiteSeen:
    """Make a memory on the disk whose days take no time."""
    return SQLiteSeen(path / "seen.db", now=asyncio.get_running_loop().time)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_key_is_kept_for_a_day(kind: str, clock: Any, tmp_path: Path) -> None:
    """A key is known for 24 hours from the time it was added last, and then no more."""
    seen = MemorySeen() if kind == "memory" else timed(tmp_path)
    assert isinstance(seen, Seen)
    assert not await seen.has("a")
    await seen.add("a")
    await seen.add("b")
    await asyncio.sleep(DAY - 1)
    assert await seen.has("a")
    await seen.add("b")
    await asyncio.sleep(2)
    assert [await seen.has(key) for key in "ab"] == [False, True]
    if isinstance(seen, SQLiteSeen):
        await seen.aclose()


async def test_what_is_old_goes(clock: Any, tmp_path: Path) -> None:
    """Neither memory grows with what is older than a day."""
    memory, file = MemorySeen(), timed(tmp_path)
    for key in "abc":
        await memory.add(key)
        await file.add(key)
        await asyncio.sleep(DAY)
    assert list(memory._added) == ["c"]
    rows = await file._run(lambda: file._open().execute("SELECT key FROM seen").fetchall())
    assert rows == [("c",)]
    await file.aclose()


async def test_memory_is_bounded(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past its bound it forgets the oldest first."""
    monkeypatch.setattr(_seen, "_MOST_IN_MEMORY", 2)
    seen = MemorySeen()
    for key in "abc":
        await seen.add(key)
    assert list(seen._added) == ["b", "c"]


async def test_processes_share_a_file(tmp_path: Path) -> None:
    """What one adds the other knows, and both may add at once."""
    ours, theirs = SQLiteSeen(tmp_path / "seen.db"), SQLiteSeen(tmp_path / "seen.db")
    await asyncio.gather(*(seen.add(f"{each}") for seen in (ours, theirs) for each in range(50)))
    assert await theirs.has("7")
    await ours.add("x")
    assert await theirs.has("x")
    for seen in (ours, theirs, theirs):
        await seen.aclose()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
async def test_the_file_is_for_its_user(tmp_path: Path) -> None:
    """Nobody else can read who got messages when."""
    seen = SQLiteSeen(tmp_path / "seen.db")
    await seen.add("a")
    assert stat.S_IMODE((tmp_path / "seen.db").stat().st_mode) == 0o600
    await seen.aclose()
