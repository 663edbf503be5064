"""Asyncio client for the iP.1 SMS and RCS API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# At once: imported late, the function would be hidden by its module of the same name.
from ip1_async.segments import Segments, segments

if TYPE_CHECKING:
    from ip1_async._codec import to_dict, to_json
    from ip1_async._http.limit import Limiter, RateLimiter
    from ip1_async._paging.types import OrderLike
    from ip1_async._preview import Preview, TextPreview, preview
    from ip1_async._template import RecipientsLike
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
        SendUncertainError,
        ServerError,
        TransportError,
    )
    from ip1_async.events import Event, Stats
    from ip1_async.models import (
        Batch,
        BlacklistEntry,
        Bundle,
        BundleConversation,
        BundleMessage,
        Capabilities,
        ConversationSummary,
        DataCoding,
        DeliveryReport,
        DeliveryWindow,
        Direction,
        Message,
        MessageStatusCode,
        MessageType,
        Order,
        PriceSummary,
        Sender,
        Status,
        StatusCount,
    )
    from ip1_async.pagination import Page, Pager
    from ip1_async.tables import convert as convert  # hands it on
    from ip1_async.v2.conversations import DirectionLike
else:
    # Each after those that it imports itself: so a name brings nothing that it could do without.
    _HOMES = (
        "errors",
        "models",
        "events",
        "_preview",
        "_codec",
        "pagination",
        "_http.limit",
        "client",
        "v2.conversations",
        "archives",
    )

    def __getattr__(name: str) -> Any:
        """Import what a name needs when it is asked for, and no more."""
        if name in _HOMES:
            return import_module(f"{__name__}.{name}")
        if name in __all__:
            homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
            thing = next(getattr(home, name) for home in homes if hasattr(home, name))
            if "._" in str(getattr(thing, "__module__", "")):
                thing.__module__ = __name__  # where a user finds it, as `help()` says it
            return globals().setdefault(name, thing)
        if name == "convert":  # not in `__all__`: a star import would ask for its extra
            return import_module(f"{__name__}.tables").convert
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "convert"})


__version__ = "0.1.0"

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "Batch",
    "BlacklistEntry",
    "Bundle",
    "BundleConversation",
    "BundleMessage",
    "Capabilities",
    "Client",
    "ClientClosedError",
    "ConfigurationError",
    "ConversationSummary",
    "CursorLostError",
    "DataCoding",
    "DeliveryReport",
    "DeliveryWindow",
    "Direction",
    "DirectionLike",
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
    "OrderLike",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "Preview",
    "PriceSummary",
    "RateLimitError",
    "RateLimiter",
    "RecipientsLike",
    "RequestTimeoutError",
    "Segments",
    "SendUncertainError",
    "Sender",
    "ServerError",
    "Stats",
    "Status",
    "StatusCount",
    "TextPreview",
    "TransportError",
    "archive",
    "preview",
    "segments",
    "to_dict",
    "to_json",
]
