"""Keep lines on the disk that would not fit into memory."""

import sqlite3
from collections.abc import Iterable, Iterator


class Spill:
    """Keeps lines by id in a temporary database: memory is bounded, and a kill leaves nothing."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE lines (id BLOB PRIMARY KEY, line BLOB)")
        self._database.execute("BEGIN")  # without a commit: the data is temporary

    def __contains__(self, item_id: str) -> bool:
        return self._find(item_id) is not None

    def _find(self, item_id: str) -> bytes | None:
        found = self._database.execute("SELECT line FROM lines WHERE id = ?", (_key(item_id),))
        return next((line for (line,) in found), None)

    def put(self, lines: Iterable[tuple[str, bytes]]) -> None:
        """Keep lines; a line replaces an earlier one with the same id, and takes its place."""
        self._database.executemany(
            "INSERT INTO lines VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET line = excluded.line",
            ((_key(item_id), line) for item_id, line in lines),
        )

    def take(self, item_id: str) -> bytes | None:
        """Give a line and forget it; `None` if there is none."""
        line = self._find(item_id)
        if line is not None:
            self._database.execute("DELETE FROM lines WHERE id = ?", (_key(item_id),))
        return line

    def __iter__(self) -> Iterator[bytes]:
        """Give the remaining lines, in the order of their arrival."""
        return (line for (line,) in self._database.execute("SELECT line FROM lines ORDER BY rowid"))

    def close(self) -> None:
        """Delete the database."""
        self._database.close()


def _key(item_id: str) -> bytes:
    return item_id.encode("utf-8", "surrogatepass")
