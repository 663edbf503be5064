"""The usual form of an object, as a Struct of loose types, and how a model is filled from it.

The models' own `__init__` would take longer than all the rest: on an immutable class it must go
through `object.__setattr__` for every field. So a mutable twin is filled, and then becomes the
model. A function that is generated from the fields is no faster than these.
"""

from collections.abc import Callable
from datetime import UTC
from types import GenericAlias
from typing import Any, get_args, get_origin

import attrs
import msgspec

from ip1_async._codec import fields
from ip1_async._codec.fields import DIRECTIONS, FIELDS, FORMS, PRICES, utc
from ip1_async.models import BundleMessage, Message, Status
from ip1_async.models._base import NOTHING

Unknown = frozenset[tuple[type[Any], str]]
"""Fields that no document names: the model and the name on the wire of each."""

_new = object.__new__


def _twin(model: type[Any]) -> type[Any]:
    return type("Twin", (model,), {"__slots__": (), "__setattr__": object.__setattr__})


_StatusTwin, _MessageTwin, _BundleTwin = map(_twin, (Status, Message, BundleMessage))


def _fill_status(form: Any) -> Any:
    status: Any = _new(_StatusTwin)
    status.created = v if (v := form.created) is None or v.tzinfo is UTC else utc(v)
    status.code = form.code
    status.duration = form.duration
    status.extra = NOTHING
    status.__class__ = Status
    return status


def _fill_message(form: Any) -> Any:
    message: Any = _new(_MessageTwin)
    message.id = form.id
    message.batch_id = form.batch_id
    message.owner = form.owner
    message.sender = form.sender
    message.recipient = form.recipient
    message.body = form.body
    message.direction = DIRECTIONS[v] if type(v := form.direction) is int else v
    message.segments = form.segments
    message.type = form.type
    message.datacoding = form.datacoding
    message.priority = form.priority
    message.price = PRICES[form.price]
    message.currency = form.currency
    reports: Any = form.statuses or ()
    message.statuses = (  # of a list they have one, the latest
        (_fill_status(reports[0]),) if len(reports) == 1 else tuple(map(_fill_status, reports))
    )
    message.modified = v if (v := form.modified) is None or v.tzinfo is UTC else utc(v)
    message.reference = form.reference
    message.mcc = form.mcc
    message.mnc = form.mnc
    message.extra = NOTHING
    message.__class__ = Message
    return message


def _fill_bundle_message(form: Any) -> Any:
    message: Any = _new(_BundleTwin)
    message.id = form.id
    message.recipient = form.recipient
    message.status = form.status
    message.price = PRICES[form.price]
    message.currency = form.currency
    message.modified = v if (v := form.modified) is None or v.tzinfo is UTC else utc(v)
    message.extra = NOTHING
    message.__class__ = BundleMessage
    return message


def filler(model: type[Any]) -> Callable[[Any], Any]:
    """Give what fills a model from its form; only those of long lists have a function each."""
    by_hand = {Status: _fill_status, Message: _fill_message, BundleMessage: _fill_bundle_message}
    makers = [(field.name, _usual(field.type)[1]) for field in FIELDS[model].values()]

    def fill(form: Any) -> Any:
        values = ((name, getattr(form, name), make) for name, make in makers)
        return model(**{name: make(value) for name, value, make in values if value is not None})

    return by_hand.get(model, fill)


def form_of(model: type[Any], unknown: Unknown = frozenset()) -> Any:
    """Derive the form of a model from its fields, and from unknown ones that were seen."""
    columns: list[Any] = []
    names = {field.name: key for key, field in FIELDS[model].items()}
    for name, field in ((name, FIELDS[model][key]) for name, key in names.items()):
        kind, _ = _usual(field.type, unknown)
        is_required = field.default is attrs.NOTHING
        columns.append((name, kind) if is_required else (name, kind | None, None))
    for name, key in unknown_names(model, unknown):
        columns.append((name, Any, msgspec.UNSET))
        names[name] = key
    options: Any = {"rename": names, "forbid_unknown_fields": True, "gc": False}
    return msgspec.defstruct(model.__name__, columns, **options)


def unknown_names(model: type[Any], unknown: Unknown) -> list[tuple[str, str]]:
    """Give the unknown fields of a model by their names in its form."""
    keys = sorted(key for owner, key in unknown if owner is model)
    return [(f"unknown_{number}", key) for number, key in enumerate(keys)]


def _usual(annotation: Any, unknown: Unknown = frozenset()) -> tuple[Any, Callable[[Any], Any]]:
    """Give the type of a field's usual form, and what makes the value of that."""
    if annotation in FORMS:
        return FORMS[annotation][1:]
    (part,) = FIELDS.keys() & get_args(annotation)
    form, fill = form_of(part, unknown), filler(part)
    if get_origin(annotation) is dict:
        return GenericAlias(dict, (str, form)), lambda value: fields.counts(value, fill)
    if get_origin(annotation) is not tuple:
        return form, fill
    return GenericAlias(list, (form,)), lambda value: tuple(map(fill, value))
