"""A lock in the file system: one run at a time works with a directory or a file."""

import sqlite3
from pathlib import Path

from ip1_async import _private_files


class RunLock:
    """Keeps a second run out. The lock ends with the process, even if it is killed.

    The lock is an exclusive transaction on an empty SQLite database that nobody writes. It is a
    lock of the operating system, and works on systems without `fcntl`, too.

    Args:
        path: The database; it stays when the lock is released.
        refusal: The message for a second run.
    """

    def __init__(self, path: Path, refusal: str) -> None:
        self._path = path
        self._refusal = refusal
        self._database: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Make the directory of the lock, and take the lock.

        Raises:
            OSError: The directory can't be made or the lock not be taken, another run holds it,
                or a file that is no lock has its name.
        """
        _private_files.make_directory(self._path.parent)
        try:
            _private_files.open_file(self._path, "xb").close()
        except FileExistsError:
            # Don't open it: closing it would release the lock of another run in this process.
            if self._path.stat().st_size:
                raise FileExistsError(f"{self._path} is no lock, as it is not empty") from None
        try:
            self._database = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, check_same_thread=False
            )
            self._database.execute(
                "PRAGMA journal_mode = OFF"
            )  # no file beside, on a full disk too
            self._database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            failure = error
        else:
            return
        if failure.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise BlockingIOError(self._refusal)
        raise OSError(f"{self._path} can't be locked: {failure}")

    def release(self) -> None:
        """Release the lock, if it was taken."""
        if self._database is not None:
            self._database.close()
