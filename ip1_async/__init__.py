"""Asyncio client for the iP.1 SMS and RCS API."""

from ip1_async._codec import to_dict, to_json
from ip1_async._http.limit import Limiter, RateLimiter
from ip1_async.archives import archive
from ip1_async.client import Client
from ip1_async.errors import (
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    CursorLostError,
    HTTPStatusError,
    InvalidResponseError,
    IP1Error,
    LimiterError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from ip1_async.events import Event, Stats
from ip1_async.models import (
    BundleMessage,
    ConversationSummary,
    DataCoding,
    Direction,
    Message,
    MessageStatusCode,
    MessageType,
    Order,
    Status,
    StatusCount,
)
from ip1_async.pagination import Page, Pager

__version__ = "0.1.0"

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "BundleMessage",
    "Client",
    "ClientClosedError",
    "ConfigurationError",
    "ConversationSummary",
    "CursorLostError",
    "DataCoding",
    "Direction",
    "Event",
    "HTTPStatusError",
    "IP1Error",
    "InvalidResponseError",
    "Limiter",
    "LimiterError",
    "Message",
    "MessageStatusCode",
    "MessageType",
    "NotFoundError",
    "Order",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RateLimiter",
    "RequestTimeoutError",
    "ServerError",
    "Stats",
    "Status",
    "StatusCount",
    "TransportError",
    "archive",
    "to_dict",
    "to_json",
]
