"""Objects of JSON in any form to models, and models back to JSON: by cattrs.

A value that no reader takes costs its field, not its message: it comes to be in `extra`, as
unknown fields do.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import eq
from types import GenericAlias
from typing import Any, get_args

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ip1_async._codec import fields
from ip1_async.models import DeliveryWindow, Status, StatusCount
from ip1_async.models._base import NOTHING

_LONGEST_INTEGER = 300  # digits; JSON readers refuse thousands


def _parts(value: Any, annotation: Any) -> tuple[Any, ...]:
    if type(value) is not list:
        raise ValueError
    part, _ = get_args(annotation)
    return tuple([structure(item, part) for item in value])


def _counts(value: Any, _: Any) -> dict[int, StatusCount]:
    return fields.counts(value, lambda count: structure(count, StatusCount))


def _plain_counts(counts: dict[int, StatusCount]) -> dict[str, Any]:
    return {str(code): unstructure(count) for code, count in counts.items()}


def _plain_number(number: Decimal) -> int | float | str:
    """Give a JSON number where it says the same, else the text."""
    if number.as_tuple().exponent == 0 and number.adjusted() < _LONGEST_INTEGER:
        return int(number)
    approximation = float(number)
    return approximation if Decimal(repr(approximation)) == number else str(number)


def _names(model: type[Any]) -> dict[str, Any]:
    """Give the names on the wire, in the form of cattrs."""
    known = fields.FIELDS[model].items()
    return {"extra": override(omit=True), **{f.name: override(rename=key) for key, f in known}}


def _reader(model: type[Any]) -> Callable[[Any, Any], Any]:
    """Make the reader of a model: what a field's reader refuses is kept in `extra`."""
    known = fields.FIELDS[model]
    keys = {field.name: key for key, field in known.items()}
    required = {key for key, field in known.items() if field.default is attrs.NOTHING}
    fill = make_dict_structure_fn(model, _converter, **_names(model))

    def read(obj: Any, _: Any) -> Any:
        if type(obj) is not dict:
            raise ValueError("expected an object")
        taken = {key: value for key, value in obj.items() if value is not None and key in known}
        try:
            filled = fill(taken, model)
        except cattrs.ClassValidationError as error:
            # cattrs says which fields failed. Their tracebacks would be cycles for the collector.
            for failure, note in error.group_exceptions()[0]:
                failure.with_traceback(None)
                taken.pop(keys[note.name], None)
            if missing := required - taken.keys():
                raise ValueError(f"no readable {missing.pop()}") from None
            filled = fill(taken, model)
        if len(taken) < len(obj):
            # Null is as if left out.
            nulls = {key for key in known.keys() - taken.keys() if obj.get(key) is None}
            extra = {k: v for k, v in obj.items() if k not in taken and k not in nulls}
            object.__setattr__(filled, "extra", extra or NOTHING)
        return filled

    return read


def _writer(model: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Make the writer of a model, which leaves out what is `None` or empty."""
    write = make_dict_unstructure_fn(
        model, _converter, _cattrs_omit_if_default=True, **_names(model)
    )
    return lambda read: {**write(read), **read.extra}


_converter = cattrs.Converter(unstruct_collection_overrides={tuple: list})
structure, unstructure = _converter.structure, _converter.unstructure
_converter.register_structure_hook(str, fields.identity)
for _annotation, (_read, *_) in fields.FORMS.items():
    _converter.register_structure_hook_func(partial(eq, _annotation), _read)
for _part in (Status, DeliveryWindow):
    _converter.register_structure_hook_func(partial(eq, GenericAlias(tuple, (_part, ...))), _parts)
_converter.register_structure_hook_func(partial(eq, dict[int, StatusCount]), _counts)
_converter.register_unstructure_hook_func(partial(eq, dict[int, StatusCount]), _plain_counts)
_converter.register_unstructure_hook(Decimal, _plain_number)
_converter.register_unstructure_hook(datetime, lambda at: at.isoformat().replace("+00:00", "Z"))
# Made when a model is first read or written: for all of them that takes 20 ms.
_converter.register_structure_hook_factory(fields.FIELDS.__contains__, _reader)
_converter.register_unstructure_hook_factory(fields.FIELDS.__contains__, _writer)
