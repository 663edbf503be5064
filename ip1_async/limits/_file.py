"""A limit for the processes of one machine: the ledger in a file, behind a lock of the system."""

import asyncio
import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ip1_async.errors import ConfigurationError, LimiterError
from ip1_async.limits._ledger import Ask, Ledger
from ip1_async.limits._shared import SharedLimiter

_PATIENCE = 2.0  # seconds for the lock; a process that was stopped may hold it
_TICK = 0.001  # seconds between two tries
_MODE = 0o600
_LARGEST = 65_536  # bytes; more is somebody's file, and no limit


class FileLimiter(SharedLimiter):
    """Keep to a rate together with all processes of this machine that name the same file.

    For Linux and macOS, on a local disk; it needs nothing but the standard library. The file is
    made with mode 0600, and may be deleted at any time. Where it is damaged, the limit goes on at
    its rate. Moments are those of the system's monotonic clock, which nobody sets.
    """

    def __init__(self, path: str | os.PathLike[str], rate: float = 30.0) -> None:
        """Check the settings; the file is opened at the first request.

        Args:
            path: The file.
            rate: Requests per second; where processes name different ones the lowest holds.

        Raises:
            ConfigurationError: The rate is out of range, or this is another system.
        """
        if sys.platform not in ("linux", "darwin"):
            raise ConfigurationError("FileLimiter: works on Linux and macOS; use RedisLimiter")
        self._path = Path(path).absolute()
        super().__init__(rate)
        # Its own thread: the loop's others may be busy for longer than a moment can wait.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ip1-limit")

    def __repr__(self) -> str:
        return f"FileLimiter({str(self._path)!r}, rate={self._rate:g})"

    async def aclose(self) -> None:
        """Stop the thread; whoever waits gets a `LimiterError`. Safe to call twice."""
        await super().aclose()
        self._thread.shutdown(wait=False)

    async def _put(self, ask: Ask) -> tuple[int, int]:
        result = await asyncio.get_running_loop().run_in_executor(self._thread, self._settle, ask)
        if isinstance(result, LimiterError):
            raise result
        return result

    def _settle(self, ask: Ask) -> tuple[int, int] | LimiterError:
        try:
            file = self._lock()
            try:
                return _answer(file, ask)
            finally:
                os.close(file)  # and with it the lock
        except OSError as error:
            return LimiterError(f"{self._path}: {error.strerror or error}")

    def _lock(self) -> int:
        """Open the file and lock it.

        Raises:
            OSError: It can't be opened or is not ours, or another process keeps it locked.
        """
        import fcntl  # noqa: PLC0415  # not there on Windows

        end = time.monotonic() + _PATIENCE
        while True:
            file = self._open()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_still(file):
                    return file
            except BlockingIOError:
                pass
            except BaseException:
                os.close(file)
                raise
            os.close(file)
            if time.monotonic() > end:
                raise TimeoutError(f"locked by another process for {_PATIENCE:g} s")
            time.sleep(_TICK)

    def _open(self) -> int:
        # A pipe in its place would block, and a link would lead to another file.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(self._path, flags, _MODE)
        try:
            _check(file)
        except OSError:
            os.close(file)
            raise
        return file

    def _is_still(self, file: int) -> bool:
        """Whether the file has its name yet: else somebody locks the one that took its place."""
        try:
            return os.path.samestat(os.fstat(file), os.lstat(self._path))
        except FileNotFoundError:
            return False


def _check(file: int) -> None:
    """Refuse what can't be a limit's file, and take it from all others' eyes.

    Raises:
        OSError: It is no file, another user's, has a second name, or is too large.
    """
    facts = os.fstat(file)
    if not stat.S_ISREG(facts.st_mode):
        raise OSError("no plain file")
    if facts.st_uid != os.geteuid():
        raise PermissionError("the file of another user")
    if facts.st_nlink > 1 or facts.st_size > _LARGEST:
        raise OSError("no file of a limit: it has a second name, or is too large")
    if stat.S_IMODE(facts.st_mode) != _MODE:
        os.fchmod(file, _MODE)


def _answer(file: int, ask: Ask) -> tuple[int, int]:
    now = time.monotonic_ns() // 1000
    ledger = Ledger.parse(os.pread(file, _LARGEST, 0).decode("ascii", "replace"))
    if ledger is not None:
        ledger.turn_back(now)
    if ledger is None or not ledger.is_sound(ask):
        ledger = Ledger.begin(now, ask)
    answer = ledger.answer(ask)
    ledger.forget_the_dead(ask)
    text = ledger.write().encode("ascii")
    os.pwrite(file, text, 0)
    os.ftruncate(file, len(text))
    return answer
