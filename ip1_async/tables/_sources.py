"""The archives that a table or a report is made of: a file, a directory of them, or a pipe."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import unquote

import attrs

from ip1_async.errors import IP1Error
from ip1_async.tables._reader import read

Source: TypeAlias = str | os.PathLike[str] | BinaryIO
Read: TypeAlias = Callable[[bytes], Sequence[Any] | None]


@attrs.define(eq=False)
class Archives:
    """Archives, read one after another.

    Attributes:
        files: Their paths; of a pipe, the pipe alone.
        note: Called with one sentence about what was left out.
        is_directory: They are those of a directory, so that errors name the file.
        size: Bytes of all files; 0 for a pipe.
    """

    files: Sequence[Path | BinaryIO]
    note: Callable[[str], object]
    is_directory: bool
    size: int
    _before: int = 0
    _open: BinaryIO | None = None

    @classmethod
    def of(cls, source: Source, note: Callable[[str], object]) -> "Archives":
        """Find the archives of a source.

        Raises:
            ValueError: A directory has none.
            OSError: There is no such file.
        """
        if not isinstance(source, str | os.PathLike):
            return cls([source], note, is_directory=False, size=0)
        path = Path(source)
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not files:
            raise ValueError(f"no *.jsonl file in {path}")
        sizes = (file.stat().st_size for file in files)
        return cls(files, note, is_directory=path.is_dir(), size=sum(sizes))

    @property
    def newest(self) -> float:
        """When the newest of the files was written, in seconds since 1970."""
        return max(file.stat().st_mtime for file in self.files if isinstance(file, Path))

    @property
    def share(self) -> float | None:
        """The part of all bytes that was read, from 0 to 1; `None` where that is unknown."""
        if not self.size:
            return None
        here = 0 if self._open is None else self._open.tell()
        return min(1.0, (self._before + here) / self.size)

    def rows(self, read_at_once: Read) -> Iterator[Any]:
        """Read all rows; one that is in the archives of both its ends comes once.

        Only the ids of rows whose two ends both have an archive are remembered, which usually are
        none.
        """
        if not self.is_directory:
            yield from self._read(self.files[0], read_at_once, self.note)
            return
        ends = {unquote(file.stem).casefold() for file in self.files if isinstance(file, Path)}
        seen: set[str] = set()
        for file in self.files:
            try:
                for row in self._read(file, read_at_once, self._naming(file)):
                    if ends.issuperset(_ends(row)):
                        if row.id in seen:
                            continue
                        seen.add(row.id)
                    yield row
            except IP1Error as error:
                error.add_note(f"in {file}")
                raise

    def _read(
        self, file: Path | BinaryIO, read_at_once: Read, note: Callable[[str], object]
    ) -> Iterator[Any]:
        opened: AbstractContextManager[BinaryIO] = (
            file.open("rb") if isinstance(file, Path) else nullcontext(file)
        )
        with opened as self._open:
            yield from read(self._open, note, read_at_once)
            if self.size:
                self._before += self._open.tell()
        self._open = None

    def _naming(self, file: Any) -> Callable[[str], object]:
        return lambda text: self.note(f"{file}: {text}")


def _ends(row: Any) -> set[str]:
    return {(end or "").casefold() for end in (row.sender, row.recipient)}


def within(rows: Iterator[Any], since: datetime | None, until: datetime | None) -> Iterator[Any]:
    """Leave out rows that were changed before a time, or not before another."""
    for row in rows:
        moment = row.modified
        if moment is None or (
            (since is None or moment >= since) and (until is None or moment < until)
        ):
            yield row
