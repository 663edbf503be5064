"""A v2 message (SMS), sent or received."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ip1_async.models._base import NOTHING, extra_field, model
from ip1_async.models.status import MessageStatusCode, Status


class Direction(StrEnum):
    """Which way a message went, seen from the mobile phone."""

    MT = "mt"
    MO = "mo"


class MessageType(StrEnum):
    """How the handset shows the message."""

    SMS = "SMS"
    FLASH = "flash"


class DataCoding(StrEnum):
    """The smallest alphabet that holds the body: GSM 7-bit, or UCS-2."""

    GSM = "gsm"
    UCS = "ucs"


class Order(StrEnum):
    """Order of a listing by creation time."""

    ASC = "ASC"
    DESC = "DESC"


_EVER = datetime.min.replace(tzinfo=UTC)


@model()
class Message:
    """One SMS, as `/v2/conversations` and `/v2/batches` return it.

    Every message has an `id`; another field is `None` if the server left it out. An unknown enum
    value stays as the server sent it.

    Attributes:
        id: Unique id of the message.
        batch_id: Id of the request it was sent with.
        owner: The account that it belongs to.
        sender: Number or sender name.
        recipient: Number of the receiver.
        body: The text.
        direction: `Direction.MT` for outgoing, `Direction.MO` for incoming.
        segments: How many SMS the text needs.
        type: `MessageType.SMS` or `MessageType.FLASH`.
        datacoding: `DataCoding.GSM` or `DataCoding.UCS`.
        priority: 1 normal, 2 high.
        price: Price of the whole message, for all its segments.
        currency: ISO 4217 code, in capitals or in small letters.
        statuses: In a listing only the latest status, in a single answer the whole history.
        modified: Last update, in UTC. The API gives no creation time.
        reference: The sender's own reference.
        mcc: Mobile country code, if the carrier gives it.
        mnc: Mobile network code, if the carrier gives it.
        extra: Unknown fields, and values that can't be read as the type of their field.
    """

    id: str
    batch_id: str | None = None
    owner: str | None = None
    sender: str | None = None
    recipient: str | None = None
    body: str | None = None
    direction: Direction | str | int | None = None
    segments: int | None = None
    type: MessageType | str | int | None = None
    datacoding: DataCoding | str | int | None = None
    priority: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    statuses: tuple[Status, ...] = ()
    modified: datetime | None = None
    reference: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)

    @property
    def latest_status(self) -> Status | None:
        """The newest status; if several have the same time, the last of them in the list."""
        # max keeps the first of equals, so the list is read from its end.
        return max(reversed(self.statuses), key=lambda s: s.created or _EVER, default=None)

    @property
    def is_delivered(self) -> bool:
        """Whether the latest status says that the handset has the message (only 201 does)."""
        latest = self.latest_status
        return latest is not None and latest.code == MessageStatusCode.DELIVERED_TO_HANDSET
