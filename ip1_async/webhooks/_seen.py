"""Memories of the hooks that were handled, so that a repeat is recognised."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

T = TypeVar("T")
KEPT = 24 * 3600.0
"""Seconds; iP.1 repeats for 100 minutes."""
_MOST_IN_MEMORY = 1_000_000


@runtime_checkable
class Seen(Protocol):
    """What a receiver remembers; implement it to share that between machines."""

    async def has(self, key: str) -> bool:
        """Say whether a key was added, within 24 hours at least."""
        ...

    async def add(self, key: str) -> None:
        """Remember a key of 32 characters; a key may be added twice."""
        ...


class MemorySeen:
    """Remember for 24 hours, until the process ends, and at most a million hooks."""

    def __init__(self) -> None:
        self._added: dict[str, float] = {}  # oldest first

    async def has(self, key: str) -> bool:
        """Say whether a key was added in the last 24 hours."""
        return self._added.get(key, -KEPT) > _loop_time() - KEPT

    async def add(self, key: str) -> None:
        """Remember a key, and forget what is older than a day."""
        now = _loop_time()
        self._added.pop(key, None)
        self._added[key] = now
        while len(self._added) > _MOST_IN_MEMORY or self._oldest() <= now - KEPT:
            del self._added[next(iter(self._added))]

    def _oldest(self) -> float:
        return next(iter(self._added.values()))


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class SQLiteSeen:
    """Remember for 24 hours in a file, over restarts, and between processes of one machine.

    A thread of its own does the work. The file is for the user alone (mode 0600), and has no
    number and no text in it.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, now: Callable[[], float] = time.time
    ) -> None:
        """Name the file; it is opened, and made if need be, by the first hook.

        Args:
            path: The file.
            now: Seconds since 1970; only tests have another clock than the computer's.
        """
        self._path = Path(path)
        self._now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ip1-seen")
        self._database: sqlite3.Connection | None = None

    async def has(self, key: str) -> bool:
        """Say whether a key was added in the last 24 hours."""
        return await self._run(lambda: self._has(key))

    async def add(self, key: str) -> None:
        """Remember a key on the disk, and forget what is older than a day."""
        await self._run(lambda: self._add(key))

    async def aclose(self) -> None:
        """Close the file; safe to call twice, and what comes later opens it again."""
        await self._run(self._close)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # In the thread.

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._path.touch(mode=0o600)
            self._database = sqlite3.connect(self._path, isolation_level=None)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, added REAL) WITHOUT ROWID"
            )
            self._database.execute("CREATE INDEX IF NOT EXISTS seen_added ON seen (added)")
        return self._database

    def _has(self, key: str) -> bool:
        query = "SELECT 1 FROM seen WHERE key = ? AND added > ?"
        return self._open().execute(query, (key, self._now() - KEPT)).fetchone() is not None

    def _add(self, key: str) -> None:
        database, now = self._open(), self._now()
        with database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM seen WHERE added <= ?", (now - KEPT,))
            database.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (key, now))

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
