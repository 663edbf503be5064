"""Objects of JSON to models, whatever their form.

A value that no reader takes costs its field, not its message: it stands in `extra`, as unknown
fields do.
"""

from collections.abc import Callable
from functools import partial
from operator import eq
from typing import Any

import cattrs

from ip1_async._codec import fields
from ip1_async.models import Status, StatusCount
from ip1_async.models._base import NOTHING


def _statuses(value: Any, _: Any = None) -> tuple[Status, ...]:
    if type(value) is not list:
        raise ValueError
    return tuple([_converter.structure(item, Status) for item in value])


def _counts(value: Any, _: Any = None) -> dict[int, StatusCount]:
    counts = {int(code): _converter.structure(item, StatusCount) for code, item in value.items()}
    if len(counts) < len(value):  # "201" and "0201": one of them would be lost
        raise ValueError
    return counts


def _tolerant(model: Any) -> Callable[[Any, Any], Any]:
    """Make the reader of a model: what a field's reader refuses is kept in `extra`."""
    hooks = {
        key: (field.name, _converter.get_structure_hook(field.type), field.type)
        for key, field in fields.FIELDS[model].items()
    }

    def structure(obj: Any, _: Any) -> Any:
        if type(obj) is not dict:
            raise ValueError("expected an object")
        values, extra = {}, {}
        for key, value in obj.items():
            try:
                name, hook, kind = hooks[key]
                if value is not None:  # as if left out
                    values[name] = hook(value, kind)
            except Exception:  # noqa: BLE001  # whatever is wrong with a value, its field pays
                extra[key] = value
        if "id" in hooks and not values.get("id"):
            raise ValueError("no readable id")
        return model(**values, extra=extra or NOTHING)

    return structure


_converter = cattrs.Converter(detailed_validation=False)
_converter.register_structure_hook(str, fields.text)
for _annotation, (_reader, *_) in fields.FORMS.items():
    _converter.register_structure_hook_func(partial(eq, _annotation), _reader)
_converter.register_structure_hook_func(partial(eq, tuple[Status, ...]), _statuses)
_converter.register_structure_hook_func(partial(eq, dict[int, StatusCount]), _counts)
for _model in fields.FIELDS:
    _converter.register_structure_hook(_model, _tolerant(_model))

structure = _converter.structure
