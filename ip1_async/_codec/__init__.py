"""Bytes to models and back.

Objects of the usual form are read at the speed of C (`fast`), and cattrs reads the others
(`convert`). Both ways give the same models.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from threading import Thread
from types import NoneType
from typing import Any, TypeVar

from ip1_async._codec import fast
from ip1_async._codec.bodies import Text, load, split
from ip1_async._codec.bodies import parse as parse
from ip1_async._codec.bodies import split_page as split_page
from ip1_async._codec.fast import ODD
from ip1_async._codec.fields import FIELDS
from ip1_async.errors import InvalidResponseError
from ip1_async.models import Direction

T = TypeVar("T")
_MISMATCHES_NAMED = 3
_RUN = 50  # items that are read at once, after one that was odd


@cache
def prepare() -> None:
    """Import cattrs in a thread, once: that takes 20 ms, which no event loop has to spare.

    Importing this package leaves cattrs out, and usual objects do without it. What needs it before
    the thread has it waits for the rest.
    """
    Thread(target=import_module, args=[f"{__name__}.convert"]).start()


def decode(body: bytes, model: type[T]) -> T:
    """Read one object.

    Raises:
        InvalidResponseError: The body is not JSON, or no object with an id.
    """
    reader = fast.reader(model)
    try:
        return reader.read(body)
    except ODD:
        pass
    try:
        return _read_odd(body, reader, None)
    except ValueError as error:
        reason = str(error)
    raise InvalidResponseError(f"$: {reason}")


def decode_page(body: bytes, model: type[T], direction: Direction | None = None) -> list[T]:
    """Read an array of objects.

    Args:
        body: The answer's body.
        model: What the array holds.
        direction: What the endpoint says about the direction; it overrules numbers and gaps.

    Raises:
        InvalidResponseError: The body is not JSON, not an array, or an item is no object with an
            id; the first three of those are named by their JSON path.
    """
    forced = None if direction is None else direction.value
    reader = fast.reader(model)
    models, is_whole = reader.read_page(body, forced)
    if not is_whole:
        _read_rest(split(body), models, reader, forced)
    return models


def _read_rest(
    texts: Sequence[Text], models: list[T], reader: fast.Reader[T], direction: str | None
) -> None:
    """Read the items of a page from the first that is odd."""
    mismatches = []
    index = len(models)
    while index < len(texts):
        run = b"[%b]" % b",".join(texts[index : index + _RUN])
        usual, is_whole = reader.read_page(run, direction)
        models += usual
        index += len(usual)
        if is_whole:
            continue
        try:
            models.append(_read_odd(texts[index], reader, direction))
        except ValueError as error:
            mismatches.append(f"$[{index}]: {error}")
        index += 1
    if mismatches:
        raise InvalidResponseError("; ".join(mismatches[:_MISMATCHES_NAMED]))


def _read_odd(text: Text, reader: fast.Reader[T], direction: str | None) -> T:
    from ip1_async._codec.convert import structure  # noqa: PLC0415  # see prepare

    obj = load(text)
    if direction is not None and type(obj) is dict:
        is_said = type(obj.get("direction")) not in (int, NoneType)
        obj = obj if is_said else {**obj, "direction": direction}
    model: T = structure(obj, reader.model)
    reader.learn(model)
    return model


# And back.


def to_dict(model: Any) -> dict[str, Any]:
    """Give a model in the names of the wire, ready for JSON.

    Fields that are `None` or empty are left out; what is in `extra` comes back in its place.

    Raises:
        TypeError: The object is no model of this package.
    """
    if type(model) not in FIELDS:
        raise TypeError(f"not a model of ip1_async: {type(model).__name__}")
    from ip1_async._codec.convert import unstructure  # noqa: PLC0415  # see prepare

    plain: dict[str, Any] = unstructure(model)
    return plain


def to_json(model: Any) -> str:
    """Give a model as one line of JSON, in the names of the wire.

    Raises:
        TypeError: The object is no model of this package.
    """
    plain = to_dict(model)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half an emoji, where a text was cut
        return json.dumps(plain, separators=(",", ":"))
    return text
