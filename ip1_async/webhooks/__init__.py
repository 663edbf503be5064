"""Hooks that iP.1 posts: delivery reports and incoming SMS, confirmed by reading from the API."""

from ip1_async.models import DeliveryReport
from ip1_async.webhooks._answer import NotTaken
from ip1_async.webhooks._parse import HookEvent, parse
from ip1_async.webhooks._receiver import Receiver, UnverifiedReceiver
from ip1_async.webhooks._seen import MemorySeen, Seen, SQLiteSeen

__all__ = [
    "DeliveryReport",
    "HookEvent",
    "MemorySeen",
    "NotTaken",
    "Receiver",
    "SQLiteSeen",
    "Seen",
    "UnverifiedReceiver",
    "parse",
]
