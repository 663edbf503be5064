"""The exact text of each object that a server sent, as a line."""

import codecs
import json
import re

import msgspec

_scan = json.JSONDecoder().raw_decode
_skip_object = msgspec.json.Decoder(msgspec.Raw).decode
_GAP = re.compile(r"[ \t\r\n,]*")
# Strict JSON has no raw line break inside a string, so each one stands between tokens.
_BREAK = re.compile(r"[\r\n][ \t\r\n]*")


def split_page(body: bytes) -> dict[str, bytes]:
    """Cut a page, an array that was decoded before, into one line per object, by id.

    Where an id stands twice the last object counts, as it does for the pager.
    """
    text = body.removeprefix(codecs.BOM_UTF8).decode()
    lines = {}
    position = _skip(text, text.index("[") + 1)
    while text[position] != "]":
        obj, end = _scan(text, position)
        lines[str(obj["id"])] = _BREAK.sub("", text[position:end]).encode() + b"\n"
        position = _skip(text, end)
    return lines


def _skip(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    assert gap is not None  # it matches the empty text, too
    return gap.end()


def id_of(line: bytes) -> str:
    """Read the id on a line.

    Raises:
        OSError: It is no JSON object with an id.
    """
    try:
        return str(json.loads(line)["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise OSError("not an archive: a line is no JSON object with an id") from None


def is_message(line: bytes) -> bool:
    """Tell whether a line, with or without its break, is a JSON object with an id."""
    try:
        id_of(line)
    except OSError:
        return False
    return True


def is_begun(line: bytes) -> bool:
    """Tell whether a JSON object could begin like this, but is not whole."""
    # Without the last number, as half of it can be none.
    try:
        _skip_object(line.rstrip(b"0123456789+-.eE"))
    except (msgspec.DecodeError, RecursionError) as error:
        return line.startswith(b"{") and "truncated" in str(error)
    return False
