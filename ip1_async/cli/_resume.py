"""Go on where a command stopped: its place in a file, and the command that goes on from there."""

import asyncio
import os
import secrets
import shlex
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs

from ip1_async import _private_files
from ip1_async._run_lock import RunLock
from ip1_async._threads import in_thread
from ip1_async.cli._failures import TYPED
from ip1_async.cli._options import PagingOptions
from ip1_async.cli._output import complain, without_hidden

# A cursor takes the place of the first three; the rest of the last one is counted anew.
_BEGINNINGS = ("--cursor", "--cursor-file", "--start", "--max-items")


@attrs.define
class Place:
    """How far a command has written its list.

    Attributes:
        arguments: The paging arguments of its listing.
        file: Keeps the place over runs; `None` if it is kept only when the command is stopped.
        cursor: The place, after all that was flushed to stdout.
        done: How many items were written.
    """

    arguments: dict[str, Any]
    file: Path | None
    cursor: str | None = None
    done: int = 0

    @classmethod
    @asynccontextmanager
    async def of(cls, paging: PagingOptions) -> AsyncIterator["Place"]:
        """Find where to begin, if its file exists, and keep another run from the file meanwhile.

        Raises:
            OSError: The file can't be read, or another run uses it.
            ValueError: Options exclude each other.
        """
        arguments, file = paging.arguments(), paging.cursor_file
        if file is None:
            yield cls(arguments, None)
            return
        await asyncio.to_thread(_private_files.check, file)
        lock = RunLock(file.with_name(f".{file.name}.lock"), f"{file}: another run uses it")
        try:
            await in_thread(lock.acquire)
            if cursor := await asyncio.to_thread(_read, file):
                arguments |= {"cursor": cursor, "start": 0}
            yield cls(arguments, file)
        finally:
            lock.release()

    async def reach(self, cursor: str, items: int) -> None:
        """Keep a place up to which all is flushed.

        Raises:
            OSError: The file can't be written.
        """
        self.cursor, self.done = cursor, self.done + items
        if self.file is not None:
            await asyncio.to_thread(_save, self.file, cursor)

    async def go_on(self) -> list[str]:
        """Give a line that says how far it came, and the command that goes on from there."""
        if self.cursor is None:
            return ["stopped; this begins again:", _command(TYPED.get())]
        rest = self.arguments["max_items"]
        left = [] if rest is None else ["--max-items", str(rest - self.done)]
        end = [*TYPED.get(), "--"].index("--")  # options come before it
        options, names = TYPED.get()[:end], TYPED.get()[end:]
        begin = _command([*_without(options, _BEGINNINGS), *left])
        place = await asyncio.to_thread(self._keep)
        return [
            f"stopped after {self.done:,}; this goes on:",
            " ".join([begin, place, *map(_quoted, names)]),
        ]

    def _keep(self) -> str:
        """Give the option that names the place; without a file given, one is made for it."""
        assert self.cursor is not None
        try:
            if self.file is None:
                folder = _state_directory()
                _private_files.make_directory(folder)
                self.file = folder / f"{secrets.token_hex(4)}.cursor"
            _save(self.file, self.cursor)  # once more: it may have failed
            shown = _shown(self.file)
        except (OSError, RuntimeError):  # a full disk, or no home: the screen has to take it
            return f"--cursor {self.cursor}"
        return f"--cursor-file {shown}"


@contextmanager
def going_on() -> Iterator[None]:
    """If the command is stopped, say that it goes on itself."""
    try:
        yield
    except asyncio.CancelledError:
        complain("stopped; this goes on:", _command(TYPED.get()))
        raise


def _command(tokens: Sequence[str]) -> str:
    return " ".join(["ip1", *map(_quoted, tokens)])


def _quoted(token: str) -> str:
    """Quote for a shell; what a screen can't show is written as its bytes."""
    if token == without_hidden(token):
        return shlex.quote(token)
    return "$'{}'".format("".join(f"\\x{byte:02x}" for byte in os.fsencode(token)))


def _without(tokens: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """Leave out options with their values."""
    rest = iter(tokens)
    for token in rest:
        option, joint, _ = token.partition("=")
        if option.replace("_", "-") not in options:  # the parser takes both
            yield token
        elif not joint:
            next(rest, None)


def _read(file: Path) -> str | None:
    try:
        with _private_files.open_file(file, "rb") as opened:
            return opened.read().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None


def _save(file: Path, cursor: str) -> None:
    side = file.with_name(f".{file.name}.part")
    _private_files.check(file)
    with _private_files.side_file(side) as opened:
        opened.write(f"{cursor}\n".encode())
    side.replace(file)


def _state_directory() -> Path:
    """Give the directory where a user's programs keep what they should remember."""
    windows = sys.platform == "win32"
    given = os.environ.get("LOCALAPPDATA" if windows else "XDG_STATE_HOME")
    return Path(given or Path("~/.local/state").expanduser()) / "ip1"


def _shown(file: Path) -> str:
    """Write a path as a person would type it."""
    name = os.path.join(".", file) if str(file).startswith("-") else str(file)  # noqa: PTH118
    text, home = _quoted(name), f"{Path('~').expanduser()}{os.sep}"
    return f"~{os.sep}{text.removeprefix(home)}" if text.startswith(home) else text
