"""A limit in memory, for processes that are only played."""

import asyncio
from collections.abc import Callable

import attrs

from ip1_async import LimiterError
from ip1_async._http.clock import Clock
from ip1_async.limits._ledger import Ask, Ledger
from ip1_async.limits._shared import SharedLimiter


@attrs.define
class Store:
    """Where the ledger is: behind a network, with a clock of its own.

    Attributes:
        clock: The time of the test.
        delay: Gives the seconds of one way.
        asked: Everything that was asked for.
        away: Whether nobody gets an answer.
    """

    clock: Clock
    delay: Callable[[], float] = lambda: 0.0
    asked: list[Ask] = attrs.field(factory=list)
    away: bool = False
    ahead: float = 0.0
    ledger: Ledger | None = None

    async def put(self, ask: Ask) -> tuple[int, int]:
        """Answer like a server."""
        self.asked.append(ask)
        await asyncio.sleep(self.delay())
        if self.away:
            raise LimiterError("away")
        now = round((self.clock.now() + self.ahead) * 1e6)
        if self.ledger is not None:
            self.ledger.turn_back(now)
        if self.ledger is None or not self.ledger.is_sound(ask):
            self.ledger = Ledger.begin(now, ask)
        answer = self.ledger.answer(ask)
        self.ledger.forget_the_dead(ask)
        await asyncio.sleep(self.delay())
        return answer


class Played(SharedLimiter):
    """The limiter of a process that is only played."""

    def __init__(self, store: Store, rate: float = 30.0) -> None:
        super().__init__(rate)
        self._store = store
        self._clock = store.clock  # type: ignore[misc]

    async def _put(self, ask: Ask) -> tuple[int, int]:
        return await self._store.put(ask)
