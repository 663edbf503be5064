"""A v2 batch: one send request."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from ip1_async.models._base import NOTHING, extra_field, model
from ip1_async.models.message import DataCoding, Direction, MessageType
from ip1_async.models.summary import StatusCount


@model()
class DeliveryWindow:
    """A time in which messages may be delivered.

    Attributes:
        opens: Its beginning, in UTC.
        closes: Its end, in UTC.
        extra: What else the server sent.
    """

    opens: datetime | None = None
    closes: datetime | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model()
class PriceSummary:
    """What a batch costs.

    Attributes:
        total: Price of all messages.
        currency: ISO 4217 code, in either case.
        average: Price of a message on average.
        extra: What else the server sent.
    """

    total: Decimal | None = None
    currency: str | None = None
    average: Decimal | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model(hashable=False)
class Batch:
    """One send request, as `/v2/batches` answers it.

    Attributes:
        id: Unique id of the batch.
        sender: Number or sender name.
        body: The text, or the template of all texts.
        owner: The account it belongs to.
        direction: `Direction.MT`: batches are outgoing.
        type: `MessageType.SMS` or `MessageType.FLASH`.
        datacoding: `DataCoding.GSM` or `DataCoding.UCS`.
        priority: 1 normal, 2 high.
        templated: Whether the body has placeholders.
        price_summary: What it costs; `None` in a listing.
        message_summary: Messages by their latest status code; empty in a listing.
        delivery_windows: When its messages may be delivered.
        status: An open string.
        delivery_report_url: Where delivery reports go.
        reference: The sender's own reference.
        tags: The sender's own marks. One is `ip1-async:` and the key of `send`.
        extra: What else the server sent, and values that can't be read as their type.
    """

    id: str
    sender: str | None = None
    body: str | None = None
    owner: str | None = None
    direction: Direction | str | int | None = None
    type: MessageType | str | int | None = None
    datacoding: DataCoding | str | int | None = None
    priority: int | None = None
    templated: bool | None = None
    price_summary: PriceSummary | None = None
    message_summary: dict[int, StatusCount] = attrs.field(factory=dict)
    delivery_windows: tuple[DeliveryWindow, ...] = ()
    status: str | None = None
    delivery_report_url: str | None = None
    reference: str | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
