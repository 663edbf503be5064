"""A v3 message (RCS)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ip1_async.models._base import NOTHING, extra_field, model


@model()
class BundleMessage:
    """One RCS message of a bundle, as `/v3/bundles/{bundle}/messages` returns it.

    Attributes:
        id: Unique id of the message.
        recipient: Number of the receiver.
        status: Any text; `Delivered` is the only documented one.
        price: Price of the message.
        currency: ISO 4217 code, in capitals or in small letters.
        modified: Last update, in UTC.
        extra: Unknown fields, and values that can't be read as the type of their field.
    """

    id: str
    recipient: str | None = None
    status: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    modified: datetime | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
