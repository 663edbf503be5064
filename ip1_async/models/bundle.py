"""What v3 has (RCS): bundles, their messages, conversations, and what phones can show."""

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


@model()
class Bundle:
    """RCS messages sent together, as `/v3/bundles` answers them.

    Attributes:
        id: Unique id of the bundle.
        brand: Brand it was sent for.
        agent: Agent it was sent by.
        content: The text.
        unique_id: The sender's own id; the key of `send`.
        created: When it was made, in UTC.
        tags: The sender's own marks.
        extra: What else the server sent, and values that can't be read as their type.
    """

    id: str
    brand: str | None = None
    agent: str | None = None
    content: str | None = None
    unique_id: str | None = None
    created: datetime | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model()
class BundleConversation:
    """An RCS conversation, as `/v3/conversations` answers it.

    Attributes:
        id: Unique id of the conversation.
        brand: Brand that it is with.
        agent: Agent that it is with.
        recipient: Number of the person.
        unique_id: The sender's own id.
        started: When it began, in UTC.
        extra: What else the server sent, and values that can't be read as their type.
    """

    id: str
    brand: str | None = None
    agent: str | None = None
    recipient: str | None = None
    unique_id: str | None = None
    started: datetime | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model()
class Capabilities:
    """What a phone can show, as `/phones/{msisdn}/capabilities` answers it.

    Attributes:
        msisdn: The number.
        capable: Whether it can show RCS.
        features: What it can do: `CHAT_SESSION`, `FILE_TRANSFER`, `CAROUSEL`, ...
        extra: What else the server sent, and values that can't be read as their type.
    """

    msisdn: str | None = None
    capable: bool | None = None
    features: tuple[str, ...] = ()
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
