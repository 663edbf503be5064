"""A call sent until it is answered or given up: turn, limit, timeout, retries, events."""

import asyncio
import inspect
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any, TypeVar

import aiohttp
import attrs

from ip1_async._http.call import Call, Outcome, Response, Target
from ip1_async._http.clock import REAL, Clock
from ip1_async._http.failures import translate, without_past
from ip1_async._http.limit import LONGEST_PAUSE, Limiter, PriorityGate
from ip1_async._http.outage import Outage
from ip1_async._http.retry import RetryBudget, asked_by, pause_after
from ip1_async._http.secret import Secret
from ip1_async._http.settings import CallOptions, check_token
from ip1_async._http.wire import Wire
from ip1_async.errors import ClientClosedError, IP1Error, LimiterError, TransportError
from ip1_async.events import Attempt, CallBegan, CallEnded, Emit, Failure, Paused, Waiting

T = TypeVar("T")
_SHORTEST_WAIT = 0.001  # seconds; asking alone takes some microseconds


@attrs.define(eq=False, repr=False)
class Transport:
    """Applies limit, retries and outages to calls, and ends what is under way with the client."""

    token: Secret  # or a function in it
    limiter: Limiter | None
    wire: Wire
    emit: Emit
    clock: Clock = REAL
    _tasks: set["asyncio.Task[Any]"] = attrs.field(init=False, factory=set)
    _outage: Outage[Call, Response] = attrs.field(init=False)
    _gate: PriorityGate | None = attrs.field(init=False)
    _slots: AbstractAsyncContextManager[None] = attrs.field(init=False)
    _paused_until: float = attrs.field(init=False, default=float("-inf"))

    def __attrs_post_init__(self) -> None:
        self._outage = Outage(self.clock, self._prepare, self._send, self.spawn)
        self._gate = None if self.limiter is None else PriorityGate(self.limiter)
        # Without a limit they would wait inside aiohttp, each in many objects: of 10,000 calls at
        # once the garbage collector took more than half of the time.
        most = self.wire.sessions.connections
        self._slots = nullcontext() if self._gate else asyncio.Semaphore(most)

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

    async def aclose(self) -> None:
        """Cancel the pages under way, wait for them, and close the sessions that are our own."""
        self.wire.sessions.closed = True
        self._outage.end()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.wire.sessions.close()

    # One call.

    async def call(self, target: Target, options: CallOptions) -> Response:
        """Send a request until it is answered, its failure is final, or time is up.

        A send goes on only while the server certainly has not taken it.

        Raises:
            IP1Error: The last failure.
        """
        emit, route, method, call = self.emit, target.route, target.method, id(target)
        emit(CallBegan, route, method, call=call)
        try:
            response = await self._persist(target, options)
        except BaseException as error:
            emit(CallEnded, route, error, method, call=call)
            raise
        emit(CallEnded, route, None, method, call=call)
        return response

    async def _persist(self, target: Target, options: CallOptions) -> Response:
        call = Call(target, options.timeout, RetryBudget(options.retry_for))
        while True:
            call.connected = False
            try:
                outcome = await self._send_in_turn(call)
            except IP1Error as error:
                outcome = without_past(error)
            result = call.judge(outcome)
            if isinstance(result, Response):
                result.attempts = call.sent
                return result
            assert isinstance(outcome, IP1Error)
            if result is call.error or not await self._back_off(call, outcome, result):
                break
        raise result

    async def _send_in_turn(self, call: Call) -> Outcome:
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

    def _must_wait(self, call: Call) -> bool:
        """Whether a call takes part in probing; a send would arrive with each of its probes."""
        return self._outage.is_on() and call.budget.retry_for > 0 and not call.target.is_send

    async def _back_off(self, call: Call, failure: IP1Error, error: IP1Error) -> bool:
        """Report a failure and wait before the next attempt; `False` is give up.

        Args:
            call: Whose it is.
            failure: What happened.
            error: What it means to the caller.
        """
        target, budget, now = call.target, call.budget, self.clock.now()
        target.locate(failure, call.sent)
        target.locate(error, call.sent)
        call.error = error
        await self._pause_everybody(target, pause_after(failure))
        if riding_out := self._must_wait(call):
            chance = 0.0  # the probes keep their own distance
        else:
            chance = self.clock.random()
            budget.failures += 1
        delay = budget.delay_after(error, now, chance)
        probe_in = self._outage.until_probe() if riding_out else 0.0
        until_next = None if delay is None else max(delay, probe_in)
        self.emit(Failure, target.route, error, until_next, call=id(target))
        if delay is None:
            return False
        # Where an outage begins, its probes take over.
        first = min(delay, max(asked_by(error), self._outage.until_on()))
        await self.clock.sleep(first)
        if first < delay and not self._must_wait(call):
            await self.clock.sleep(delay - first)
        return True

    async def _pause_everybody(self, target: Target, seconds: float) -> None:
        """Pause the limiter, and report that unless a similar pause was reported just before."""
        if self.limiter is None or not seconds:
            return
        length = min(seconds, LONGEST_PAUSE)
        until = self.clock.now() + length
        if until > self._paused_until + length / 2:  # refusals come in swarms
            self._paused_until = until
            self.emit(Paused, target.route, length, target.method)
        with suppress(LimiterError):  # the server's answer counts: a send may be in doubt
            await self.limiter.pause(seconds)

    # One attempt.

    async def _prepare(self, call: Call) -> float:
        """Get the token and the permission for one request; give the seconds for the latter."""
        self.wire.sessions.check()  # before anything is waited for
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
        try:
            await self._gate.acquire(low_priority=target.low_priority)
        except LimiterError:
            self.wire.sessions.check()  # the client closes a limiter of its own
            raise
        waited = self.clock.now() - began
        if waited >= _SHORTEST_WAIT:
            self.emit(Waiting, target.route, waited, target.method, call=id(target))
        return waited

    async def _send(self, call: Call) -> Outcome:
        """Send one request, and note what came of it."""
        self._count(call)
        outcome = await self._attempt(call)
        call.note(outcome)
        return outcome

    async def _attempt(self, call: Call) -> Outcome:
        """Send one request; the time for the attempt runs from here."""
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
                        await self._allow_repeat(call)
                    repeats = True
                    deadline.reschedule(asyncio.get_running_loop().time() + call.timeout)
                    return await handler(sending)

                return await self.wire.exchange(call, start_time)
        except asyncio.CancelledError:
            # aiohttp cancels the look-up of an address when its session is closed.
            if not self.wire.sessions.closed or is_cancelled():
                raise
            failure = None
        except Exception as error:  # the one boundary to foreign errors
            failure = translate(error, call.timeout)
            if failure is None and not self.wire.sessions.closed:
                raise
        if self.wire.sessions.closed or failure is None:
            return ClientClosedError("the client was closed meanwhile")
        return failure

    async def _allow_repeat(self, call: Call) -> None:
        """Wait for the permission to let a middleware of the caller's repeat a request."""
        if call.target.is_send:
            raise TransportError("a middleware of the session would repeat it, which is refused")
        call.budget.waited += await self._acquire(call.target)
        self._count(call)

    def _count(self, call: Call) -> None:
        self.wire.sessions.check()  # the client may be closed by now
        call.sent += 1
        target = call.target
        self.emit(Attempt, target.route, call.sent, target.method, call=id(target))


def is_cancelled() -> bool:
    """Whether somebody cancelled this task, and no future that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
