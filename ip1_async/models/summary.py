"""Counts of a conversation."""

from collections.abc import Mapping
from typing import Any

import attrs

from ip1_async.models._base import NOTHING, extra_field, model


@model()
class StatusCount:
    """How many messages have a certain status code as their latest one.

    Attributes:
        messages: Number of messages.
        sms: Number of SMS segments; a long message has several.
        extra: What else the server sent.
    """

    messages: int | None = None
    sms: int | None = None
    extra: Mapping[str, Any] = extra_field(default=NOTHING)


@model(hashable=False)
class ConversationSummary:
    """Totals of a conversation, as `/v2/conversations/{participant}/summary` returns them.

    Attributes:
        participant: Number or sender name.
        total_message_count: Messages in both directions.
        total_sms_count: SMS segments in both directions.
        mobile_terminated_messages: Outgoing messages by their latest status code.
        mobile_originated_messages: Incoming messages by their latest status code.
        extra: What else the server sent.
    """

    participant: str | None = None
    total_message_count: int | None = None
    total_sms_count: int | None = None
    mobile_terminated_messages: dict[int, StatusCount] = attrs.field(factory=dict)
    mobile_originated_messages: dict[int, StatusCount] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = extra_field(default=NOTHING)
