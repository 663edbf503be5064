"""The journal: a header, then a line for each step of a batch. It is the checkpoint."""

import json
import os
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import attrs

from ip1_async import _private_files
from ip1_async._run_lock import RunLock
from ip1_async.campaigns._state import Ledger, Part, Phase

Header: TypeAlias = dict[str, Any]
VERSION = 1
_BEGINNING = b'{"campaign":'
_CHECKSUM = b',"crc":'
_END = re.compile(rb',"crc":([0-9]+)\}\n?\Z')
_LONGEST_END = 32
_PRIVATE = 0o600


def encode_header(header: Header) -> bytes:
    """Write the first line."""
    return _line({"campaign": VERSION, **header}, 0)


def encode(part: Part, before: int) -> bytes:
    """Write a line for a batch as it is now; it goes on from the checksum of the line before."""
    line: Header = {"key": part.key, "phase": part.phase, "at": part.at.isoformat()}
    if part.phase is Phase.BEGUN:
        line["recipients"] = part.recipients
    if part.batch_ids:
        line["batches"] = part.batch_ids
    if part.status is not None:
        line["status"] = part.status
    return _line(line, before)


def checksum(data: bytes) -> int:
    """Give the checksum of a journal's last line; 0 without one."""
    found = _END.search(data[-_LONGEST_END:])
    return int(found[1]) if found else 0


def decode(data: bytes) -> tuple[Header | None, Ledger, bytes]:
    """Read a journal.

    Returns:
        The header, or `None` if there is none yet; the batches; and what the next line follows.
        That is without a torn last line, which a kill may have left: what it was about has not
        begun, or has no answer. One that lacks its line break only, as an editor may have left
        it, counts and gets one.

    Raises:
        ValueError: It is no journal, or a line before the last one is damaged.
    """
    *lines, torn = data.split(b"\n")
    kept = data[: len(data) - len(torn)]
    if _is_whole(torn, lines[-1] if lines else b""):
        lines, kept = [*lines, torn], data + b"\n"
    ledger = Ledger()
    if not lines:
        if not (torn.startswith(_BEGINNING) or _BEGINNING.startswith(torn)):
            raise ValueError("journal: expected one of a campaign; this is another file")
        return None, ledger, kept
    header: Header = _parse(lines[0]) if _is_whole(lines[0], b"") else {}
    if header.pop("campaign", None) != VERSION:
        raise ValueError("journal: expected one of a campaign; this is another file, or damaged")
    for place, (before, line) in enumerate(pairwise(lines), 2):
        if not (_is_whole(line, before) and _put(ledger, line)):
            raise ValueError(f"journal: line {place} is damaged, or another one before it is gone")
    return header, ledger, kept


def _line(fields: Header, before: int) -> bytes:
    """Write a line with a checksum of all up to it.

    One wrong digit of a number, or a line that is gone, would send to somebody again.
    """
    text = json.dumps(fields, separators=(",", ":")).encode()
    return b"%b%b%d}\n" % (text[:-1], _CHECKSUM, crc32(text, before))


def _is_whole(line: bytes, before: bytes) -> bool:
    text, _, found = line.rpartition(_CHECKSUM)
    return found == b"%d}" % crc32(text + b"}", checksum(before))


def _parse(line: bytes) -> Any:
    return json.loads(line.rpartition(_CHECKSUM)[0] + b"}")


def _put(ledger: Ledger, line: bytes) -> bool:
    fields = _parse(line)
    before = ledger.parts.get(fields["key"])
    part = Part(
        key=fields["key"],
        phase=Phase(fields["phase"]),
        at=datetime.fromisoformat(fields["at"]),
        recipients=tuple(before.recipients if before else fields.get("recipients", ())),
        batch_ids=tuple(fields.get("batches", ())),
        status=fields.get("status"),
    )
    try:
        ledger.put(part)
    except ValueError:  # lines are missing, or from another journal
        return False
    return True


@attrs.define(eq=False)
class Journal:
    """The journal on the disk, for one run at a time. Its calls block."""

    path: Path
    _lock: RunLock = attrs.field(init=False)
    _size: int = attrs.field(default=0, init=False)  # of the file
    _length: int = attrs.field(default=0, init=False)  # up to the end of its last whole line
    _joint: bytes = attrs.field(default=b"", init=False)  # what that one lacks
    _checksum: int = attrs.field(default=0, init=False)  # of that one

    def __attrs_post_init__(self) -> None:
        name = self.path.with_name(self.path.name + ".lock")
        self._lock = RunLock(name, "another run uses this journal")

    def open(self) -> tuple[Header | None, Ledger]:
        """Take the lock, and read what there is; nothing is written yet.

        Raises:
            BlockingIOError: Another run has the lock.
            ValueError: It is no journal, or damaged.
            OSError: The file can't be used.
        """
        self._lock.acquire()
        try:
            with _private_files.open_file(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            data = b""
        header, ledger, kept = decode(data)
        self._size, self._length = len(data), min(len(data), len(kept))
        self._joint, self._checksum = kept[len(data) :], checksum(kept)
        return header, ledger

    def begin(self, header: Header) -> None:
        """Write the header.

        Raises:
            OSError: It can't be written.
        """
        _private_files.check(self.path)
        if not self.path.exists():
            _private_files.open_file(self.path, "xb").close()
        self.path.chmod(_PRIVATE)
        self._append(encode_header(header))
        _private_files.sync_directory(self.path.parent)

    def append(self, part: Part) -> None:
        """Write a batch as it is now; when this returns, it outlasts a loss of power.

        Raises:
            OSError: It can't be written, or something else wrote to it.
        """
        self._append(encode(part, self._checksum))

    def _append(self, line: bytes) -> None:
        # A journal that somebody removed must not begin anew: its recipients would be free again.
        with _private_files.open_file(self.path, "r+b") as file:
            # Somebody may have removed the lock; what another run wrote must not be cut off.
            if file.seek(0, os.SEEK_END) != self._size:
                raise OSError("something else wrote to the journal: another run may use it")
            file.truncate(self._length)
            _private_files.append(file, self._joint + line)
            os.fsync(file.fileno())
        self._size = self._length = self._length + len(self._joint + line)
        self._joint, self._checksum = b"", checksum(line)

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()
