"""The file of a conversation: its name, where it ends, and how it grows."""

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import attrs

from ip1_async import _codec
from ip1_async._paging.cursor import CURSOR_IDS, Cursor, id_key
from ip1_async.archives._lines import id_of
from ip1_async.archives._table import Table
from ip1_async.models import Message

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST_NAME = 255 - len(".new")
_BLOCK = 1 << 16


def file_name(participant: str) -> str:
    """Name the file of a conversation; `urllib.parse.unquote` reads the name back.

    Capitals are escaped, too: two sender names stay two files where the case does not count.

    Raises:
        ValueError: The name would be too long.
    """
    escaped = (chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in participant.encode())
    name = "".join(escaped) + ".jsonl"
    if len(name) > _LONGEST_NAME:
        raise ValueError("participant: too long for the name of a file")
    return name


@attrs.frozen
class Place:
    """A place between two lines of an archive.

    Attributes:
        lines: How many lines stand before it.
        ids: The ids of the last of them, oldest first.
    """

    lines: int = 0
    ids: tuple[str, ...] = ()

    def cursor(self, query: str) -> str:
        """Give the cursor that reads on from here."""
        return Cursor(0, self.lines, tuple(map(id_key, self.ids))).encode(query)


def find_end(path: Path) -> Place:
    """Drop what an interrupted run left behind, and find the end.

    Raises:
        OSError: The file can't be used, or what stands near its end is no archive.
    """
    _side(path).unlink(missing_ok=True)
    if not path.exists():
        return Place()
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        *lines, torn = _last_lines(file, end, CURSOR_IDS + 1)
        if not torn and lines and not _is_message(lines[-1]):
            torn = lines.pop() + b"\n"
        ids = tuple(map(id_of, lines[-CURSOR_IDS:]))
        if torn:
            file.truncate(end - len(torn))
        return Place(_count_lines(file), ids)


def _last_lines(file: BinaryIO, end: int, most: int) -> list[bytes]:
    """Read whole lines from the end, and as the last item what follows the last line break."""
    block = _BLOCK
    while True:
        start = max(0, end - block)
        file.seek(start)
        lines = file.read().split(b"\n")
        if not start or len(lines) > most + 1:
            return lines[-most - 1 :]
        block *= 2


def _count_lines(file: BinaryIO) -> int:
    file.seek(0)
    return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _is_message(line: bytes) -> bool:
    try:
        id_of(line)
    except OSError:
        return False
    return True


def find_recent(path: Path, since: datetime) -> Place | None:
    """Find the place before the first message that changed since then; `None` without one.

    Raises:
        OSError: The file can't be used, or is no archive.
    """
    ids: deque[str] = deque(maxlen=CURSOR_IDS)
    with path.open("rb") as file:
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
    with path.open("rb") as file:
        yield from map(id_of, file)


def append(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines to the end: after a kill a prefix of them stands there."""
    with path.open("ab") as file:
        file.write(b"".join(lines))


def sync(path: Path) -> None:
    """Wait until the file is on the disk, so that it outlasts a loss of power, too."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def merge(path: Path, table: Table) -> tuple[int, int]:
    """Replace the lines that are in a table, and append what else is in it, at one blow.

    A side file takes the place of the archive when it is whole: a kill leaves the old or the new.

    Returns:
        How many lines were replaced by another text, and how many were appended.
    """
    changed = added = 0
    side = _side(path)
    with path.open("rb") as old, side.open("wb") as new:
        for line in old:
            text = table.take(id_of(line)) or line
            changed += text != line
            new.write(text)
        for line in table:
            added += 1
            new.write(line)
        new.flush()
        os.fsync(new.fileno())
    if changed or added:
        shutil.copymode(path, side)
        os.replace(side, path)  # noqa: PTH105  # the call that is atomic, by its own name
    else:
        side.unlink()
    return changed, added


def _side(path: Path) -> Path:
    return path.with_name(path.name + ".new")
