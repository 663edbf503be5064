"""What iP.1 posts when the state of a message changes."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ip1_async.models._base import NOTHING, extra_field, model
from ip1_async.models.status import MessageStatusCode


@model()
class DeliveryReport:
    """One new state of one message that was sent.

    Attributes:
        id: Unique id of the message.
        batch_id: Id of the request it was sent with.
        recipient: Number of the receiver.
        code: A `MessageStatusCode`, or the number where it has no name.
        duration: 1 where the state is final, 0 where more may follow.
        created: When the state was reached, in UTC.
        segments: How many SMS the text takes.
        price: Price of the whole message, all segments.
        currency: ISO 4217 code, in either case.
        reference: The sender's own reference.
        extra: What else came, and values that can't be read as their type.
    """

    id: str
    batch_id: str | None = None
    recipient: str | None = None
    code: MessageStatusCode | int | None = None
    duration: int | None = None
    created: datetime | None = None
    segments: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    reference: str | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
