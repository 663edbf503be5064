"""What is done with a hook: who is called for it, and what iP.1 gets as an answer."""

import asyncio
import hashlib
import hmac
import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from ip1_async._http.secret import Secret
from ip1_async._http.transport import is_cancelled
from ip1_async.errors import ConfigurationError, InvalidResponseError
from ip1_async.models import DeliveryReport, Message
from ip1_async.webhooks._answer import NotTaken
from ip1_async.webhooks._parse import HookEvent, parse
from ip1_async.webhooks._seen import MemorySeen, Seen

R = TypeVar("R", bound=Callable[[DeliveryReport], Any])
I = TypeVar("I", bound=Callable[[Message], Any])  # noqa: E741
F = TypeVar("F", bound=Callable[[HookEvent], Any])
MOST_BYTES = 65_536
_SAME_TIME = timedelta(seconds=1)  # fractions are cut here and there
_log = logging.getLogger("ip1_async.webhooks")


class Hooks(ABC):
    """What both receivers have in common."""

    def __init__(self, secret: str | None, seen: Seen | None) -> None:
        if secret is not None and not _is_segment(secret):
            raise ConfigurationError("secret: expected one segment of a path, not blank")
        self._secret = None if secret is None else Secret(secret.encode())
        self._seen = MemorySeen() if seen is None else seen
        self._handlers: dict[type[Any] | None, Callable[[Any], Any]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # Handlers.

    def on_delivery_report(self, handler: R) -> R:
        """Call the decorated function, plain or async, with each `DeliveryReport`."""
        self._register(DeliveryReport, handler)
        return handler

    def on_incoming(self, handler: I) -> I:
        """Call the decorated function, plain or async, with each incoming `Message`."""
        self._register(Message, handler)
        return handler

    def fallback(self, handler: F) -> F:
        """Call the decorated function, plain or async, with what has no other handler."""
        self._register(None, handler)
        return handler

    def _register(self, kind: type[Any] | None, handler: Callable[[Any], Any]) -> None:
        if kind in self._handlers:
            raise ConfigurationError("there is a handler for this already")
        self._handlers[kind] = handler

    # Requests.

    def admits(self, path: str) -> bool:
        """Say whether the last segment of a decoded path is the secret, if there is one."""
        given = path.rpartition("/")[2].encode("utf-8", "surrogatepass")
        return self._secret is None or hmac.compare_digest(given, self._secret.reveal())

    async def answer(self, body: bytes) -> HTTPStatus:
        """Take the body of a POST to a path that is admitted, and give the status to answer with.

        The adapters `asgi()` and `aiohttp()` do both, and read at most 64 KB; this is for other
        servers.

        Raises:
            ConfigurationError: There is no fallback.
        """
        self.check_fallback()
        if len(body) > MOST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        try:
            claimed = parse(body)
        except InvalidResponseError:
            return HTTPStatus.BAD_REQUEST
        return await self._settle(claimed, key_of(claimed))

    async def _settle(self, claimed: HookEvent, key: str) -> HTTPStatus:
        try:
            if await self._seen.has(key):
                return HTTPStatus.OK
            lock = self._locks.setdefault(claimed.id, asyncio.Lock())
            async with lock:  # what is the same runs once, and the other finds it done
                return await self._take(claimed, key)
        except NotTaken as answer:
            return answer.status
        except (Exception, asyncio.CancelledError) as error:  # the boundary to the code of others
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise  # the hook was cancelled, and not what its handler waited for
            _log.exception("a hook could not be handled; iP.1 will repeat it")
            return HTTPStatus.INTERNAL_SERVER_ERROR

    async def _take(self, claimed: HookEvent, key: str) -> HTTPStatus:
        if await self._seen.has(key):
            return HTTPStatus.OK
        event = await self._confirm(claimed)
        # Where the API lags behind, it has the same code of an earlier time. Then the hook must
        # come again, and must not be taken for a repeat.
        lags = _is_newer(claimed, event)
        known = key if event is claimed else key_of(event)
        if known == key or not await self._seen.has(known):
            await self._handle(event)
            for handled in {known} if lags else {known, key}:
                await self._seen.add(handled)
        return HTTPStatus.SERVICE_UNAVAILABLE if lags else HTTPStatus.OK

    @abstractmethod
    async def _confirm(self, claimed: HookEvent) -> HookEvent: ...

    async def _handle(self, event: HookEvent) -> None:
        handler = self._handlers.get(type(event)) or self._handlers[None]
        result = handler(event)
        if inspect.isawaitable(result):
            await result

    def check_fallback(self) -> None:
        """Refuse to work without a fallback.

        Raises:
            ConfigurationError: There is none.
        """
        if None not in self._handlers:
            raise ConfigurationError("decorate a function with fallback: it gets what is new")

    async def aclose(self) -> None:
        """Close `seen`, where it can be closed."""
        if (close := getattr(self._seen, "aclose", None)) is not None:
            await close()


def _is_segment(secret: str) -> bool:
    """Whether a path can end with it; a variable of bytes that are no UTF-8 has half characters."""
    is_whole = secret.encode("utf-8", "ignore").decode() == secret
    return is_whole and bool(secret.strip()) and "/" not in secret


def key_of(event: HookEvent) -> str:
    """Name an event by message, code and time; an incoming message is one event."""
    facts: list[str | float] = [event.id]
    if isinstance(event, DeliveryReport):
        at = event.created and event.created.timestamp()
        facts = [event.id, int(event.code or 0), at or 0]
    # A code of the server's may have hundreds of digits, an id thousands of characters.
    return hashlib.blake2b(repr(facts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _is_newer(claimed: HookEvent, confirmed: HookEvent) -> bool:
    said, known = getattr(claimed, "created", None), getattr(confirmed, "created", None)
    return bool(said and known and said - known > _SAME_TIME)
