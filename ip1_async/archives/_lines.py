"""The exact text of each object that a server sent, as a line."""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress

import msgspec

_scan = json.JSONDecoder().raw_decode


class _Identified(msgspec.Struct, gc=False):
    id: str | int


_read_id = msgspec.json.Decoder(_Identified).decode
_read_ids = msgspec.json.Decoder(list[_Identified]).decode
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_skip_object = msgspec.json.Decoder(msgspec.Raw).decode
_GAP = re.compile(r"[ \t\r\n,]*")
# Strict JSON has no raw line break inside a string, so each one stands between tokens.
_BREAK = re.compile(rb"[\r\n][ \t\r\n]*")


def split_page(body: bytes) -> dict[str, bytes]:
    """Cut a page, an array that was decoded before, into one line per object, by id.

    Where an id stands twice the last object counts, as it does for the pager.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        ids, texts = _read_ids(body), map(bytes, _split(body))
    except (msgspec.MsgspecError, ValueError):  # half an emoji, where a text was cut
        return dict(_scan_page(body.decode()))
    return {str(each.id): _line(text) for each, text in zip(ids, texts, strict=True)}


def _line(text: bytes) -> bytes:
    return (_BREAK.sub(b"", text) if b"\n" in text or b"\r" in text else text) + b"\n"


def _scan_page(text: str) -> Iterator[tuple[str, bytes]]:
    position = _skip(text, text.index("[") + 1)
    while text[position] != "]":
        obj, end = _scan(text, position)
        yield str(obj["id"]), _line(text[position:end].encode())
        position = _skip(text, end)


def _skip(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    assert gap is not None  # it matches the empty text, too
    return gap.end()


def id_of(line: bytes) -> str:
    """Read the id on a line.

    Raises:
        OSError: It is no JSON object with an id.
    """
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        return str(_read_id(line).id)
    with suppress(ValueError, TypeError, KeyError, RecursionError):  # half an emoji is text to json
        return str(json.loads(line)["id"])
    raise OSError("not an archive: a line is no JSON object with an id")


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
