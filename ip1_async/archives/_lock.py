"""The lock of a directory: one run at a time writes there."""

import sqlite3
from pathlib import Path

from ip1_async import _private_files

_NAME = ".ip1-archive.lock"


class DirectoryLock:
    """Keeps a second run out of a directory. The lock ends with the process, even if it is killed.

    The lock is an exclusive transaction on an empty SQLite database that nobody writes. It is a
    lock of the operating system, and works on systems without `fcntl`, too.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME
        self._database: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Make the directory and take its lock.

        Raises:
            OSError: The directory can't be made or locked, another run holds the lock, or a file
                that is no lock has its name.
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
            raise BlockingIOError("another run archives into this directory")
        raise OSError(f"{self._path} can't be locked: {failure}")

    def release(self) -> None:
        """Release the lock, if it was taken."""
        if self._database is not None:
            self._database.close()
