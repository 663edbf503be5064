"""Delivery states of a v2 message."""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any

from ip1_async.models._base import NOTHING, extra_field, model


class MessageStatusCode(IntEnum):
    """The documented status codes; the server may send others.

    The first digit is the block: 1 info, 2 success, 4 rejection, 5 error. In the success block,
    only `DELIVERED_TO_HANDSET` means that the message arrived.
    """

    ACCEPTED = 101
    QUEUED = 102
    FUNDED = 103
    REFUNDED = 104
    SENDING = 110
    DELIVERED_TO_GATEWAY = 111
    DELIVERED_TO_CARRIER = 112
    DELIVERED_TO_GSM = 113
    QUEUED_AT_GATEWAY = 114
    DELIVERED_TO_HANDSET = 201
    EXPIRED = 202
    CANCELED = 203
    INSUFFICIENT_FUNDS = 402
    SENDER_REJECTED = 403
    CONTENT_REJECTED = 404
    RECIPIENT_REJECTED = 405
    GENERIC_REJECTED = 406
    INVALID_SENDER = 407


_FINAL_BLOCKS = (2, 4, 5)


@model()
class Status:
    """One delivery report of a message.

    Attributes:
        created: When the state was reached, in UTC.
        code: A `MessageStatusCode`, or the number if it has no name.
        duration: 1 if the state is final, 0 if another may follow.
        extra: Unknown fields, and values that can't be read as the type of their field.
    """

    created: datetime | None = None
    code: MessageStatusCode | int | None = None
    duration: int | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)

    @property
    def block(self) -> int | None:
        """The first digit of the code: 1 info, 2 success, 4 rejection, 5 error."""
        return None if self.code is None else self.code // 100

    @property
    def is_final(self) -> bool:
        """Whether no other state should follow; after a failure, a refund (104) still may."""
        return self.duration == 1 or self.block in _FINAL_BLOCKS
