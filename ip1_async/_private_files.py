"""Write files that hold messages: for the user alone, and never through a link."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

# Don't follow a link or wait for a pipe, even if it takes the file's place after the check.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PRIVATE_FILE = 0o600
_PRIVATE_DIRECTORY = 0o700
_NO_SYNC = (errno.EINVAL, errno.EBADF)  # some network file systems can't sync a directory


def make_directory(path: Path) -> None:
    """Make a directory and its missing parents, for the user alone.

    Raises:
        OSError: The directory can't be made, or something else has its name.
    """
    for each in (*reversed(path.parents), path):
        if not each.is_dir():
            each.mkdir(_PRIVATE_DIRECTORY, exist_ok=True)
            sync_directory(each.parent)


def check(path: Path) -> None:
    """Check that a path is a regular file, or does not exist.

    Raises:
        OSError: The path is a link, a directory, a pipe or the like.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError(errno.EINVAL, "refused, as it is no regular file", str(path))


def open_file(path: Path, mode: str) -> BinaryIO:
    """Open a file; a new file is for the user alone.

    Raises:
        OSError: The file can't be opened, or is no regular file.
    """
    check(path)
    # The caller closes it, and pathlib takes no opener.
    return cast("BinaryIO", open(path, mode, opener=_open))


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS, _PRIVATE_FILE)


def append(file: BinaryIO, data: bytes) -> None:
    """Append to a file: a kill may leave only the beginning of the data, an error leaves none.

    Raises:
        OSError: The data can't be written; the disk may be full.
    """
    end, left = file.seek(0, os.SEEK_END), memoryview(data)
    try:
        while left:
            left = left[os.write(file.fileno(), left) :]
    except OSError:
        file.truncate(end)
        raise


@contextmanager
def side_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that will replace another one; remove it if an error comes first.

    Raises:
        OSError: The file can't be written.
    """
    path.unlink(missing_ok=True)  # a run that was killed left it
    try:
        with open_file(path, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace(side: Path, path: Path) -> None:
    """Replace a file by its side file, or rename the side file if there is no such file.

    A kill leaves the old file or the new one. To outlast a loss of power, sync the directory, too.

    Raises:
        OSError: The file can't be replaced, or the path is no regular file.
    """
    check(path)
    if path.exists():
        shutil.copymode(path, side)
    side.replace(path)


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on the disk, if the system can do so.

    Raises:
        OSError: The disk failed.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)
