"""Lines that memory should not hold."""

import sqlite3
from collections.abc import Iterable, Iterator


class Spill:
    """Lines by id in a temporary database: bounded memory, and nothing left after a kill."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE lines (id BLOB PRIMARY KEY, line BLOB)")
        self._database.execute("BEGIN")  # and never a commit: all of it is thrown away

    def __contains__(self, item_id: str) -> bool:
        return self._find(item_id) is not None

    def _find(self, item_id: str) -> bytes | None:
        found = self._database.execute("SELECT line FROM lines WHERE id = ?", (_key(item_id),))
        return next((line for (line,) in found), None)

    def put(self, lines: Iterable[tuple[str, bytes]]) -> None:
        """Keep lines, each in the place of an earlier one with its id."""
        self._database.executemany(
            "INSERT INTO lines VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET line = excluded.line",
            ((_key(item_id), line) for item_id, line in lines),
        )

    def take(self, item_id: str) -> bytes | None:
        """Give a line and forget it; `None` where there is none."""
        line = self._find(item_id)
        if line is not None:
            self._database.execute("DELETE FROM lines WHERE id = ?", (_key(item_id),))
        return line

    def __iter__(self) -> Iterator[bytes]:
        """Give the lines that are left, in the order they came."""
        return (line for (line,) in self._database.execute("SELECT line FROM lines ORDER BY rowid"))

    def close(self) -> None:
        """Delete it."""
        self._database.close()


def _key(item_id: str) -> bytes:
    return item_id.encode("utf-8", "surrogatepass")
