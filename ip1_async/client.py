"""The client: an async session manager for both versions of the API."""

import copy
import os
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self

import aiohttp
import attrs

from ip1_async import _codec
from ip1_async._api import Api
from ip1_async._http.clock import REAL, Clock
from ip1_async._http.limit import Limiter, make_limiter
from ip1_async._http.secret import Secret
from ip1_async._http.session import Sessions
from ip1_async._http.settings import (
    LIMIT_VARIABLE,
    CallOptions,
    check_count,
    check_proxy,
    find_token,
    find_url,
)
from ip1_async._http.transport import Transport
from ip1_async._http.wire import Wire
from ip1_async.events import OnEvent, make_emit
from ip1_async.v2 import V2
from ip1_async.v3 import V3

if TYPE_CHECKING:
    from ip1_async.limits import FileLimiter, RedisLimiter

_RATE = 30.0  # requests per second and account, by the documents of v3


class Unset(Enum):
    """What a setting is that nobody gave, where `None` says something else."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "<unset>"


class Client:
    """Talk to the iP.1 API; one client serves any number of tasks of one event loop.

    ```python
    async with Client("API_TOKEN") as client:
        async for message in client.v2.conversations.list_messages("46712345678"):
            print(message.modified, message.direction, message.body)
    ```

    Nothing is opened before the first call.

    Attributes:
        v2: SMS: `conversations` and `batches`.
        v3: RCS: `bundles`.

    Args:
        token: The API token, or a function or coroutine function that returns it; the client
            calls the function for each attempt. `None` reads `IP1_API_TOKEN`.
        v2_url: Base URL; `None` reads `IP1_V2_URL`, else `https://api.ip1sms.com/v2`.
        v3_url: Base URL; `None` reads `IP1_V3_URL`, else `https://api.ip1.net/v3`.
        timeout: Seconds for one attempt, from the permission to send to the last byte of the
            body; connecting may take at most 10 of them.
        retry_for: For how many seconds a call retries transient failures, counted from its
            first failure; 0 never retries. The wait for the rate limit counts neither here nor
            for `timeout`.
        concurrency: The most pages of one listing that are in flight or wait to be consumed.
        rate_limit: Requests per second, a `Limiter` to share, or `None` for no limit. Unset reads
            `IP1_LIMIT_URL` (`ip1_async.limits`); without it the rate is 30.0.
        session: The caller's session; the client uses it, and never closes it.
        proxy: URL of an HTTP proxy.
        allow_http: Allow `http://` to other hosts than loopback.
        max_response_bytes: The largest body, in bytes after decompression.
        on_event: Called with each event (`ip1_async.events`) as it happens, in the event loop,
            so it should be quick. An exception that it raises is logged and has no effect.

    Raises:
        ConfigurationError: A setting can't be used.
    """

    v2: V2
    v3: V3
    _clock: ClassVar[Clock] = REAL  # a test's subclass has another one
    _own_limiter: "RedisLimiter | FileLimiter | None" = None

    def __init__(
        self,
        token: str | Callable[[], str | Awaitable[str]] | None = None,
        *,
        v2_url: str | None = None,
        v3_url: str | None = None,
        timeout: float = 30.0,
        retry_for: float = 60.0,
        concurrency: int = 16,
        rate_limit: float | Limiter | Unset | None = Unset.UNSET,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        allow_http: bool = False,
        max_response_bytes: int = 33_554_432,
        on_event: OnEvent | None = None,
    ) -> None:
        secret = Secret(token)
        del token  # so that no traceback shows it among the local variables
        v2 = find_url(v2_url, "IP1_V2_URL", "https://api.ip1sms.com/v2", allow_http=allow_http)
        v3 = find_url(v3_url, "IP1_V3_URL", "https://api.ip1.net/v3", allow_http=allow_http)
        self._bases = (v2, v3)
        self._transport = Transport(
            find_token(secret),
            limiter=self._choose_limiter(rate_limit, allow_http=allow_http),
            wire=Wire(
                Sessions(session),
                proxy=check_proxy(proxy),
                max_response_bytes=check_count("max_response_bytes", max_response_bytes),
                parse_json=_codec.parse,
            ),
            emit=make_emit(on_event),
            clock=self._clock,
        )
        self._set_options(CallOptions(timeout, retry_for, concurrency))

    def _choose_limiter(
        self, given: float | Limiter | Unset | None, *, allow_http: bool
    ) -> Limiter | None:
        if given is not Unset.UNSET:
            return make_limiter(given, self._clock)
        if not os.environ.get(LIMIT_VARIABLE):
            return make_limiter(_RATE, self._clock)
        # Few clients need it, and it takes a tenth of this package's import.
        from ip1_async.limits import from_variable  # noqa: PLC0415

        self._own_limiter = from_variable(allow_http=allow_http)
        return self._own_limiter

    def _set_options(self, options: CallOptions) -> None:
        self._options = options
        v2, v3 = self._bases
        self.v2 = V2(Api(v2, "/v2", self._transport, options))
        self.v3 = V3(Api(v3, "/v3", self._transport, options))

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retry_for: float | None = None,
        concurrency: int | None = None,
    ) -> Self:
        """Make a light copy for a few calls; it shares session, rate limit and `on_event`.

        Args:
            timeout: Seconds for one attempt; `None` keeps this client's.
            retry_for: Seconds to retry a failed call; `None` keeps this client's.
            concurrency: The most pages in flight or waiting; `None` keeps this client's.

        Raises:
            ConfigurationError: A setting can't be used.
        """
        chosen = {"timeout": timeout, "retry_for": retry_for, "concurrency": concurrency}
        given: Any = {name: value for name, value in chosen.items() if value is not None}
        other = copy.copy(self)
        other._set_options(attrs.evolve(self._options, **given))  # noqa: SLF001  # one of us
        return other

    def _in_background(self) -> Self:
        """Give a copy whose calls let others go first, and are sent once."""
        other = self.with_options(retry_for=0.0)
        other._set_options(attrs.evolve(other._options, low_priority=True))  # noqa: SLF001
        return other

    async def aclose(self) -> None:
        """Cancel the pages in flight; close session and limiter unless they are the caller's.

        A second call does nothing. The copies that `with_options` made are closed, too. Calls and
        pagers of other tasks that still wait raise `ClientClosedError`; with the caller's session,
        a single call that was already sent still gets its answer.
        """
        await self._transport.aclose()
        if self._own_limiter is not None:
            await self._own_limiter.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_options"):  # a traceback shows what `__init__` refused to finish
            return "Client(unfinished)"
        (v2, v3), given = (base.host_port_subcomponent for base in self._bases), self._options
        closed = ", closed" if self._transport.wire.sessions.closed else ""
        return (
            f"Client(v2={v2!r}, v3={v3!r}, timeout={given.timeout:g}, "
            f"retry_for={given.retry_for:g}, concurrency={given.concurrency}{closed})"
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
