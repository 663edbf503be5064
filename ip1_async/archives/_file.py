"""The file of a conversation: its name, where it ends, and how it grows."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import attrs

from ip1_async import _codec, _private_files
from ip1_async._paging.cursor import CURSOR_IDS
from ip1_async.archives._lines import id_of, is_begun, is_message
from ip1_async.archives._spill import Spill
from ip1_async.models import Message

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
# On Windows these names are devices, with any extension. The other devices have characters that
# are escaped anyway.
_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    ]
)
_LONGEST_NAME = 255 - len(".new")
_BLOCK = 1 << 16
_LONGEST_LINES = 1 << 26  # bytes that hold two whole lines, as a body has at most 32 MiB


def file_name(participant: str) -> str:
    """Name the file of a conversation; `urllib.parse.unquote` reads the name back.

    Capitals are escaped, too, so that two sender names stay two files on a system that ignores
    case. In a name that Windows gives to a device, the first letter is escaped.

    Raises:
        ValueError: The name would be too long.
    """
    plain = _PLAIN - {ord(participant[0])} if participant in _DEVICES else _PLAIN
    escaped = (chr(byte) if byte in plain else f"%{byte:02x}" for byte in participant.encode())
    name = "".join(escaped) + ".jsonl"
    if len(name) > _LONGEST_NAME:
        raise ValueError("participant: too long for the name of a file")
    return name


@attrs.frozen
class Place:
    """A place between two lines of an archive.

    Attributes:
        lines: How many lines come before it.
        ids: The ids of the last of these lines, oldest first.
    """

    lines: int = 0
    ids: tuple[str, ...] = ()


def find_end(path: Path) -> Place:
    """Repair what an interrupted run left, and find the end.

    Raises:
        OSError: The file can't be used, or its end is no archive.
    """
    _side(path).unlink(missing_ok=True)
    try:
        file = _private_files.open_file(path, "r+b")
    except FileNotFoundError:
        return Place()
    with file:
        *lines, rest = _last_lines(file, CURSOR_IDS + 1)
        if not rest and len(lines) > 1 and not is_message(lines[-1]):
            rest = lines.pop() + b"\n"
        unbroken = is_message(rest)
        ids = tuple(map(id_of, [*lines, rest] if unbroken else lines))
        if unbroken:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        elif rest and (lines or is_begun(rest)):
            file.truncate(file.seek(0, os.SEEK_END) - len(rest))
        elif rest:
            raise OSError("not an archive: it is neither a line of JSON nor the beginning of one")
        return Place(_count_lines(file), ids[-CURSOR_IDS:])


def _last_lines(file: BinaryIO, most: int) -> list[bytes]:
    """Read the last lines; the last item is the text after the last line break."""
    end = file.seek(0, os.SEEK_END)
    block = _BLOCK
    while True:
        start = max(0, end - block)
        file.seek(start)
        lines = file.read().split(b"\n")
        if not start or len(lines) > most + 1:
            return lines[-most - 1 :]
        if block > _LONGEST_LINES and len(lines) < 3:  # noqa: PLR2004  # parts, and one line
            raise OSError("not an archive: a line is longer than any message")
        block *= 2


def _count_lines(file: BinaryIO) -> int:
    file.seek(0)
    return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def find_recent(path: Path, since: datetime) -> Place | None:
    """Find the place before the first message that changed since then; `None` without one.

    Raises:
        OSError: The file can't be used, or is no archive.
    """
    ids: deque[str] = deque(maxlen=CURSOR_IDS)
    with _private_files.open_file(path, "rb") as file:
        for number, line in enumerate(file):
            item_id = id_of(line)
            if _changed_since(line, since):
                return Place(number, tuple(ids))
            ids.append(item_id)
    return None


def _changed_since(line: bytes, since: datetime) -> bool:
    message = _codec.decode(line, Message)
    times = (message.modified, *(status.created for status in message.statuses))
    return any(time is not None and time >= since for time in times)


def read_ids(path: Path) -> Iterator[str]:
    """Read the id of each line.

    Raises:
        OSError: The file can't be used, or is no archive.
    """
    with _private_files.open_file(path, "rb") as file:
        yield from map(id_of, file)


def append(path: Path, lines: Iterable[bytes]) -> None:
    """Append lines: a kill may leave only the first of them, an error leaves none.

    Raises:
        OSError: The lines can't be written; the disk may be full.
    """
    with _private_files.open_file(path, "ab") as file:
        _private_files.append(file, b"".join(lines))


def sync(path: Path) -> None:
    """Wait until the file is on the disk, so that it outlasts a loss of power.

    Raises:
        OSError: The disk failed.
    """
    with _private_files.open_file(path, "r+b") as file:
        os.fsync(file.fileno())
    _private_files.sync_directory(path.parent)


def merge(path: Path, spill: Spill) -> tuple[int, int]:
    """Replace the lines that were reread, and append those that are new, in one step.

    A side file replaces the archive when it is complete: a kill leaves the old one or the new one.

    Returns:
        How many lines changed, and how many were appended.

    Raises:
        OSError: The file can't be used, or is no archive; it stays as it was.
    """
    changed = added = 0
    side = _side(path)
    with _private_files.open_file(path, "rb") as old, _private_files.side_file(side) as new:
        for line in old:
            text = spill.take(id_of(line)) or line
            changed += text != line
            new.write(text)
        for line in spill:
            added += 1
            new.write(line)
    if changed or added:
        _private_files.replace(side, path)
    else:
        side.unlink()
    return changed, added


def _side(path: Path) -> Path:
    return path.with_name(path.name + ".new")
