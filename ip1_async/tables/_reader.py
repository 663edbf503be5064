"""Messages out of a file of JSON lines."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from os import PathLike
from pathlib import Path

from ip1_async._codec import decode
from ip1_async.errors import InvalidResponseError
from ip1_async.models import Message

log = logging.getLogger("ip1_async")
_LONGEST_LINE = 33_554_432  # bytes, as many as a body may have


def read_messages(
    path: str | PathLike[str], *, note: Callable[[str], object] = log.warning
) -> Iterator[Message]:
    """Read the messages of an archive, one after another.

    Blank lines are skipped. A last line without its end, as in a file that is being written, is
    read if it is whole, and left out with a note if not.

    Args:
        path: A file of JSON lines, each at most 32 MiB long.
        note: Is told what was left out, in one sentence that names no file.

    Raises:
        InvalidResponseError: A line is no message; the text gives its number, from 1.
        OSError: The file can't be read.
    """
    with Path(path).open("rb") as file:
        # A file without ends of lines must not fill the memory.
        for number, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), b""), 1):
            if line.isspace():
                continue
            try:
                message = decode(line, Message)
            except InvalidResponseError as error:
                if line.endswith(b"\n") or len(line) == _LONGEST_LINE:
                    raise InvalidResponseError(f"line {number} is damaged: {error}") from None
                note(f"line {number}, the last, was not written to its end: left out")
            else:
                yield message
