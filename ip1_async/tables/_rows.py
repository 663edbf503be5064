"""Lines that a table takes as they are: read at the speed of C, without a model."""

from collections.abc import Sequence
from datetime import datetime
from types import GenericAlias
from typing import Annotated, Any, TypeAlias

import msgspec

from ip1_async._codec.fast import ODD
from ip1_async._codec.forms import filler, form_of
from ip1_async.models import DataCoding, Direction, Message, MessageType, Status
from ip1_async.tables._reader import read_page

Row: TypeAlias = Any
"""A message, or the form of one: its attributes are those of a message without `extra`."""

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


def _narrowed(model: type[Any], **kinds: Any) -> Any:
    """Narrow a model's form to values that are the same in the model, but for their type."""
    columns = [(name, kind | None, None) for name, kind in kinds.items()]
    return msgspec.defstruct(model.__name__, columns, bases=(form_of(model),), gc=False)


_status = _narrowed(Status, created=_Time, code=int)
_form = _narrowed(
    Message,
    direction=Direction,
    type=MessageType,
    datacoding=DataCoding,
    price=int | float,
    statuses=GenericAlias(list, (_status,)),
    modified=_Time,
)
_decode = msgspec.json.Decoder(GenericAlias(list, (_form,))).decode
_fill = filler(Message)
# In another zone they may have no place in UTC's calendar.
_FIRST_DAY, _LAST_DAY = b'"0001-01-01', b'"9999-12-31'


def read_rows(page: bytes) -> Sequence[Row] | None:
    """Read an array of rows; `None` where one of them needs a closer look."""
    if _FIRST_DAY in page or _LAST_DAY in page:
        return read_page(page)
    try:
        rows: Sequence[Row] = _decode(page)
    except ODD:
        return read_page(page)
    return rows


def as_message(row: Row) -> Message:
    """Make the message of a row."""
    message: Message = row if type(row) is Message else _fill(row)
    return message
