"""The limit in a file."""

# ruff: noqa: ASYNC240  # a test may wait for its disk

import asyncio
import fcntl
import os
import stat
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from windows import most_within

from ip1_async import ConfigurationError, Limiter, LimiterError
from ip1_async.limits import FileLimiter
from ip1_async.limits._ledger import Ledger

Make = Callable[..., FileLimiter]
FAST = 1000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file that is not there."""
    return tmp_path / "account.limit"


@pytest.fixture
async def limiter(path: Path) -> AsyncIterator[Make]:
    """Make limiters of the file if no other is named."""
    made: list[FileLimiter] = []

    def make(other: Path | None = None, rate: float = FAST) -> FileLimiter:
        made.append(FileLimiter(other or path, rate))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


def open_files() -> int:
    """Count what this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


async def seconds_for(limiter: Limiter) -> float:
    """Tell how long a permission takes, 5 s at most."""
    began = time.monotonic()
    await asyncio.wait_for(limiter.acquire(), 5)
    return time.monotonic() - began


async def test_only_the_owner_may_read_it(limiter: Make, path: Path) -> None:
    """Whatever the umask; and a file that others can read is closed to them."""
    before = os.umask(0)
    try:
        await limiter().acquire()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o664)
    await limiter().acquire()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_pause_of_one_holds_the_other(limiter: Make) -> None:
    """The file tells it."""
    await limiter().pause(60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(limiter().acquire(), 0.2)


async def test_two_limiters_keep_the_rate_together(limiter: Make, path: Path) -> None:
    """Someone deletes the file again and again meanwhile: no error, no burst."""
    sent: list[float] = []

    async def work(each: Limiter) -> None:
        for _ in range(25):
            await each.acquire()
            sent.append(time.monotonic())

    tasks = [asyncio.create_task(work(limiter(rate=30))) for _ in range(2)]
    for _ in range(8):
        await asyncio.sleep(0.1)
        path.unlink(missing_ok=True)
    await asyncio.gather(*tasks)
    assert most_within(sent) <= 30


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_garbage_restarts_the_limit(tmp_path: Path, garbage: bytes) -> None:
    """Whatever is in the file: no error, no long wait, and no second permission at once."""
    path = tmp_path / "garbage"
    path.write_bytes(garbage)

    async def use() -> None:
        limiter = FileLimiter(path, 20)
        await seconds_for(limiter)
        assert await seconds_for(limiter) > 0.01
        await limiter.aclose()

    asyncio.run(use())


@pytest.mark.parametrize(
    "head",
    [
        "99999999999999999 99999999999999999 0 0 0",  # from before a reboot
        "99999999999999999 99999999999999999 99999999999999999 9999999 99999999999999999",
        "0 99999999999999999 0 0 0",
        "0 99999999999999999 99999999999999999 0 0",
        "0 0 0 99999999999999999 99999999999999999",
        "0 0 0 1 99999999999999999",
        "-5 -5 -5 -5 -5",
    ],
)
async def test_a_moment_from_before_a_reboot_holds_nobody(
    limiter: Make, path: Path, head: str
) -> None:
    """The monotonic clock begins again, and so does the limit, at its rate."""
    path.write_text(f"{head}\nend\n")
    assert await seconds_for(limiter(rate=20)) < 1
    assert await seconds_for(limiter(rate=20)) > 0.01


async def test_a_pause_ends_after_a_reboot(limiter: Make, path: Path) -> None:
    """What was left of it goes on."""
    now = time.monotonic_ns() // 1000
    before = now + 10**10
    path.write_text(Ledger(before, before + 200_000, before + 200_000).write())
    assert 0.1 < await seconds_for(limiter()) < 2


# What must not be opened.


async def test_no_link_is_followed(limiter: Make, path: Path, tmp_path: Path) -> None:
    """The file that it leads to stays as it is."""
    target = tmp_path / "target"
    target.write_text("mine")
    path.symlink_to(target)
    with pytest.raises(LimiterError, match=r"account\.limit"):
        await limiter().acquire()
    assert target.read_text() == "mine"


async def test_a_second_name_is_refused(limiter: Make, path: Path, tmp_path: Path) -> None:
    """A hard link is a way into another file, too."""
    target = tmp_path / "target"
    target.write_text("mine")
    path.hardlink_to(target)
    with pytest.raises(LimiterError, match="second name"):
        await limiter().acquire()
    assert target.read_text() == "mine"


async def test_the_file_of_another_user_is_refused(
    limiter: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could be changed by that user."""
    path.touch()
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(LimiterError, match="another user"):
        await limiter().acquire()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
async def test_no_plain_file_is_refused(
    limiter: Make, path: Path, make: Callable[[Path], None]
) -> None:
    """A pipe would block."""
    make(path)
    with pytest.raises(LimiterError, match=r"account\.limit"):
        await limiter().acquire()


async def test_a_large_file_is_somebodys(limiter: Make, path: Path) -> None:
    """It is not overwritten."""
    path.write_bytes(b"x" * 100_000)
    with pytest.raises(LimiterError, match="too large"):
        await limiter().acquire()
    assert path.stat().st_size == 100_000


async def test_a_folder_that_is_missing_is_an_error(limiter: Make, tmp_path: Path) -> None:
    """Nothing is sent."""
    with pytest.raises(LimiterError, match="No such file"):
        await limiter(tmp_path / "no" / "folder").acquire()


# Locks.


async def test_a_lock_that_is_held_is_waited_for(limiter: Make, path: Path) -> None:
    """The event loop is free meanwhile."""
    path.touch(0o600)
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        call = asyncio.create_task(limiter().acquire())
        await asyncio.sleep(0.1)
        assert not call.done()
    await asyncio.wait_for(call, 2)


async def test_a_lock_that_is_held_for_long_is_an_error(
    limiter: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped may hold it."""
    monkeypatch.setattr("ip1_async.limits._file._PATIENCE", 0.1)
    path.touch(0o600)
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LimiterError, match="locked by another process"):
            await limiter().acquire()


async def test_a_lock_that_fails_is_an_error(
    limiter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems know no locks; no file stays open."""

    def fail(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", fail)
    each = limiter()
    before = open_files()
    with pytest.raises(LimiterError, match="Operation not supported"):
        await each.acquire()
    assert open_files() == before


async def test_a_file_that_is_replaced_while_it_is_locked_is_opened_again(
    limiter: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two would keep two limits, each in a file of its own."""
    lock = fcntl.flock
    replaced: list[int] = []

    def replace(file: int, how: int) -> None:
        if len(replaced) < 2:
            replaced.append(os.fstat(file).st_ino)
            path.rename(f"{path}{len(replaced)}")
            if len(replaced) == 2:
                path.touch(0o600)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", replace)
    each = limiter()
    await each.acquire()
    assert len(replaced) == 2
    await each.pause(60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(limiter().acquire(), 0.1)


# Settings.


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """It has other locks."""
    monkeypatch.setattr("ip1_async.limits._file.sys.platform", "win32")
    with pytest.raises(ConfigurationError, match="Linux and macOS"):
        FileLimiter(path)


def test_its_repr_names_the_file(path: Path) -> None:
    """And the rate."""
    assert repr(FileLimiter(path)) == f"FileLimiter('{path}', rate=30)"


async def test_a_closed_limiter_gives_nothing(limiter: Make) -> None:
    """Neither new calls nor those that wait."""
    each = limiter(rate=1)
    call = asyncio.create_task(each.acquire())
    await asyncio.sleep(0.05)
    await each.aclose()
    with pytest.raises(LimiterError, match="closed"):
        await call
