"""The objects that the API answers with, as immutable attrs classes."""

from ip1_async.models.account import BlacklistEntry, Sender
from ip1_async.models.batch import Batch, DeliveryWindow, PriceSummary
from ip1_async.models.bundle import Bundle, BundleConversation, BundleMessage, Capabilities
from ip1_async.models.delivery_report import DeliveryReport
from ip1_async.models.message import DataCoding, Direction, Message, MessageType, Order
from ip1_async.models.status import MessageStatusCode, Status
from ip1_async.models.summary import ConversationSummary, StatusCount

__all__ = [
    "Batch",
    "BlacklistEntry",
    "Bundle",
    "BundleConversation",
    "BundleMessage",
    "Capabilities",
    "ConversationSummary",
    "DataCoding",
    "DeliveryReport",
    "DeliveryWindow",
    "Direction",
    "Message",
    "MessageStatusCode",
    "MessageType",
    "Order",
    "PriceSummary",
    "Sender",
    "Status",
    "StatusCount",
]
