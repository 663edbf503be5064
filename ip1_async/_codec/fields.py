"""The names and values of the wire: the documents disagree about most fields.

A reader takes a value in every documented form but null, and raises for what it can't read. cattrs
passes it the type as well.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import attrs
import msgspec

from ip1_async import models

_MOST_KEPT = 4096
_EXACT = 1e15


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


_MODELS: tuple[Any, ...] = (
    models.Status,
    models.StatusCount,
    models.ConversationSummary,
    models.Message,
    models.DeliveryWindow,
    models.PriceSummary,
    models.Batch,
    models.Sender,
    models.BlacklistEntry,
    models.BundleMessage,
    models.Bundle,
    models.BundleConversation,
    models.Capabilities,
    models.DeliveryReport,
)
FIELDS: dict[Any, dict[str, Any]] = {
    model: {_camel(a.name): a for a in attrs.fields(model) if a.name != "extra"}
    for model in _MODELS
}
"""The fields of every model by their names on the wire; a model follows those it holds."""


def text(value: Any, _: Any = None) -> str:
    """Read a text; a number is its digits."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise ValueError


def identity(value: Any, _: Any = None) -> str:
    """Read a text that is not empty."""
    if read := text(value):
        return read
    raise ValueError


def integer(value: Any, _: Any = None) -> int:
    """Read a whole number, or its digits."""
    if type(value) is int:
        return value
    if type(value) is str or (type(value) is float and value.is_integer()):
        return int(value)
    raise ValueError


def boolean(value: Any, _: Any = None) -> bool:
    """Read true or false."""
    if type(value) is bool:
        return value
    raise ValueError


def texts(value: Any, _: Any = None) -> tuple[str, ...]:
    """Read a list of texts."""
    if type(value) is list:
        return tuple(map(text, value))
    raise ValueError


def utc(moment: datetime) -> datetime:
    """Turn a time to UTC; one without a zone is in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def time(value: Any, _: Any = None) -> datetime:
    """Read a time in ISO 8601; a seventh digit of its seconds is rounded."""
    try:
        return utc(msgspec.convert(value, datetime))
    except msgspec.ValidationError:  # it knows RFC 3339 only
        return utc(datetime.fromisoformat(value))


def _decoded(values: dict[Any, Any], read: Callable[[Any], Any]) -> Any:
    """Give a type that msgspec decodes by a map in C, and by a function what that lacks.

    msgspec takes it for an Enum, of texts or of numbers as the keys of the map are.
    """
    make: Any = Enum
    decoded = make("Decoded", ())
    decoded._value2member_map_, decoded._missing_ = values, read
    return decoded


class Table(dict[Any, Any]):
    """Values by their forms on the wire; a form that it does not know is its own value.

    More values may come at any time.
    """

    _kinds: tuple[type, ...] = (str, int)

    def __missing__(self, form: Any) -> Any:
        """Try a text in lower case."""
        return self.get(form.lower(), form) if type(form) is str else form

    def read(self, value: Any, _: Any = None) -> Any:
        """Read a text or a number."""
        if type(value) in self._kinds:
            return self[value]
        raise ValueError

    def wire(self, kind: type) -> Any:
        """Give a type that msgspec reads a text or a number as, straight into its value."""
        return _decoded({form: self[form] for form in self if type(form) is kind}, self.__getitem__)


class _Codes(Table):
    """The same for status codes, as numbers or their digits; new ones are kept."""

    def __missing__(self, form: Any) -> Any:
        """Try the number."""
        number = integer(form)
        code = self.get(number, number)
        if len(self) < _MOST_KEPT:
            self[form] = code
        return code


class _Prices(Table):
    """The same for amounts of money, as numbers or their digits.

    Few prices make up most messages, so numbers are kept.
    """

    _kinds = (str, int, float)

    def __missing__(self, form: Any) -> Decimal:
        """Read the amount."""
        # repr of a float is its shortest text: the text of the JSON up to 15 digits.
        price = Decimal(form if type(form) is str else repr(form).removesuffix(".0"))
        if not price.is_finite():
            raise ValueError
        price = price or price.copy_abs()  # 0.0 and -0.0 are one key
        # Beyond 15 digits an integer and a float of another text may be one key.
        if not isinstance(form, str) and abs(form) < _EXACT and len(self) < _MOST_KEPT:
            self[form] = price
        return price


def _table(members: Iterable[Enum], numbers: Mapping[int, Enum]) -> Table:
    table = Table(numbers)
    table[None] = None
    for each in members:
        table[each.value] = table[each.value.lower()] = each
    return table


DIRECTIONS = _table(models.Direction, {0: models.Direction.MT, 1: models.Direction.MO})
TYPES = _table(models.MessageType, {0: models.MessageType.FLASH, 1: models.MessageType.SMS})
CODINGS = _table(models.DataCoding, {0: models.DataCoding.GSM, 2: models.DataCoding.UCS})
CODES = _Codes([(None, None)])
for _code in models.MessageStatusCode:
    CODES[_code.value] = CODES[str(_code.value)] = _code
PRICES = _Prices([(None, None)])


def counts(value: Any, read: Callable[[Any], Any]) -> dict[int, Any]:
    """Read the counts of status codes, each by the function."""
    found = {int(key): read(count) for key, count in value.items()}
    if len(found) < len(value):  # "201" and "0201": one of them would be lost
        raise ValueError
    return found


def same(value: Any) -> Any:
    """Give a value that msgspec has read."""
    return value


FORMS: dict[Any, tuple[Callable[..., Any], Any, Callable[[Any], Any]]] = {
    str: (identity, Annotated[str, msgspec.Meta(min_length=1)], str),
    str | None: (text, str, str),
    int | None: (integer, int | _decoded({"1": 1}, integer), same),
    bool | None: (boolean, bool, bool),
    tuple[str, ...]: (texts, list[str], tuple),
    Decimal | None: (PRICES.read, int | float | str, PRICES.__getitem__),
    datetime | None: (time, datetime, utc),
    models.Direction | str | int | None: (
        DIRECTIONS.read,
        DIRECTIONS.wire(str) | int,  # `read_page` must see numbers: some endpoints overrule them
        lambda value: DIRECTIONS[value] if type(value) is int else value,
    ),
    models.MessageType | str | int | None: (TYPES.read, TYPES.wire(str) | TYPES.wire(int), same),
    models.DataCoding | str | int | None: (
        CODINGS.read,
        CODINGS.wire(str) | CODINGS.wire(int),
        same,
    ),
    models.MessageStatusCode | int | None: (CODES.read, CODES.wire(int) | CODES.wire(str), same),
}
"""By the annotation of a field: its reader, the type of its usual form, and what makes the value
of that."""
