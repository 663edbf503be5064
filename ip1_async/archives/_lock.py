"""Who may write: one run in each directory."""

import sqlite3
from pathlib import Path

from ip1_async import _private_files

_NAME = ".ip1-archive.lock"


class DirectoryLock:
    """Keeps a second run out of a directory; it ends with the process, however that ends.

    An empty database that nobody writes: its exclusive transaction is a lock of the operating
    system, and works where `fcntl` is not there, too.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME
        self._database: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Make the directory and take its lock.

        Raises:
            OSError: It can't be made or locked, another run holds the lock, or the lock's name
                belongs to something else.
        """
        _private_files.make_directory(self._path.parent)
        try:
            _private_files.open_file(self._path, "xb").close()
        except FileExistsError:
            # Not opened: closing it would give back a lock that another run of this process holds.
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
        """Give it back, if it was taken."""
        if self._database is not None:
            self._database.close()
