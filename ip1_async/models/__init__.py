"""The objects that the API answers with, as immutable attrs classes."""

from ip1_async.models.bundle import BundleMessage
from ip1_async.models.message import DataCoding, Direction, Message, MessageType, Order
from ip1_async.models.status import MessageStatusCode, Status
from ip1_async.models.summary import ConversationSummary, StatusCount

__all__ = [
    "BundleMessage",
    "ConversationSummary",
    "DataCoding",
    "Direction",
    "Message",
    "MessageStatusCode",
    "MessageType",
    "Order",
    "Status",
    "StatusCount",
]
