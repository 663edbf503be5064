"""The sessions of a client: opened in the running loop at the first call, and closed with it."""

import asyncio
import os
from typing import Any

import aiohttp
import attrs

from ip1_async._http.allocator import keep_freed_memory
from ip1_async.errors import ClientClosedError, ConfigurationError

_CONNECTIONS = 100  # aiohttp's own default
_UNLIMITED = 2**31


@attrs.define(eq=False, repr=False)
class Sessions:
    """One session for what may be repeated and one for sends, or the caller's for both.

    Attributes:
        given: The caller's: used, and never closed.
        middlewares: Those of the caller's.
        closed: Nothing is sent any more.
    """

    given: aiohttp.ClientSession | None
    middlewares: tuple[aiohttp.ClientMiddlewareType, ...] = attrs.field(init=False)
    closed: bool = attrs.field(init=False, default=False)
    _owned: dict[bool, aiohttp.ClientSession] = attrs.field(init=False, factory=dict)
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _process: int = attrs.field(init=False, factory=os.getpid)

    def __attrs_post_init__(self) -> None:
        self.middlewares = () if self.given is None else _middlewares_of(self.given)

    @property
    def connections(self) -> int:
        """How many requests may be on their way at once."""
        connector = None if self.given is None else self.given.connector
        return (_CONNECTIONS if connector is None else connector.limit) or _UNLIMITED

    def check(self) -> None:
        """Check that something can be sent from here.

        Raises:
            ClientClosedError: The client is closed.
            ConfigurationError: Another event loop or process has the client, or the session that
                was given is closed.
        """
        loop = asyncio.get_running_loop()
        if self.closed:
            raise ClientClosedError("the client is closed")
        if self._loop not in (None, loop) or self._process != os.getpid():
            raise ConfigurationError(
                "the client belongs to another event loop, thread or process: make one for each"
                " (an asyncio.run is a loop of its own; asyncio.Runner keeps one for several calls)"
            )
        if self.given is not None and self.given.closed:
            raise ConfigurationError("the session given can't send this: it is closed")
        self._loop = loop

    def open(self, *, sends: bool) -> aiohttp.ClientSession:
        """Give the session for sends, or for all else, which was checked just before."""
        keep_freed_memory()
        if self.given is not None:
            return self.given
        if sends not in self._owned:
            self._owned[sends] = _make_for_sends() if sends else _make()
        return self._owned[sends]

    async def close(self) -> None:
        """Close those that are the client's own."""
        for session in self._owned.values():
            await session.close()


def _make(**options: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), **options)


def _make_for_sends() -> aiohttp.ClientSession:
    """Make a session that opens a connection for each request, and notes when it has it.

    A kept connection may be dead: a send over it would be uncertain for no reason.
    """
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_note_start)
    trace.on_connection_create_end.append(_note_connection)
    return _make(connector=aiohttp.TCPConnector(force_close=True), trace_configs=[trace])


async def _note_start(_: aiohttp.ClientSession, context: Any, __: Any) -> None:
    context.trace_request_ctx.connected = False


async def _note_connection(_: aiohttp.ClientSession, context: Any, __: Any) -> None:
    context.trace_request_ctx.connected = True


def _middlewares_of(session: aiohttp.ClientSession) -> tuple[aiohttp.ClientMiddlewareType, ...]:
    """Read what no public name of aiohttp gives; without it they would vanish in silence.

    Raises:
        ConfigurationError: The session does not have them where aiohttp 3.12 to 3.14 has.
    """
    try:
        return tuple(session._middlewares)  # noqa: SLF001
    except AttributeError:
        pass
    raise ConfigurationError(
        f"session: can't read its middlewares; aiohttp {aiohttp.__version__} may be too new"
    )
