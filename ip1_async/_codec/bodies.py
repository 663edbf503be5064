"""JSON, strictly: whole, and cut into the items of an array."""

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, NoReturn, TypeAlias

import msgspec

from ip1_async.errors import InvalidResponseError

Text: TypeAlias = bytes | msgspec.Raw
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_GAP = re.compile(rb"[ \t\r\n,]*")
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_parse_fast = msgspec.json.Decoder().decode
_FAILURES = (ValueError, RecursionError, msgspec.MsgspecError)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def parse(body: bytes) -> Any:
    """Parse JSON, strictly: UTF-8, no NaN, no Infinity, no number beyond a float's range."""
    text = body.removeprefix(codecs.BOM_UTF8).decode()
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def load(text: Text) -> Any:
    """Parse JSON as `parse` does, and mostly faster.

    Raises:
        InvalidResponseError: The text is not JSON.
    """
    try:
        return _parse_fast(text)
    except _FAILURES:
        pass  # it is no JSON, or has a byte order mark, or half an emoji
    try:
        return parse(bytes(text))
    except (ValueError, RecursionError) as error:
        name = type(error).__name__
    # Outside of the block: those errors hold the body, and with it a message.
    raise InvalidResponseError(f"the body is not JSON ({name})")


def split_page(body: bytes) -> list[bytes]:
    """Cut an array into the exact texts of its items.

    Raises:
        InvalidResponseError: The body is not JSON, or not an array.
    """
    return list(map(bytes, split(body)))


def split(body: bytes) -> Sequence[Text]:
    """Do the same without copies."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return _split(body)
    except _FAILURES:
        pass
    # msgspec refuses half an emoji, where a text was cut. So it sees a blank in its place.
    masked = _HALF_PAIR.sub(rb"\\u0020", body)
    try:
        return _cut(body, map(len, map(bytes, _split(masked))))
    except _FAILURES:
        pass
    load(body)
    raise InvalidResponseError("$: expected an array")


def _cut(body: bytes, lengths: Iterable[int]) -> list[bytes]:
    texts, end = [], body.index(b"[") + 1
    for length in lengths:
        gap = _GAP.match(body, end)
        assert gap is not None  # it matches the empty text, too
        end = gap.end() + length
        texts.append(body[gap.end() : end])
    return texts
