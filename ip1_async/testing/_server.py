"""The simulator itself: its socket, its log of requests, its rate limit, and its faults."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web
from attrs import define, evolve, field

from ip1_async.testing._account import Account
from ip1_async.testing._answers import Answer, refusal
from ip1_async.testing._background import Background
from ip1_async.testing._endpoints import Endpoints
from ip1_async.testing._faults import (
    Fault,
    Request,
    choose_fault,
    choose_latency,
    reset,
    send_half,
)
from ip1_async.testing._hooks import HookCall, Hooks
from ip1_async.testing._messages import check_new
from ip1_async.testing._options import Options
from ip1_async.testing._outbox import Outbox, Sent
from ip1_async.testing._store import Store

_WINDOW = 1.0
_STOP_WAIT = 0.1
_TURNS_TO_ACCEPT = 4  # see the connection, make its transport, give it to the server


def _loop_time() -> float:
    """Give the time of the running event loop, which a test can make pass faster."""
    return asyncio.get_running_loop().time()


@define(kw_only=True, eq=False)
class Simulator(Options):
    """An iP.1 server in this process, on a loopback port of its own.

    A number in `conversations`, `batches` or `bundles` asks for that many believable messages; the
    same seed always makes the same ones. The simulator serves a list of dicts as it is at each
    request. A bad option raises `ValueError`, when the simulator is made and when the option is set
    later.

    What is sent becomes a batch or a bundle. The seed decides which statuses its messages reach.

    A message takes one row of its list, or two with `repeat_rows`. Rows are what `start` and
    `limit` count, and `next` always begins just after the last row of its page.

    Attributes:
        conversations: Messages by participant: a number without `+`, or a sender name.
        batches: Messages by batch id. The batches of conversations need no entry here.
        bundles: RCS messages by bundle id.
        senders: The senders that are registered at the beginning.
        blacklist: The numbers that are on the blacklist at the beginning; messages to them end in
            405.
        status_seconds: How long a sent message stays in a status; one in four stays longer.
        incoming_url: Where to post incoming messages, on this machine. Like a `deliveryReportUrl`,
            it is called until it answers 200: every ten minutes, at most ten times more.
        report_id: How a delivery report names its message: `"id"` or, in the older form,
            `"messageId"`.
        tags_in_lists: Whether the list of batches shows their tags.
        unique_id_twice: What a second bundle with the same `uniqueId` brings: a `"409"`, or the
            `"same"` bundle as the first.
        seed: Decides everything that looks random.
        token: The only accepted token; `None` accepts any, but a request needs one.
        latency: Seconds until an answer: a number, a range `(low, high)`, or a function of the
            request.
        max_page_size: The largest page, in rows.
        default_page_size: The page size when a request has no `limit`.
        over_limit: What a larger `limit` brings: `"clamp"` or a `"400"`.
        page_sizes: How many rows the answers of a list have at most: `[80, 120, 200]` uses these
            sizes in turn, as requests arrive, and from `range(80, 201)` the seed draws. The size 0
            is an empty page whose `next` is its own `start`: the next answer there goes on.
        max_page_bytes: The largest body of a page, in bytes; the server leaves out the rows that do
            not fit, but never the first.
        shuffle_ties: How many neighbours of one second change places with each other at every
            request. The simulator makes that many messages per second. Of the caller's own
            messages, those tie that have the same second in `modified`.
        repeat_rows: With 10, every tenth message takes two rows, one right after the other.
        rate_limit: Requests per second; the server answers what exceeds it with 429.
        faults: What goes wrong: a list of `Fault | None` by request, a function of the request's
            number and the request, or the share of requests that fail in one of the usual ways.
        link_style: How the server writes `Link`; one of `LINK_STYLES`. `"next"` leaves out `last`,
            `"last"` leaves out `next` although more follows, `"none"` leaves out both.
        last_style: Where `last` points, which a server counts in pages of `limit` rows: `"last"` is
            the last page with rows, counted from the requested page; `"past"` the same, but the
            empty page after an exactly full one; `"grid"` the last page counted from the first row.
        offset_base: 0, or 1 if offsets count from 1.
        past_end: The answer to a start past the end: an `"empty"` list or a `"404"`.
        ignore_paging: The server always sends the whole list, without `Link`.
        cache_bytes: How many bytes of written pages the server keeps for later requests.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one, and `port` then names it.
        requests: Every request, in order of arrival.
        sent: Every send that the simulator accepted, in order; later deleted ones, too.
        hook_calls: Every call of the app's own URLs, in order. A `deliveryReportUrl` of another
            machine is listed too, as one that can't be reached; in fact nobody calls it.
        throttled: How many requests the rate limit refused.
        peak_in_flight: The most requests that were open at once.
    """

    requests: list[Request] = field(factory=list, init=False, repr=False)
    sent: list[Sent] = field(factory=list, init=False, repr=False)
    hook_calls: list[HookCall] = field(factory=list, init=False, repr=False)
    throttled: int = field(default=0, init=False)
    peak_in_flight: int = field(default=0, init=False)
    _clock: Callable[[], float] = field(default=_loop_time, init=False, repr=False)
    _sleep: Callable[[float], Awaitable[None]] = field(
        default=asyncio.sleep, init=False, repr=False
    )
    _arrivals: deque[float] = field(factory=deque, init=False, repr=False)
    _open: "set[asyncio.Task[Any] | None]" = field(factory=set, init=False, repr=False)
    _web: web.Server | None = field(default=None, init=False, repr=False)
    _listener: asyncio.Server | None = field(default=None, init=False, repr=False)
    _store: Store = field(init=False, repr=False)
    _background: Background = field(init=False, repr=False)
    _outbox: Outbox = field(init=False, repr=False)
    _endpoints: Endpoints = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._store = Store(self)
        self._background = Background(self._clock, self._sleep)
        hooks = Hooks(self._background, self.hook_calls)
        self._outbox = Outbox(self, self._store, self._background, hooks, self.sent)
        account = Account(self, self._store, self._background, self._outbox)
        self._endpoints = Endpoints(self, self._store, account)

    @property
    def v2_url(self) -> str:
        """The base URL of v2."""
        return f"http://{self.host}:{self.port}/v2"

    @property
    def v3_url(self) -> str:
        """The base URL of v3."""
        return f"http://{self.host}:{self.port}/v3"

    @property
    def in_flight(self) -> int:
        """How many requests have no answer yet."""
        return len(self._open)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; from here on `v2_url` and `v3_url` name the port."""
        # aiohttp cancels the handler of a client that left: else `in_flight` would count it.
        self._web = web.Server(self._handle, access_log=None, handler_cancellation=True)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._web, self.host, self.port)
        self.port: int = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close at once, and cut off the requests in flight; a second call does nothing."""
        if self._listener is None or self._web is None:
            return
        listener, self._listener = self._listener, None
        # A listener that closes loses the connection it is just accepting, and nobody closes that.
        for _ in range(_TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        listener.close()
        self._web.pre_shutdown()
        open_now = [task for task in self._open if task is not None]
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        await self._web.shutdown(_STOP_WAIT)
        await self._background.stop()

    def append(self, name: str, messages: int | Sequence[dict[str, Any]] = 1) -> None:
        """Add messages to the end of the conversation, batch or bundle `name`.

        Args:
            name: The participant, or the id of the batch or bundle.
            messages: How many believable messages to add, or the messages as the API sends them.
                The simulator serves the caller's own dicts as they are at each request.

        Raises:
            KeyError: There is no such list.
            TypeError: A message is no dict or can't be written as JSON, or the list can't change.
            ValueError: The number is below 0.
        """
        listing = self._store.named(name)
        check_new(messages)
        listing.insert(listing.count(), messages)

    def insert(self, name: str, index: int, messages: int | Sequence[dict[str, Any]] = 1) -> None:
        """Put messages into the list `name`, before the one at `index`; else like `append`."""
        check_new(messages)
        self._store.named(name).insert(index, messages)

    def purge(self, name: str, start: int, stop: int) -> None:
        """Remove the messages of the list `name` from index `start` up to, but not at, `stop`."""
        self._store.named(name).purge(start, stop)

    def receive(
        self, sender: str, recipient: str, body: str, *, batch_id: str | None = None
    ) -> dict[str, Any]:
        """Let a phone send a message to the account.

        It is added to the conversation with its sender, and posted to `incoming_url`.

        Args:
            sender: The number of the phone.
            recipient: The account's number or name that it writes to.
            body: The text.
            batch_id: The batch that it answers, whose messages it is then among.

        Returns:
            The message as the API sends it.
        """
        return self._outbox.receive(sender, recipient, body, batch_id)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        number, record = len(self.requests), _record(request, self._clock())
        self.requests.append(record)
        task = asyncio.current_task()
        self._open.add(task)
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            record.body = await request.read()
            return await self._respond(request, record, number)
        finally:
            self._open.discard(task)

    async def _respond(
        self, request: web.BaseRequest, record: Request, number: int
    ) -> web.StreamResponse:
        fault = choose_fault(self.faults, number, record, self.seed)
        if self._exceeds_rate(record.time):
            self.throttled += 1
            detail = f"More than {self.rate_limit} requests per second"
            return _send(refusal(429, detail, record, ("Retry-After", "1")), record)
        delay = choose_latency(self.latency, number, record, self.seed)
        if delay > 0:
            await self._sleep(delay)
        if fault is None:
            return _send(self._endpoints.answer(record), record)
        return await self._fail(request, record, fault)

    def _exceeds_rate(self, now: float) -> bool:
        """Count the requests of the last second; those that were refused count, too."""
        if self.rate_limit is None:
            return False
        arrivals = self._arrivals
        arrivals.append(now)
        while arrivals[0] <= now - _WINDOW:
            arrivals.popleft()
        return len(arrivals) > self.rate_limit

    async def _fail(
        self, request: web.BaseRequest, record: Request, fault: Fault
    ) -> web.StreamResponse:
        accepted = self._endpoints.answer(record) if fault.accepted else None
        await self._sleep(fault.delay)
        if fault.hang:
            await asyncio.Event().wait()
        if fault.reset == "before":
            reset(request)
            return web.Response()
        answer = self._spoil(record, fault, accepted)
        if fault.reset is None and not fault.truncate:
            return _send(answer, record)
        record.status = answer.status
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        return await send_half(request, response, answer.body, fault)

    def _spoil(self, record: Request, fault: Fault, accepted: Answer | None) -> Answer:
        if fault.status is None and fault.body is None:
            answer = accepted or self._endpoints.answer(record)
        else:
            answer = refusal(fault.status or 200, "This answer is a fault", record)
        if fault.body is not None:
            answer = evolve(answer, body=fault.body)
        return evolve(answer, headers=(*answer.headers, *fault.headers.items()))


def _record(request: web.BaseRequest, now: float) -> Request:
    path = request.raw_path.partition("?")[0]
    query = dict(request.rel_url.query)
    return Request(now, request.method, unquote(path), request.raw_path, query, request.headers)


def _send(answer: Answer, record: Request) -> web.Response:
    record.status = answer.status
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
