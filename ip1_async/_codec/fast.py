"""Pages of the usual form, at the speed of C; every other page is refused, and goes to cattrs.

msgspec reads a page into Structs of loose types, derived from the fields of the models, and
refuses what these do not know. A generated function fills a model from each Struct. The models'
own `__init__` would take longer than all of that: on an immutable class it must go through
`object.__setattr__` for every field. So a mutable twin is filled, and then becomes the model.
"""

from collections.abc import Callable
from types import GenericAlias
from typing import Any

import attrs
import msgspec

from ip1_async._codec import fields
from ip1_async.models import BundleMessage, Message, Status
from ip1_async.models._base import NOTHING


def _plan(model: type[Any]) -> tuple[Any, Callable[[Any], Any]]:
    """Derive the Struct of a model, as a list type, and what fills the model from such a Struct."""
    twin = type("Twin", (model,), {"__slots__": (), "__setattr__": object.__setattr__})
    names = {
        **vars(fields),
        "Twin": twin,
        "Model": model,
        "new": object.__new__,
        "NOTHING": NOTHING,
    }
    columns: list[Any] = []
    lines = ["def read(s):", "x = new(Twin)", "x.extra = NOTHING"]
    for field in attrs.fields(model):
        if field.name == "extra":
            continue
        if field.type == tuple[Status, ...]:
            kind, names["status"] = _plan(Status)
            # Messages of a list have one, the latest.
            reading = "(status(v[0]),) if len(v := {} or ()) == 1 else tuple(map(status, v))"
        else:
            _, kind, reading = fields.FORMS[field.type]
        columns.append(
            (field.name, kind) if field.name == "id" else (field.name, kind | None, None)
        )
        lines.append(f"x.{field.name} = {reading.format(f's.{field.name}')}")
    exec("\n ".join([*lines, "x.__class__ = Model", "return x"]), names)  # noqa: S102  # our own text
    options: Any = {"rename": "camel", "forbid_unknown_fields": True, "gc": False}
    struct = msgspec.defstruct(model.__name__, columns, **options)
    return GenericAlias(list, struct), names["read"]


def _reader(model: type[Any]) -> Callable[[bytes, str | None], list[Any]]:
    structs, read = _plan(model)
    decode = msgspec.json.Decoder(structs).decode

    def read_page(body: bytes, direction: str | None) -> list[Any]:
        page = decode(body)
        if direction is not None:
            for each in page:
                if type(each.direction) is not str:
                    each.direction = direction
        return [read(each) for each in page]

    return read_page


READERS: dict[Any, Callable[[bytes, str | None], list[Any]]] = {
    model: _reader(model) for model in (Message, BundleMessage)
}
"""Functions from a page and what its endpoint says about the direction to models; they raise for
pages of any other form."""
