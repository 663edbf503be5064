"""The exact text of each object that a server sent, as a line."""

import codecs
import json
import re

_scan = json.JSONDecoder().raw_decode
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
    except (ValueError, TypeError, KeyError):
        raise OSError("not an archive: a line is no JSON object with an id") from None
