"""The exact text of each object that a server sent, as a line."""

import json
import re
from contextlib import suppress

import msgspec

from ip1_async import _codec

# Strict JSON has no raw line break inside a string, so every line break is between tokens.
_BREAK = re.compile(rb"[\r\n][ \t\r\n]*")


class _Identified(msgspec.Struct, gc=False):
    id: str | int


_read = msgspec.json.Decoder(_Identified).decode
_skip = msgspec.json.Decoder(msgspec.Raw).decode


def page_lines(body: bytes) -> dict[str, bytes]:
    """Cut a page, an array that was decoded before, into one line per object, by id.

    If an id comes twice, the last object counts, as it does for the pager.
    """
    return {id_of(text): _line(text) for text in _codec.split_page(body)}


def _line(text: bytes) -> bytes:
    return (_BREAK.sub(b"", text) if b"\n" in text or b"\r" in text else text) + b"\n"


def id_of(line: bytes) -> str:
    """Read the id on a line.

    Raises:
        OSError: The line is no JSON object with an id.
    """
    try:
        return str(_read(line).id)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    with suppress(ValueError, TypeError, KeyError, RecursionError):  # half an emoji is text to json
        return str(json.loads(line)["id"])
    raise OSError("not an archive: a line is no JSON object with an id")


def is_message(line: bytes) -> bool:
    """Check whether a line, with or without its break, is a JSON object with an id."""
    try:
        id_of(line)
    except OSError:
        return False
    return True


def is_begun(line: bytes) -> bool:
    """Check whether a line could be the beginning of a JSON object, but is not a whole one."""
    # Without the number at the end: half a number may be no number.
    try:
        _skip(line.rstrip(b"0123456789+-.eE"))
    except (msgspec.DecodeError, RecursionError) as error:
        return line.startswith(b"{") and "truncated" in str(error)
    return False
