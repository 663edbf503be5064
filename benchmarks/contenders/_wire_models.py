"""attrs classes with the names of the wire, so that nothing has to be renamed."""

from datetime import datetime
from decimal import Decimal

import attrs

from ip1_async import DataCoding, Direction, MessageType


@attrs.define
class WireStatus:
    """A status."""

    created: datetime
    code: int  # the service sends codes without a name
    duration: int


@attrs.define
class WireMessage:
    """A message."""

    id: str
    batchId: str  # noqa: N815
    owner: str
    sender: str
    recipient: str
    body: str
    direction: Direction
    segments: int
    type: MessageType
    datacoding: DataCoding
    priority: int
    statuses: tuple[WireStatus, ...]
    modified: datetime
    price: Decimal | None = None
    currency: str | None = None
    reference: str | None = None
    mcc: str | None = None
    mnc: str | None = None
