"""A run of a campaign: looks up what was uncertain, sends, and looks up what became so.

It knows neither files nor sockets, and so it is simulated as it is, with crashes anywhere.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from ip1_async.campaigns._state import Ledger, Part, Phase, answered, looked_up
from ip1_async.errors import IP1Error
from ip1_async.models import Batch

Found: TypeAlias = Mapping[str, Sequence[Batch]]
# Where several sends in a row are uncertain, the next ones would be, too.
_MOST_UNCERTAIN = 3


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        recipients: How many it is to send to.
        done: How many of them it tried to.
        uncertain: How many of these may or may not have been sent to.
    """

    recipients: int
    done: int
    uncertain: int


@attrs.frozen(kw_only=True)
class World:
    """What a run does to the world around.

    Attributes:
        write: Journals a batch as it is now; when it returns, that outlasts anything.
        send: Posts a batch.
        look_up: Looks for keys among the account's batches, for some seconds.
        now: Gives the time of the day, in UTC.
        tell: Is called with the progress.
    """

    write: Callable[[Part], Awaitable[None]]
    send: Callable[[Part], Awaitable[Batch]]
    look_up: Callable[[Iterable[str], float], Awaitable[Found]]
    now: Callable[[], datetime]
    tell: Callable[[Progress], object]


@attrs.define(eq=False)
class Run:
    """One run.

    Attributes:
        ledger: All batches of the campaign.
        world: What it works with.
        patience: How many seconds its last look may take.
        failure: What kept it from its end.
    """

    ledger: Ledger
    world: World
    patience: float
    failure: IP1Error | None = None

    async def go(self, planned: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """Send the planned batches, given as key and recipients; settle what is uncertain.

        One batch after another: a kill leaves one uncertain at most.

        Raises:
            Exception: What `write` or `tell` raised; the journal has all until then.
        """
        young = self.world.now() - timedelta(seconds=self.patience)
        old = [part for part in self.ledger.held(Phase.BEGUN) if part.at < young]
        if old:
            await self._settle(old, 0.0)
        known = {part.key for part in old}
        await self._send_all(planned)
        rest = [part for part in self.ledger.held(Phase.BEGUN) if part.key not in known]
        if rest:
            await self._settle(rest, self.patience)

    async def _send_all(self, planned: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        total = sum(len(numbers) for _, numbers in planned)
        done = uncertain = in_a_row = 0
        for key, numbers in planned:
            part = Part(key=key, phase=Phase.BEGUN, at=self.world.now(), recipients=numbers)
            await self._put(part)
            answer = await self._post(part)
            after = answered(part, answer, self.world.now())
            is_uncertain = after.phase is Phase.BEGUN
            if not is_uncertain:
                await self._put(after)
            in_a_row = in_a_row + 1 if is_uncertain else 0
            done += len(numbers)
            uncertain += len(numbers) if is_uncertain else 0
            stops = after.phase is Phase.UNSENT or in_a_row == _MOST_UNCERTAIN
            if stops and isinstance(answer, IP1Error):
                self.failure = answer
                return
            self.world.tell(Progress(recipients=total, done=done, uncertain=uncertain))

    async def _post(self, part: Part) -> Batch | IP1Error:
        try:
            return await self.world.send(part)
        except IP1Error as error:
            return error

    async def _settle(self, parts: Sequence[Part], patience: float) -> None:
        """Look for all of them in one pass; who is not found stays as it is."""
        try:
            found = await self.world.look_up([part.key for part in parts], patience)
        except IP1Error as error:
            self.failure = self.failure or error
            return
        for part in parts:
            whole = self.ledger.parts[part.key]
            after = looked_up(whole, found[part.key], self.world.now())
            if after.phase is Phase.ACCEPTED:
                await self._put(after)
            else:
                self.ledger.parts[part.key] = after

    async def _put(self, part: Part) -> None:
        """Write down what happens; the ledger refuses first what must not happen."""
        self.ledger.put(part)
        await self.world.write(part)
