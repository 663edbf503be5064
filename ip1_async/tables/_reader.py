"""Read messages from a file of JSON lines."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TypeVar

from ip1_async._codec import decode, decode_page
from ip1_async._codec.fields import FIELDS
from ip1_async.errors import InvalidResponseError
from ip1_async.models import BundleMessage, Message

R = TypeVar("R")
log = logging.getLogger("ip1_async")
_LONGEST_LINE = 33_554_432  # bytes, as many as a body may have
_GROUP_BYTES = 65_536  # a hundred lines or so; more would not stay in the CPU's cache
_OF_SMS = [FIELDS[Message][name].name for name in FIELDS[Message].keys() - FIELDS[BundleMessage]]


def read_messages(
    path: str | PathLike[str], *, note: Callable[[str], object] = log.warning
) -> Iterator[Message]:
    """Read the messages of an archive, one after another.

    Blank lines are skipped. The last line may lack its end, as in a file that is being written: if
    it is a whole message it is read, else it is left out, and `note` is called.

    Args:
        path: A file of JSON lines, each at most 32 MiB long.
        note: Called with one sentence about what was left out; the sentence names no file.

    Raises:
        InvalidResponseError: A line is no message, or is a message of a bundle (v3), which has
            other fields; the text gives the number of the line, from 1.
        OSError: The file can't be read.
    """
    with Path(path).open("rb") as file:
        yield from read(file, note, read_page)


def read(
    file: BinaryIO,
    note: Callable[[str], object],
    read_at_once: Callable[[bytes], Sequence[R] | None],
) -> Iterator[R | Message]:
    """Read an archive some hundred lines at once, or line by line where that gives `None`."""
    number = 1
    for lines in _group(file):
        items = read_at_once(b"[" + b",".join(lines) + b"]")
        if items is not None and len(items) == len(lines):
            yield from items
        else:
            yield from _read_each(lines, number, note)
        number += len(lines)


def _group(file: BinaryIO) -> Iterator[list[bytes]]:
    lines, size = [], 0
    # A file without line breaks must not fill the memory.
    for line in iter(partial(file.readline, _LONGEST_LINE), b""):
        lines.append(line)
        size += len(line)
        if size >= _GROUP_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def read_page(page: bytes) -> list[Message] | None:
    """Read an array of messages; `None` if one of them has to be read by itself."""
    try:
        messages = decode_page(page, Message)
    except InvalidResponseError:
        return None
    return None if any(map(_is_of_bundle, messages)) else messages


def _read_each(
    lines: Iterable[bytes], number: int, note: Callable[[str], object]
) -> Iterator[Message]:
    for place, line in enumerate(lines, number):
        if line.isspace():
            continue
        try:
            message = decode(line, Message)
        except InvalidResponseError as error:
            reason = str(error)
        else:
            if _is_of_bundle(message):
                raise InvalidResponseError(
                    f"line {place} is a message of a bundle (v3), not an SMS"
                )
            yield message
            continue
        if line.endswith(b"\n") or len(line) == _LONGEST_LINE:
            raise InvalidResponseError(f"line {place} is damaged: {reason}")
        note(f"line {place}, the last, is incomplete: left out")


def _is_of_bundle(message: Message) -> bool:
    """Recognise a v3 message: it has one status, and none of the fields that only an SMS has."""
    if "status" not in message.extra:
        return False
    return not any(getattr(message, name) for name in _OF_SMS)
