"""The one room that does I/O: a GET with its timeout, size cap, limit and retries."""

import asyncio
import inspect
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

import aiohttp
import attrs
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from ip1_async._http.allocator import keep_freed_memory
from ip1_async._http.clock import REAL, Clock
from ip1_async._http.failures import (
    MOST_CONNECTING,
    refuse_status,
    too_large,
    translate,
    unpack,
    without_past,
)
from ip1_async._http.limit import LONGEST_PAUSE, Limiter, PriorityGate
from ip1_async._http.outage import Outage
from ip1_async._http.retry import RetryBudget, asked_by, pause_after
from ip1_async._http.secret import Secret
from ip1_async._http.settings import CallOptions, check_token
from ip1_async.errors import (
    ClientClosedError,
    ConfigurationError,
    IP1Error,
    NotFoundError,
    TransportError,
)
from ip1_async.events import Attempt, Failure, OnEvent, Paused, Waiting

T = TypeVar("T")
_CONNECTIONS = 100  # aiohttp's own default
_UNLIMITED = 2**31
_SHORTEST_WAIT = 0.001  # seconds; asking alone takes some microseconds


@attrs.frozen(eq=False, repr=False)
class Target:
    """What is asked for with a GET.

    Attributes:
        url: Where it goes, percent-encoded.
        route: The path with its placeholders, for errors and logs.
        low_priority: It is one of many, and lets others go first.
        accepts_404: A 404 is an answer like any other to the caller, and no failure.
    """

    url: URL
    route: str
    low_priority: bool = False
    accepts_404: bool = False

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of this request on an error."""
        error.method, error.route = hdrs.METH_GET, self.route
        error.path, error.attempts = self.url.raw_path, attempts


@attrs.define(eq=False, repr=False)
class Response:
    """A complete answer of a status that the caller can use."""

    headers: CIMultiDict[str]
    body: bytes
    missing: bool = False  # a 404, where the caller accepts it
    attempts: int = 1


@attrs.define(eq=False, repr=False)
class _Call:
    """What happened to one call so far."""

    target: Target
    timeout: float
    budget: RetryBudget
    sent: int = 0
    token: Secret = attrs.field(init=False)  # for the next attempt
    error: IP1Error | None = None  # the last failure that was reported


_Outcome = Response | IP1Error


@attrs.define(eq=False, repr=False)
class Transport:
    """One HTTP session, opened in the running loop at the first call, and the limit it keeps."""

    token: Secret  # or a function in it
    limiter: Limiter | None
    session: aiohttp.ClientSession | None
    proxy: str | None
    max_response_bytes: int
    emit: OnEvent
    parse_json: Callable[[bytes], Any]
    clock: Clock = REAL
    _owned: aiohttp.ClientSession | None = attrs.field(init=False, default=None)
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _closed: bool = attrs.field(init=False, default=False)
    _tasks: set["asyncio.Task[Any]"] = attrs.field(init=False, factory=set)
    _outage: Outage[_Call, Response] = attrs.field(init=False)
    _gate: PriorityGate | None = attrs.field(init=False)
    _middlewares: tuple[aiohttp.ClientMiddlewareType, ...] = attrs.field(init=False)
    _slots: AbstractAsyncContextManager[None] = attrs.field(init=False)
    _paused_until: float = attrs.field(init=False, default=float("-inf"))
    _process: int = attrs.field(init=False, factory=os.getpid)

    def __attrs_post_init__(self) -> None:
        self._outage = Outage(self.clock, self._prepare, self._send, self.spawn)
        self._gate = None if self.limiter is None else PriorityGate(self.limiter)
        self._middlewares = () if self.session is None else _middlewares_of(self.session)
        # Without a limit they would wait inside aiohttp, each in many objects: of 10,000 calls at
        # once the garbage collector took more than half of the time.
        self._slots = nullcontext() if self._gate else asyncio.Semaphore(_connections(self.session))

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
        keep_freed_memory()
        if self.session is None:
            self.session = self._owned = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self.session

    async def aclose(self) -> None:
        """Cancel the pages under way, wait for them, and close the session if it is our own."""
        self._closed = True
        self._outage.end()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._owned is not None:
            await self._owned.close()

    # One call.

    async def get(self, target: Target, options: CallOptions) -> Response:
        """Send a GET until it is answered, its failure is final, or time is up.

        Raises:
            IP1Error: The last failure.
        """
        call = _Call(target, options.timeout, RetryBudget(options.retry_for))
        while True:
            try:
                outcome = await self._send_in_turn(call)
            except IP1Error as error:
                outcome = without_past(error)
            if isinstance(outcome, Response):
                outcome.attempts = call.sent
                return outcome
            if outcome is call.error or not await self._back_off(call, outcome):
                break
        raise outcome

    async def _send_in_turn(self, call: _Call) -> _Outcome:
        """Send as soon as the limit allows, or wait for the end of an outage and probe in turn."""
        prepared = False
        if not self._must_wait(call):
            async with self._slots:
                call.budget.waited += await self._prepare(call)
                prepared = True
                if not self._must_wait(call):
                    sent_at = self.clock.now()
                    outcome = await self._send(call)
                    self._outage.note(outcome, sent_at)
                    return outcome
        answer = await self._outage.ride_out(call, prepared=prepared)
        if answer is not None:
            return answer
        if call.budget.left(self.clock.now()) <= 0:
            return call.error or TransportError("not sent: nothing got through all the time")
        return await self._send_in_turn(call)

    def _must_wait(self, call: _Call) -> bool:
        return call.budget.retry_for > 0 and self._outage.is_on()

    async def _back_off(self, call: _Call, error: IP1Error) -> bool:
        """Report a failure and wait before the next attempt; `False` is give up."""
        target, budget, now = call.target, call.budget, self.clock.now()
        target.locate(error, call.sent)
        call.error = error
        await self._pause_everybody(target.route, pause_after(error))
        if riding_out := self._outage.is_on():
            chance = 0.0  # the probes keep their own distance
        else:
            chance = self.clock.random()
            budget.failures += 1
        delay = budget.delay_after(error, now, chance)
        probe_in = self._outage.until_probe() if riding_out else 0.0
        self.emit(Failure(target.route, error, None if delay is None else max(delay, probe_in)))
        if delay is None:
            return False
        # Where an outage begins, its probes take over.
        first = min(delay, max(asked_by(error), self._outage.until_on()))
        await self.clock.sleep(first)
        if first < delay and not self._outage.is_on():
            await self.clock.sleep(delay - first)
        return True

    async def _pause_everybody(self, route: str, seconds: float) -> None:
        """Pause the limiter, and tell of it unless a pause much like it was told before."""
        if self.limiter is None or not seconds:
            return
        told = min(seconds, LONGEST_PAUSE)
        until = self.clock.now() + told
        if until > self._paused_until + told / 2:  # refusals come in swarms
            self._paused_until = until
            self.emit(Paused(route, told))
        await self.limiter.pause(seconds)

    # One attempt.

    async def _prepare(self, call: _Call) -> float:
        """Get the token and the permission for one request; give the seconds for the latter."""
        self._open()  # before anything is waited for
        call.token = await self._ask_token()
        return await self._acquire(call.target)

    async def _ask_token(self) -> Secret:
        if not callable(function := self.token.reveal()):
            return self.token
        given = Secret(function())
        if inspect.isawaitable(given.reveal()):
            given = Secret(await given.reveal())
        return check_token(given)

    async def _acquire(self, target: Target) -> float:
        """Wait for the permission to send, and give the seconds."""
        if self._gate is None:
            return 0.0
        began = self.clock.now()
        await self._gate.acquire(low_priority=target.low_priority)
        waited = self.clock.now() - began
        if waited >= _SHORTEST_WAIT:
            self.emit(Waiting(target.route, waited))
        return waited

    async def _send(self, call: _Call) -> _Outcome:
        """Send one request; the time for the attempt runs from here."""
        self._count(call)
        repeats = False
        try:
            # The innermost middleware starts the time: those of a caller's session may wait.
            async with asyncio.timeout(None) as deadline:

                async def start_time(
                    sending: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
                ) -> aiohttp.ClientResponse:
                    """Start the time, and ask for what a middleware of the caller's repeats."""
                    nonlocal repeats
                    if repeats:
                        deadline.reschedule(None)
                        call.budget.waited += await self._acquire(call.target)
                        self._count(call)
                    repeats = True
                    deadline.reschedule(asyncio.get_running_loop().time() + call.timeout)
                    return await handler(sending)

                return await self._exchange(call, start_time)
        except Exception as error:  # the one boundary to foreign errors
            if self._closed:
                return ClientClosedError("the client was closed meanwhile")
            if (failure := translate(error, call.timeout)) is None:
                raise
        return failure

    def _count(self, call: _Call) -> None:
        self._open()  # the client may be closed by now
        call.sent += 1
        self.emit(Attempt(call.target.route, call.sent))

    async def _exchange(self, call: _Call, innermost: aiohttp.ClientMiddlewareType) -> _Outcome:
        async with self._open().get(
            call.target.url,
            headers={
                hdrs.AUTHORIZATION: f"Bearer {call.token.reveal()}",
                hdrs.ACCEPT: "application/json",
                hdrs.ACCEPT_ENCODING: "gzip",
                hdrs.USER_AGENT: "ip1-async",
            },
            # Followed, a redirect could carry the request to any host.
            allow_redirects=False,
            raise_for_status=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(sock_connect=min(MOST_CONNECTING, call.timeout)),
            # Middlewares of a request replace those of its session; a caller's are to stay.
            middlewares=(partial(_send_once, call.timeout), *self._middlewares, innermost),
            proxy=self.proxy,
        ) as response:
            packed = await self._read(response)
            status, headers = response.status, CIMultiDict(response.headers)
        encoding = headers.get(hdrs.CONTENT_ENCODING, "").lower()
        body = unpack(packed, encoding, self.max_response_bytes)
        refusal = refuse_status(status, headers, body, call.token, self.parse_json)
        if isinstance(refusal, NotFoundError) and call.target.accepts_404:
            return Response(CIMultiDict(refusal.headers), b"", missing=True)
        return refusal or Response(headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self.max_response_bytes:
                response.close()
                raise too_large(self.max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)


async def _send_once(
    timeout: float,  # noqa: ASYNC109  # for the text of an error only
    sending: aiohttp.ClientRequest,
    handler: aiohttp.ClientHandlerType,
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a lost GET by itself: it does so after errors of its own only."""
    try:
        return await handler(sending)
    except (aiohttp.ClientError, OSError) as error:
        failure = translate(error, timeout)
    assert failure is not None
    raise failure


def _connections(session: aiohttp.ClientSession | None) -> int:
    """Give how many requests may be on their way at once."""
    connector = None if session is None else session.connector
    return (_CONNECTIONS if connector is None else connector.limit) or _UNLIMITED


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
