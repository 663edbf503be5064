"""The journal: a header, then a line for each step of a batch. It is the checkpoint."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from ip1_async import _private_files
from ip1_async._run_lock import RunLock
from ip1_async.campaigns._state import Ledger, Part, Phase

Header: TypeAlias = dict[str, Any]
VERSION = 1
_BEGINNING = b'{"campaign":'
_PRIVATE = 0o600


def encode_header(header: Header) -> bytes:
    """Write the first line."""
    return _line({"campaign": VERSION, **header})


def encode(part: Part) -> bytes:
    """Write a line for a batch as it is now."""
    line: Header = {"key": part.key, "phase": part.phase, "at": part.at.isoformat()}
    if part.phase is Phase.BEGUN:
        line["recipients"] = part.recipients
    if part.batch_ids:
        line["batches"] = part.batch_ids
    if part.status is not None:
        line["status"] = part.status
    return _line(line)


def decode(data: bytes) -> tuple[Header | None, Ledger, int]:
    """Read a journal.

    Returns:
        The header, or `None` if there is none yet; the batches; and the length without a torn
        last line, which a kill may have left: what it was about has not begun, or has no answer.

    Raises:
        OSError: It is no journal, or a line before the last one is damaged.
    """
    *lines, torn = data.split(b"\n")
    ledger = Ledger()
    if not lines:
        if not (torn.startswith(_BEGINNING) or _BEGINNING.startswith(torn)):
            raise OSError("not a journal of a campaign")
        return None, ledger, 0
    header: Header | None = _parse(lines[0])
    if header is None or header.pop("campaign", None) != VERSION:
        raise OSError("not a journal of a campaign, or one of another version")
    for place, line in enumerate(lines[1:], 2):
        if not _put(ledger, line):
            raise OSError(f"line {place} of the journal is damaged")
    return header, ledger, len(data) - len(torn)


def _line(fields: Header) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> Any:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _put(ledger: Ledger, line: bytes) -> bool:
    fields = _parse(line)
    try:
        before = ledger.parts.get(fields["key"])
        part = Part(
            key=fields["key"],
            phase=Phase(fields["phase"]),
            at=datetime.fromisoformat(fields["at"]),
            recipients=tuple(fields["recipients"] if before is None else before.recipients),
            batch_ids=tuple(fields.get("batches", ())),
            status=fields.get("status"),
        )
        ledger.put(part)
    except (ValueError, KeyError, TypeError):
        return False
    return True


@attrs.define(eq=False)
class Journal:
    """The journal on the disk, for one run at a time. Its calls block."""

    path: Path
    _lock: RunLock = attrs.field(init=False)
    _length: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        name = self.path.with_name(self.path.name + ".lock")
        self._lock = RunLock(name, "another run uses this journal")

    def open(self) -> tuple[Header | None, Ledger]:
        """Take the lock, and read what there is; nothing is written yet.

        Raises:
            BlockingIOError: Another run has the lock.
            OSError: The file can't be used, or is no journal.
        """
        self._lock.acquire()
        try:
            with _private_files.open_file(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            data = b""
        header, ledger, self._length = decode(data)
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
            OSError: It can't be written.
        """
        self._append(encode(part))

    def _append(self, line: bytes) -> None:
        # A journal that somebody removed must not begin anew: its recipients would be free again.
        with _private_files.open_file(self.path, "r+b") as file:
            file.truncate(self._length)
            _private_files.append(file, line)
            os.fsync(file.fileno())
        self._length += len(line)

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()
