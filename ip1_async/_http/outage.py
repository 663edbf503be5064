"""While nothing gets through, one call after another probes for all of them.

Calls that back off each by themselves would sleep on, for up to 20 s, after the server is back,
and a hundred of them would still hammer it while it is not.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

import attrs

from ip1_async._http.clock import Clock
from ip1_async._http.retry import RetryBudget, is_transient
from ip1_async.errors import IP1Error

# Before that a failure may be a passing one, or the fault of a single call.
_AFTER = 2.0  # seconds
_SHORTEST_GAP, _LONGEST_GAP = 0.55, 1.95  # seconds; at most two probes start in any second


class Call(Protocol):
    """What an outage must know of a call that waits for its end."""

    budget: RetryBudget


C = TypeVar("C", bound=Call)
R = TypeVar("R")


@attrs.define(eq=False, repr=False)
class _Waiter(Generic[C, R]):
    """A call that waits; `ended` brings what came of its probe, or `None`: the outage is over."""

    call: C
    ended: "asyncio.Future[R | IP1Error | None]"
    probes: set["asyncio.Task[None]"] = attrs.field(factory=set)


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
    _next_probe: float = float("-inf")
    _waiting: deque[_Waiter[C, R]] = attrs.field(factory=deque)
    _prober: "asyncio.Task[None] | None" = None
    _held: float = 0.0  # seconds in which nobody could probe, since the rate limit forbade it
    _held_since: float | None = None

    def is_on(self) -> bool:
        """Whether nothing has got through for so long that calls must wait."""
        return self._since is not None and self.clock.now() - self._since >= _AFTER

    def note(self, outcome: R | IP1Error) -> None:
        """Note what came of a request; any answer ends an outage, and so does a refusal."""
        if not isinstance(outcome, IP1Error) or not is_transient(outcome):
            self.end()
        elif self._since is None:
            self._since = self.clock.now()

    def end(self) -> None:
        """Let everybody go on."""
        self._since = None
        self._stop_probing()
        for waiter in self._waiting:
            if not waiter.ended.done():
                waiter.ended.set_result(None)

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
        waiter: _Waiter[C, R] = _Waiter(call, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        if prepared and not self.until_probe():
            self._start_probe(waiter)
        if self._prober is None:
            self._prober = self.spawn(self._keep_probing())
        held = self._held_so_far()
        try:
            while not waiter.ended.done():
                left = call.budget.left(self.clock.now()) + self._held_so_far() - held
                if left > 0:
                    await self.clock.wait({waiter.ended}, left)
                elif not waiter.probes:
                    return None
                else:  # what was sent has its own timeout
                    await _first_of({waiter.ended, *waiter.probes})
            return waiter.ended.result()
        finally:
            call.budget.waited += self._held_so_far() - held
            self._leave(waiter)

    def _held_so_far(self) -> float:
        under_way = 0.0 if self._held_since is None else self.clock.now() - self._held_since
        return self._held + under_way

    def _hold(self, since: float | None) -> None:
        """Begin a time in which nobody can probe, or end it with `None`."""
        self._held = self._held_so_far()
        self._held_since = since

    def _leave(self, waiter: _Waiter[C, R]) -> None:
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
                _fail(waiter, error)
            self._hold(None)
            # Meanwhile another may have sent the probe, and the waiter may have left.
            if waiter in self._waiting and not waiter.ended.done() and not self.until_probe():
                self._start_probe(waiter)

    def _next_waiter(self) -> _Waiter[C, R] | None:
        """Choose who probes next, in turns."""
        for _ in range(len(self._waiting)):
            self._waiting.rotate(-1)
            waiter = self._waiting[-1]
            if not waiter.ended.done() and waiter.call.budget.left(self.clock.now()) > 0:
                return waiter
        return None

    def _start_probe(self, waiter: _Waiter[C, R]) -> None:
        gap = _SHORTEST_GAP + (_LONGEST_GAP - _SHORTEST_GAP) * self.clock.random()
        self._next_probe = self.clock.now() + gap
        probe = self.spawn(self._probe(waiter))
        waiter.probes.add(probe)
        probe.add_done_callback(waiter.probes.discard)

    async def _probe(self, waiter: _Waiter[C, R]) -> None:
        try:
            outcome = await self.send(waiter.call)
        except Exception as error:  # noqa: BLE001  # a bug, which its caller must see
            _fail(waiter, error)
            return
        if not waiter.ended.done():
            waiter.ended.set_result(outcome)
        self.note(outcome)


def _fail(waiter: _Waiter[Any, Any], error: Exception) -> None:
    if not waiter.ended.done():
        waiter.ended.set_exception(error)


async def _first_of(futures: set["asyncio.Future[Any]"]) -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
