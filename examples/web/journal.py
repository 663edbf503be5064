"""The keys of all answers that were ever begun, on the disk."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

from attrs import frozen

T = TypeVar("T")
State = Literal["begun", "sent", "refused"]


@frozen
class Entry:
    """What is known of a key.

    Attributes:
        state: `begun` until it is known what became of it; a `refused` key is never sent.
        batch: The id of the batch that it became.
    """

    state: State
    batch: str | None = None


class Journal:
    """Remembers the key of every send, over restarts; it has no number and no text.

    A key is written before anything is sent. So whatever comes twice, it is sent once: a browser
    repeats a POST by itself when the server dies before it answers.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, and make it if need be, for this user alone."""
        await self._run(self._open)

    async def begin(self, key: str) -> bool:
        """Write down that a send begins; `False` if the key was used before."""
        return await self._insert(key, "begun")

    async def refuse(self, key: str) -> bool:
        """See to it that a key is never sent; `False` if it was used before."""
        return await self._insert(key, "refused")

    async def look(self, key: str) -> Entry:
        """Give what is known of a key that was used."""
        query = "SELECT state, batch FROM sends WHERE key = ?"
        [row] = await self._execute(query, key)
        return Entry(*row)

    async def find(self, key: str, batch_id: str) -> None:
        """Write down which batch a key became."""
        await self._execute(
            "UPDATE sends SET state = 'sent', batch = ? WHERE key = ?", batch_id, key
        )

    async def forget(self, key: str) -> None:
        """Free a key whose send was certainly not accepted."""
        await self._execute("DELETE FROM sends WHERE key = ?", key)

    async def aclose(self) -> None:
        """Close the file."""
        await self._run(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _open(self) -> None:
        if self._path != ":memory:":
            Path(self._path).touch(mode=0o600)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS sends (key TEXT PRIMARY KEY, state TEXT, batch TEXT)"
        )

    async def _insert(self, key: str, state: State) -> bool:
        query = "INSERT OR IGNORE INTO sends VALUES (?, ?, NULL) RETURNING key"
        return bool(await self._execute(query, key, state))

    async def _execute(self, query: str, *values: str) -> list[tuple[State, str | None]]:
        database = self._database
        assert database is not None
        return await self._run(lambda: database.execute(query, values).fetchall())

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
