"""While nothing gets through, one call after another probes for all of them.

Calls that back off each by themselves would sleep on, for up to 20 s, after the server is back,
and a hundred of them would still hammer it while it is not.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any, Generic, Protocol, TypeVar

import attrs

from ip1_async._http.clock import Clock
from ip1_async._http.retry import RetryBudget, is_transient
from ip1_async.errors import IP1Error

# Before that a failure may be a passing one, or the fault of a single call.
_AFTER = 2.0  # seconds
_TICK = 0.001  # seconds; a sleep may end a little early
_SHORTEST_GAP, _LONGEST_GAP = 0.55, 1.95  # seconds; at most two probes start in any second


class Call(Protocol):
    """What an outage must know of a call that waits for its end."""

    budget: RetryBudget


C = TypeVar("C", bound=Call)
R = TypeVar("R")


@attrs.define(eq=False, repr=False)
class _Waiter(Generic[C, R]):
    """A call that waits.

    Attributes:
        call: The call.
        held_before: The outage's seconds on hold when it came.
        ended: Brings what came of its probe; `None` where the outage is over.
        probes: Those in flight.
    """

    call: C
    held_before: float
    ended: "asyncio.Future[R | Exception | None]"
    probes: set["asyncio.Task[None]"] = attrs.field(factory=set)

    def settle(self, outcome: R | Exception | None) -> None:
        """End the wait, unless something else did."""
        if not self.ended.done():
            self.ended.set_result(outcome)


@attrs.define(eq=False, repr=False)
class Outage(Generic[C, R]):
    """Knows whether anything gets through, and sends probes while nothing does.

    Attributes:
        clock: Time and chance.
        prepare: Waits until a request of a call may be sent, and gives the seconds.
        send: Sends it, and gives its answer or its failure.
        spawn: Starts a task.
    """

    clock: Clock
    prepare: Callable[[C], Awaitable[float]]
    send: Callable[[C], Awaitable[R | IP1Error]]
    spawn: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
    _since: float | None = None
    _answered_at: float = -inf
    _next_probe: float = -inf
    _waiting: deque[_Waiter[C, R]] = attrs.field(factory=deque)
    _prober: "asyncio.Task[None] | None" = None
    _held: float = 0.0  # seconds in which nobody could probe, since the rate limit forbade it
    _held_since: float | None = None

    def is_on(self) -> bool:
        """Whether nothing has got through for so long that calls must wait."""
        return self._since is not None and self.until_on() <= _TICK

    def until_on(self) -> float:
        """Give the seconds until that is so, unless something gets through; endless, if it did."""
        return inf if self._since is None else self._since + _AFTER - self.clock.now()

    def note(self, outcome: R | IP1Error, sent_at: float) -> None:
        """Note what came of a request; any answer ends an outage, and so does a refusal."""
        if not isinstance(outcome, IP1Error) or not is_transient(outcome):
            self._answered_at = self.clock.now()
            if self._since is not None:
                self.end()
        elif self._since is None:
            # A timeout shows that nothing got through for as long, unless something did.
            alone = self._answered_at < sent_at
            self._since = sent_at if alone else self.clock.now()

    def end(self) -> None:
        """Let everybody go on."""
        self._since = None
        self._stop_probing()
        for waiter in self._waiting:
            waiter.settle(None)

    def until_probe(self) -> float:
        """Give the seconds until the next probe; 0 without an outage."""
        return max(0.0, self._next_probe - self.clock.now()) if self.is_on() else 0.0

    async def ride_out(self, call: C, *, prepared: bool) -> R | IP1Error | None:
        """Wait for the end of the outage, and probe whenever it is this call's turn.

        Args:
            call: Who waits.
            prepared: Whether it may send at once, should a probe be due.

        Returns:
            What came of the call's own probe, or `None`: the outage is over, or no time is left.
        """
        ended = asyncio.get_running_loop().create_future()
        waiter: _Waiter[C, R] = _Waiter(call, self._held_so_far(), ended)
        self._waiting.append(waiter)
        if prepared and not self.until_probe():
            self._start_probe(waiter)
        if self._prober is None:
            self._prober = self.spawn(self._keep_probing())
        try:
            await self._wait_for(waiter)
        finally:
            self._leave(waiter)
        outcome = ended.result() if ended.done() else None
        if isinstance(outcome, Exception) and not isinstance(outcome, IP1Error):
            raise outcome
        return outcome

    async def _wait_for(self, waiter: _Waiter[C, R]) -> None:
        """Wait until it is settled, or it has no time left and nothing in flight."""
        while not waiter.ended.done() and (left := self._left(waiter)) > 0:
            await self.clock.wait({waiter.ended}, left)
        if waiter.probes:  # each settles it, by its own timeout at the latest
            await asyncio.wait({waiter.ended})

    def _left(self, waiter: _Waiter[C, R]) -> float:
        held = self._held_so_far() - waiter.held_before
        return waiter.call.budget.left(self.clock.now()) + held

    def _held_so_far(self) -> float:
        under_way = 0.0 if self._held_since is None else self.clock.now() - self._held_since
        return self._held + under_way

    def _hold(self, since: float | None) -> None:
        """Begin a time in which nobody can probe, or end it with `None`."""
        self._held = self._held_so_far()
        self._held_since = since

    def _leave(self, waiter: _Waiter[C, R]) -> None:
        waiter.call.budget.waited += self._held_so_far() - waiter.held_before
        self._waiting.remove(waiter)
        for probe in waiter.probes:
            probe.cancel()
        if not self._waiting:
            self._stop_probing()

    def _stop_probing(self) -> None:
        self._hold(None)
        if self._prober is not None:
            self._prober.cancel()
            self._prober = None

    async def _keep_probing(self) -> None:
        """Start a probe whenever one is due, whether or not the last one was answered."""
        while True:
            while (wait := self.until_probe()) > 0:
                await self.clock.sleep(wait)
            if (waiter := self._next_waiter()) is None:
                self._prober = None
                return
            self._hold(self.clock.now())
            try:
                await self.prepare(waiter.call)
            except Exception as error:  # noqa: BLE001  # of the caller's token or limiter
                waiter.settle(error)
            self._hold(None)
            # Meanwhile another may have sent the probe, and the waiter may have left.
            if waiter in self._waiting and not waiter.ended.done() and not self.until_probe():
                self._start_probe(waiter)

    def _next_waiter(self) -> _Waiter[C, R] | None:
        """Choose who probes next, in turns."""
        for _ in range(len(self._waiting)):
            self._waiting.rotate(-1)
            waiter = self._waiting[-1]
            if not waiter.ended.done() and self._left(waiter) > 0:
                return waiter
        return None

    def _start_probe(self, waiter: _Waiter[C, R]) -> None:
        gap = _SHORTEST_GAP + (_LONGEST_GAP - _SHORTEST_GAP) * self.clock.random()
        self._next_probe = self.clock.now() + gap
        probe = self.spawn(self._probe(waiter))
        waiter.probes.add(probe)
        probe.add_done_callback(waiter.probes.discard)

    async def _probe(self, waiter: _Waiter[C, R]) -> None:
        sent_at = self.clock.now()
        try:
            outcome = await self.send(waiter.call)
        except Exception as error:  # noqa: BLE001  # a bug, which its caller must see
            waiter.settle(error)
        else:
            waiter.settle(outcome)
            self.note(outcome, sent_at)
