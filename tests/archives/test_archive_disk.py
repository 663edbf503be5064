"""Archives on a disk are private, follow no link, and count right when the disk is full."""

import errno
import json
import os
import resource
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ip1_async import Client, _private_files, archive, archives
from ip1_async.archives import _file
from ip1_async.testing import Simulator

NUMBER = "46712345678"
NAME = f"{NUMBER}.jsonl"
LOCK = ".ip1-archive.lock"
MESSAGES = [{"id": f"m{number}", "body": "x" * 500} for number in range(300)]
LINES = [json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in MESSAGES]
WHOLE = b"".join(LINES)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and limits of POSIX")


@pytest.fixture
def messages() -> list[dict[str, Any]]:
    """Give a conversation that the test can change."""
    return list(MESSAGES)


@pytest.fixture
async def simulator(messages: list[dict[str, Any]]) -> AsyncIterator[Simulator]:
    """Serve it in small pages."""
    async with Simulator(conversations={NUMBER: messages}, max_page_size=40) as each:
        yield each


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    """Open a client that does not wait."""
    async with Client("t", v2_url=simulator.v2_url, rate_limit=None, retry_for=0) as each:
        yield each


@pytest.fixture
def umask() -> Iterator[None]:
    """Let the system give files to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def full_after() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def update(client: Client, directory: Path, **options: Any) -> archives.Archived:
    [result] = await archive(client, [NUMBER], directory, **options)
    return result


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def recent(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "body": "x" * 500, "modified": str(datetime.now(UTC))}


def share(directory: Path) -> None:
    directory.chmod(0o755)
    (directory / NAME).write_bytes(LINES[0])
    (directory / NAME).chmod(0o640)


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


# Who may read.


@pytest.mark.usefixtures("umask")
async def test_what_is_made_is_private(client: Client, tmp_path: Path) -> None:
    """Directories, archives and the lock are for the user alone, whatever the umask."""
    await update(client, tmp_path / "new" / "deep")
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "deep") == 0o700
    assert mode(tmp_path / "new" / "deep" / NAME) == mode(tmp_path / "new" / "deep" / LOCK) == 0o600


@pytest.mark.usefixtures("umask")
async def test_what_is_there_keeps_its_mode(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """An archive keeps the mode that its user gave it, after an update and after a refresh."""
    share(tmp_path)
    messages.append(recent("new"))
    await update(client, tmp_path)
    messages[-1] = {**messages[-1], "body": "changed"}
    result = await update(client, tmp_path, refresh_days=1)
    assert (result.total, result.changed, result.error) == (301, 1, None)
    assert (mode(tmp_path), mode(tmp_path / NAME)) == (0o755, 0o640)


# What is no archive.


def link(path: Path) -> None:
    path.symlink_to("elsewhere")


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


STRANGERS = [link, link_to_nothing, Path.mkdir, os.mkfifo]


@pytest.mark.parametrize("make", STRANGERS)
@pytest.mark.parametrize("name", [NAME, f"{NAME}.new"])
async def test_a_stranger_in_the_place_of_an_archive_is_left_alone(
    client: Client, tmp_path: Path, make: Callable[[Path], object], name: str
) -> None:
    """A run follows no link and waits for no pipe; it removes a link in place of its side file."""
    victim = tmp_path / "elsewhere"
    victim.write_bytes(LINES[0])
    make(tmp_path / name)
    result = await update(client, tmp_path)
    if name == NAME:
        assert isinstance(result.error, OSError)
        assert result.path is None
        assert "no regular file" in str(result.error)
        assert name in names_in(tmp_path)
    assert victim.read_bytes() == LINES[0]
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", STRANGERS)
async def test_a_lock_is_no_link(
    client: Client, simulator: Simulator, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """A run makes and opens nothing through a link with the name of the lock."""
    (tmp_path / "elsewhere").touch()
    make(tmp_path / LOCK)
    with pytest.raises(OSError, match="no regular file"):
        await update(client, tmp_path)
    assert not (tmp_path / "nowhere").exists()
    assert not simulator.requests


async def test_a_lock_holds_nothing(client: Client, tmp_path: Path) -> None:
    """A file that has the lock's name by chance is no lock."""
    (tmp_path / LOCK).write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="is no lock, as it is not empty"):
        await update(client, tmp_path)
    assert (tmp_path / LOCK).read_bytes() == b"mine"


async def test_a_lock_may_be_impossible(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the system can't lock, the error says so, and does not blame another run."""

    def fail(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise error

    monkeypatch.setattr("ip1_async._run_lock.sqlite3.connect", fail)
    with pytest.raises(OSError, match="can't be locked: ") as caught:
        await update(client, tmp_path)
    assert not isinstance(caught.value, BlockingIOError)


def test_a_link_that_comes_late_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses a link that takes the place of a file after the check."""
    monkeypatch.setattr(_private_files, "check", lambda _path: None)
    link_to_nothing(tmp_path / NAME)
    with pytest.raises(OSError, match="symbolic"):
        _file.append(tmp_path / NAME, LINES)
    assert not (tmp_path / "nowhere").exists()


# Names.


DEVICES = [
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
]


@pytest.mark.parametrize("device", DEVICES)
def test_no_file_is_a_device(device: str) -> None:
    """A name that Windows gives to a device is escaped, in any case, and with any extension."""
    for participant in (device, device.upper(), f"{device}.txt", f"{device} ", f"{device}."):
        name = _file.file_name(participant)
        assert name.partition(".")[0] != device
        assert unquote(name) == f"{participant}.jsonl"


def test_ordinary_names_stay() -> None:
    """Archives of numbers and of simple names are found again."""
    for participant in (NUMBER, "iph-1_x", "console", "com", "com10"):
        assert _file.file_name(participant) == f"{participant}.jsonl"


# A disk that fails.


async def test_a_full_disk_is_counted_truly(
    client: Client, tmp_path: Path, full_after: Callable[[int], None]
) -> None:
    """A run neither counts nor half-writes what the full disk refuses; a later run goes on."""
    full_after(100_000)
    result = await update(client, tmp_path)
    assert isinstance(result.error, OSError)
    assert result.error.errno == errno.EFBIG
    text = (tmp_path / NAME).read_bytes()
    assert WHOLE.startswith(text)
    assert text.endswith(b"\n")
    assert result.total == result.added == text.count(b"\n") > 0
    full_after(resource.RLIM_INFINITY)
    assert (await update(client, tmp_path)).total == 300
    assert (tmp_path / NAME).read_bytes() == WHOLE


async def test_a_refresh_on_a_full_disk_leaves_no_rest(
    client: Client,
    messages: list[dict[str, Any]],
    tmp_path: Path,
    full_after: Callable[[int], None],
) -> None:
    """If the disk is full during a refresh, the old file stays, and nothing beside it."""
    messages.append(recent("new"))
    await update(client, tmp_path)
    messages.append(recent("newer"))
    text = (tmp_path / NAME).read_bytes()
    full_after(100_000)
    result = await update(client, tmp_path, refresh_days=1)
    assert isinstance(result.error, OSError)
    assert (result.total, result.added, result.changed) == (301, 0, 0)
    assert (tmp_path / NAME).read_bytes() == text
    assert names_in(tmp_path) == {NAME, LOCK}


async def test_a_refresh_that_is_not_synced_is_counted(
    client: Client,
    messages: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If the disk fails after the new file took its place, the counts are those of the new file."""
    messages.append(recent("new"))
    await update(client, tmp_path)
    messages.append(recent("newer"))

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "failed")

    monkeypatch.setattr(_private_files, "sync_directory", fail)
    result = await update(client, tmp_path, refresh_days=1)
    assert isinstance(result.error, OSError)
    assert (result.total, result.added) == (302, 1)
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 302


def test_names_are_synced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a file is made or replaced its directory is on the disk, and so are new directories."""
    synced: list[Path] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    folder = tmp_path / "a" / "b"
    _private_files.make_directory(folder)
    _file.append(folder / NAME, LINES)
    _file.sync(folder / NAME)
    assert synced == [tmp_path, tmp_path / "a", folder / NAME, folder]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_directory_may_be_beyond_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A file system that can't sync directories is used as it is; a disk that fails is not."""

    def fail(_: int) -> None:
        raise OSError(code, "failed")

    monkeypatch.setattr(os, "fsync", fail)
    if code == errno.EIO:
        with pytest.raises(OSError, match="failed"):
            _private_files.sync_directory(tmp_path)
    else:
        _private_files.sync_directory(tmp_path)


def test_a_system_may_not_open_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that can't open directories, a run syncs none."""
    monkeypatch.delattr(os, "O_DIRECTORY")
    monkeypatch.setattr(os, "fsync", pytest.fail)
    _private_files.sync_directory(tmp_path)


# A caller that fails.


@pytest.mark.parametrize(
    "raised", [RuntimeError("enough"), BrokenPipeError("gone"), KeyboardInterrupt()], ids=repr
)
async def test_what_progress_raises_comes_out(
    client: Client, tmp_path: Path, raised: BaseException
) -> None:
    """An error of `on_progress` ends the run, fails no conversation, and frees the lock."""

    def fail(_: archives.Progress) -> None:
        raise raised

    with pytest.raises(type(raised)) as caught:
        await archive(client, [NUMBER, "Acme", "4670000"], tmp_path, on_progress=fail)
    assert caught.value is raised
    assert raised.__context__ is None
    assert (await update(client, tmp_path)).total == 300
