"""What belongs to an account: its senders, and the numbers that it must not send to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ip1_async.models._base import NOTHING, extra_field, model


@model()
class Sender:
    """A registered sender, as `/v2/me/senders` answers it.

    Attributes:
        sender: Number or sender name.
        created: When it was registered, in UTC.
        extra: What else the server sent, and values that can't be read as their type.
    """

    sender: str
    created: datetime | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model()
class BlacklistEntry:
    """A number that gets no messages, as `/v2/blacklist` answers it.

    Attributes:
        msisdn: The number.
        created: When it was added, in UTC.
        extra: What else the server sent, and values that can't be read as their type.
    """

    msisdn: str
    created: datetime | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
