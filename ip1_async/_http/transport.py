"""The one room that does I/O: a GET with its timeout, size cap, limit, retries and errors."""

import asyncio
import inspect
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from http.client import responses
from random import random
from typing import Any, TypeVar

import aiohttp
import attrs
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from ip1_async import _codec
from ip1_async._http.limit import LONGEST_PAUSE, Limiter, Turns
from ip1_async._http.retry import Outage, delay_after, is_transient, parse_retry_after, pause_after
from ip1_async._http.settings import Options, Token, check_token
from ip1_async.errors import (
    BY_STATUS,
    ClientClosedError,
    ConfigurationError,
    HTTPStatusError,
    InvalidResponseError,
    IP1Error,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from ip1_async.events import Attempt, Failure, OnEvent, Paused, Waiting

T = TypeVar("T")
_MOST_CONNECTING = 10.0
_SHORTEST_WAIT = 0.001  # seconds; asking alone takes some microseconds
_MULTIPLE_CHOICES = 300
_BAD_REQUEST = 400
_SERVER_ERROR = 500
_HINTS = {
    401: "the token is wrong, or not allowed from this IP address",
    403: "the token may not do this, or not from this IP address",
    404: "not found; a wrong base URL looks the same",
}


@attrs.frozen(eq=False, repr=False)
class Request:
    """A GET.

    Attributes:
        url: Where it goes, percent-encoded.
        route: The path with its placeholders, for errors and logs.
        is_page: It is one of many, and lets single calls go first.
        may_end: A 404 is no failure, but an empty list or its end.
    """

    url: URL
    route: str
    is_page: bool = False
    may_end: bool = False

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of this request on an error."""
        error.method, error.route = hdrs.METH_GET, self.route
        error.path, error.attempts = self.url.raw_path, attempts


@attrs.frozen(eq=False, repr=False)
class Answer:
    """A complete answer; its status is below 300."""

    headers: CIMultiDict[str]
    body: bytes
    attempts: int = 1


@attrs.define(eq=False, repr=False)
class _Call:
    """What happened to one call so far."""

    request: Request
    options: Options
    sent: int = 0
    waited: float = 0.0  # seconds, for the rate limit
    failures: int = 0
    deadline: float = float("inf")  # for retries, on a clock that stands while `waited` grows


@attrs.define(eq=False, repr=False)
class Transport:
    """One HTTP session, opened in the running loop at the first call, and the limit it keeps."""

    token: Token = attrs.field(repr=False)
    limiter: Limiter | None
    session: aiohttp.ClientSession | None
    proxy: str | None = attrs.field(repr=False)
    max_response_bytes: int
    emit: OnEvent = attrs.field(repr=False)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    _owned: aiohttp.ClientSession | None = attrs.field(init=False, default=None)
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _closed: bool = attrs.field(init=False, default=False)
    _tasks: set["asyncio.Task[Any]"] = attrs.field(init=False, factory=set)
    _outage: Outage = attrs.field(init=False)
    _turns: Turns | None = attrs.field(init=False)
    _paused_until: float = attrs.field(init=False, default=float("-inf"))
    _process: int = attrs.field(init=False, factory=os.getpid)

    def __attrs_post_init__(self) -> None:
        self._outage = Outage(self.clock, self.sleep)
        self._turns = None if self.limiter is None else Turns(self.limiter)

    # Lifetime.

    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start a task that ends with this transport at the latest."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a page nobody waits for any more may fail in silence

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ClientClosedError("the client is closed")
        if self._loop not in (None, loop) or self._process != os.getpid():
            raise ConfigurationError(
                "the client belongs to another event loop, thread or process: make one for each"
            )
        self._loop = loop
        if self.session is None:
            self.session = self._owned = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self.session

    async def aclose(self) -> None:
        """Cancel the pages under way, wait for them, and close the session if it is our own."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._owned is not None:
            await self._owned.close()

    # One call.

    async def get(self, request: Request, options: Options) -> Answer:
        """Send a GET until it is answered, its failure is final, or time is up.

        Raises:
            IP1Error: The last failure.
        """
        call = _Call(request, options)
        while True:
            try:
                answer = await self._attempt(call)
            except IP1Error as error:
                request.locate(error, call.sent)
                await self._wait_to_retry(error, call)
            else:
                self._outage.note(failed=False)
                return attrs.evolve(answer, attempts=call.sent)

    async def _wait_to_retry(self, error: IP1Error, call: _Call) -> None:
        request = call.request
        if self.limiter is not None and (seconds := pause_after(error)):
            self._tell_pause(request.route, min(seconds, LONGEST_PAUSE))
            await self.limiter.pause(seconds)
        now = self.clock() - call.waited
        if not call.failures:
            call.deadline = now + call.options.retry_for
        call.failures += 1
        delay = delay_after(error, call.failures, call.deadline - now, self.random)
        self._outage.note(failed=is_transient(error))
        if not (request.may_end and isinstance(error, NotFoundError)):
            self.emit(Failure(request.route, error, delay))
        if delay is None:
            raise error
        await self.sleep(delay)
        if not await self._outage.wait_turn(call.deadline - (self.clock() - call.waited)):
            raise error

    def _tell_pause(self, route: str, seconds: float) -> None:
        """Tell of a pause, unless one much like it was told: refusals come in swarms."""
        until = self.clock() + seconds
        if until > self._paused_until + seconds / 2:
            self._paused_until = until
            self.emit(Paused(route, seconds))

    async def _attempt(self, call: _Call) -> Answer:
        self._open()  # before anything is waited for
        token = await self._ask_token()
        await self._acquire(call)
        timeout = call.options.timeout
        repeats = False
        try:
            # The innermost middleware starts the time: those of a caller's session may wait.
            async with asyncio.timeout(None) as deadline:

                async def ask_again(
                    sending: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
                ) -> aiohttp.ClientResponse:
                    """Ask for the request that aiohttp repeats when a kept connection was dead."""
                    nonlocal repeats
                    if repeats:
                        deadline.reschedule(None)
                        await self._acquire(call)
                    repeats = True
                    deadline.reschedule(asyncio.get_running_loop().time() + timeout)
                    return await handler(sending)

                return await self._exchange(call, token, ask_again)
        except Exception as error:  # noqa: BLE001  # the one boundary to foreign errors
            if self._closed:
                raise ClientClosedError("the client was closed meanwhile") from None
            raise _translate(error, timeout) from None

    async def _acquire(self, call: _Call) -> None:
        """Wait for the permission to send; the time for an attempt runs from here."""
        request = call.request
        if self._turns is not None:
            began = self.clock()
            await self._turns.acquire(is_page=request.is_page)
            waited = self.clock() - began
            call.waited += waited
            if waited >= _SHORTEST_WAIT:
                self.emit(Waiting(request.route, waited))
        self._open()  # the client may be closed by now
        call.sent += 1
        self.emit(Attempt(request.route, call.sent))

    async def _ask_token(self) -> str:
        if isinstance(self.token, str):
            return self.token
        token = self.token()
        return check_token(await token if inspect.isawaitable(token) else token)

    async def _exchange(
        self, call: _Call, token: str, middleware: aiohttp.ClientMiddlewareType
    ) -> Answer:
        session = self._open()
        async with session.get(
            call.request.url,
            headers={
                hdrs.AUTHORIZATION: f"Bearer {token}",
                hdrs.ACCEPT: "application/json",
                hdrs.USER_AGENT: "ip1-async",
            },
            # Followed, a redirect could carry the request to any host.
            allow_redirects=False,
            raise_for_status=False,
            auto_decompress=True,
            timeout=aiohttp.ClientTimeout(sock_connect=min(_MOST_CONNECTING, call.options.timeout)),
            # Middlewares of a request replace those of its session; a caller's are to stay.
            middlewares=(*getattr(session, "_middlewares", ()), middleware),
            proxy=self.proxy,
        ) as response:
            body = await self._read(response)
            headers = CIMultiDict(response.headers)
            if response.status >= _BAD_REQUEST:
                raise _status_error(response.status, headers, body, token)
            if response.status >= _MULTIPLE_CHOICES:
                raise InvalidResponseError("the server redirects, which is not followed")
            return Answer(headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Read a body; its size is capped while it is decompressed, as 48 KB may hold 50 MB."""
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self.max_response_bytes:
                response.close()
                raise InvalidResponseError(f"the body is over {self.max_response_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)


# Errors. Foreign ones quote URLs, headers and bodies, so that none is shown as a cause.


def _translate(error: Exception, seconds: float) -> Exception:
    if isinstance(error, IP1Error):
        return error
    if isinstance(error, TimeoutError):
        if isinstance(error, aiohttp.ServerTimeoutError):
            what, seconds = "connection", min(_MOST_CONNECTING, seconds)
        else:
            what = "complete answer"
        return RequestTimeoutError(f"no {what} within {seconds:g} s")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        tls = TransportError("the TLS connection failed; the certificate may be wrong")
        tls.transient = not isinstance(error, aiohttp.ClientConnectorCertificateError)
        return tls
    if isinstance(error, OSError | aiohttp.ClientError):
        return TransportError(getattr(error, "strerror", None) or type(error).__name__)
    if isinstance(error, RuntimeError | ValueError):  # closed by its owner, or with credentials
        return ConfigurationError(f"the session given can't send this ({type(error).__name__})")
    return error


def _status_error(
    status: int, headers: CIMultiDict[str], body: bytes, token: str
) -> HTTPStatusError:
    default = ServerError if status >= _SERVER_ERROR else HTTPStatusError
    hint = f" ({_HINTS[status]})" if status in _HINTS else ""
    phrase = responses.get(status, "unknown status")
    error = BY_STATUS.get(status, default)(f"{status} {phrase}{hint}")
    error.status = status
    error.problem = _parse_problem(body, token)
    error.headers = CIMultiDict(
        (_redact(key, token), _redact(value, token)) for key, value in headers.items()
    )
    error.retry_after = parse_retry_after(headers.get(hdrs.RETRY_AFTER, ""))
    return error


def _parse_problem(body: bytes, token: str) -> Any:
    try:
        return _redact(_codec.parse(body), token)
    except (ValueError, RecursionError):
        return _redact(body.decode("utf-8", "replace"), token) or None


def _redact(value: Any, token: str) -> Any:
    """Take the token out of what the server repeats."""
    if isinstance(value, str):
        return value.replace(token, "[token]")
    if isinstance(value, list):
        return [_redact(item, token) for item in value]
    if isinstance(value, dict):
        return {_redact(key, token): _redact(item, token) for key, item in value.items()}
    return value
