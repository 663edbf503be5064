"""Objects of the usual form, at the speed of C; what is odd is refused.

msgspec reads an object into its usual form, and refuses what that does not know. A field that no
document names is odd once only: after that its name is part of the form.
"""

from operator import attrgetter
from threading import Lock
from types import GenericAlias, NoneType
from typing import Any, Generic, TypeVar

import msgspec

from ip1_async._codec.fields import DIRECTIONS, FIELDS
from ip1_async._codec.forms import Unknown, filler, form_of, unknown_names
from ip1_async.models import Message, Status

T = TypeVar("T")
ODD = (ValueError, ArithmeticError, RecursionError, msgspec.MsgspecError)
"""What reading raises for everything that is not of the usual form."""
_MOST_LEARNED = 16  # names; a server that makes them up must not fill the memory
_LONGEST_LEARNED = 64  # characters


class _Decoders:
    """Decoders of the form that has these unknown fields, too."""

    def __init__(self, model: type[Any], unknown: Unknown) -> None:
        self.unknown = unknown
        self._getters = {
            part: [(key, attrgetter(name)) for name, key in unknown_names(part, unknown)]
            for part in (model, Status)
        }
        form = form_of(model, unknown)
        self.decode = msgspec.json.Decoder[Any](form).decode
        # What a page has before its first odd object is not lost: forms are noted as they are
        # made. That costs a hundredth.
        self._noted: list[Any] = []
        note = {"__post_init__": self._noted.append}
        noted = msgspec.defstruct(form.__name__, [], bases=(form,), namespace=note)
        self._decode_page = msgspec.json.Decoder(GenericAlias(list, (noted,))).decode
        self._lock = Lock()  # one page at a time is noted

    def decode_page(self, body: bytes) -> tuple[list[Any], bool]:
        """Decode an array up to its first odd object; say whether that was all."""
        with self._lock:
            try:
                return self._decode_page(body), True
            except ODD:
                return self._noted.copy(), False
            finally:
                self._noted.clear()

    def add_unknown(self, forms: list[Any], models: list[Any], part: type[Any]) -> None:
        """Take along what the forms of as many models have in the unknown fields."""
        for key, get in self._getters[part]:
            for value, model in zip(map(get, forms), models, strict=True):
                if value is not msgspec.UNSET:
                    object.__setattr__(model, "extra", {**model.extra, key: value})
        if part is Message and self._getters[Status]:
            reports = [report for form in forms for report in form.statuses or ()]
            statuses = [status for model in models for status in model.statuses]
            self.add_unknown(reports, statuses, Status)


class Reader(Generic[T]):
    """Reads objects of one model."""

    def __init__(self, model: type[T]) -> None:
        self.model = model
        self._fill = filler(model)
        self._decoders = _Decoders(model, frozenset())

    def read(self, text: bytes) -> T:
        """Read an object of the usual form.

        Raises:
            ODD: It has another.
        """
        decoders = self._decoders
        form = decoders.decode(text)
        model: T = self._fill(form)
        if decoders.unknown:
            decoders.add_unknown([form], [model], self.model)
        return model

    def read_page(self, body: bytes, direction: str | None) -> tuple[list[T], bool]:
        """Read an array up to its first odd object; say whether that was all."""
        decoders = self._decoders
        forms, is_whole = decoders.decode_page(body)
        if direction is not None:
            value = DIRECTIONS[direction]
            for form in forms:
                if type(form.direction) in (int, NoneType):
                    form.direction = value
        fill = self._fill
        models: list[T] = []
        try:
            for form in forms:
                models.append(fill(form))  # noqa: PERF401  # what comes before an error counts
        except ODD:  # a time that has no place in UTC's calendar
            is_whole = False
        if decoders.unknown:
            decoders.add_unknown(forms[: len(models)], models, self.model)
        return models, is_whole

    def learn(self, model: Any) -> None:
        """Read the unknown fields of an odd object as usual from here on."""
        found = {
            (type(part), key)
            for part in (model, *getattr(model, "statuses", ()))
            for key in part.extra
            if key not in FIELDS[type(part)] and _is_name(key)
        }
        unknown = self._decoders.unknown | found
        if self._decoders.unknown < unknown and len(unknown) <= _MOST_LEARNED:
            self._decoders = _Decoders(self.model, unknown)


def _is_name(key: str) -> bool:
    return key.isascii() and key.isidentifier() and len(key) <= _LONGEST_LEARNED


_READERS: dict[Any, Reader[Any]] = {}


def reader(model: type[T]) -> Reader[T]:
    """Give the reader of a model."""
    return _READERS.get(model) or _READERS.setdefault(model, Reader(model))
