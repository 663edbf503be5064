"""Sends answers, each of them once."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import define, field, frozen

from examples.web.hub import Hub
from examples.web.journal import Journal
from examples.web.view import bubble
from ip1_async import Batch, Client, IP1Error, SendUncertainError, segments

# Seconds to look for a send whose answer was lost.
LOOK_FOR = 10.0

log = logging.getLogger(__name__)
Outcome = dict[str, Any]


@frozen
class Draft:
    """An answer to send; the page makes its key, once."""

    key: str
    participant: str
    text: str = field(repr=False)


@define(eq=False)
class Outbox:
    """Sends each key at most once, whoever asks for it and however often.

    An outcome has a `state`: `sent` with the batch and its message, `unsent` for certain, or
    `uncertain`.
    """

    client: Client
    journal: Journal
    hub: Hub
    sender: str
    report_url: str | None
    _running: dict[str, asyncio.Task[Outcome]] = field(factory=dict, init=False)

    async def send(self, draft: Draft) -> Outcome:
        """Send it, or say what became of it where its key is known."""
        return await self._once(draft.key, lambda: self._send(draft))

    async def settle(self, key: str) -> Outcome:
        """Say what became of a key; one that never came here is not sent any more."""
        return await self._once(key, lambda: self._settle(key))

    async def finish(self, seconds: float) -> None:
        """Give what is under way some time to end."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    async def _once(self, key: str, work: Callable[[], Coroutine[Any, Any, Outcome]]) -> Outcome:
        """Do one thing at a time for a key: who asks meanwhile gets the same outcome."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._running.pop(key))
        return await asyncio.shield(task)  # a browser that leaves does not cancel it

    async def _send(self, draft: Draft) -> Outcome:
        if not await self.journal.begin(draft.key):
            return await self._settle(draft.key)
        try:
            batch = await self.client.v2.batches.send(
                sender=self.sender,
                recipients=[draft.participant],
                body=draft.text,
                datacoding=segments(draft.text).coding,
                delivery_report_url=self.report_url,
                key=draft.key,
            )
        except SendUncertainError as error:
            return _uncertain(str(error))
        except (IP1Error, ValueError) as error:
            await self.journal.forget(draft.key)
            return _outcome("unsent", problem=str(error))
        return await self._sent(draft.key, batch)

    async def _settle(self, key: str) -> Outcome:
        if await self.journal.refuse(key):
            return _outcome("unsent", problem="It did not reach this server.")
        entry = await self.journal.look(key)
        if entry.state == "refused":
            return _outcome("unsent", problem="It reached this server too late.")
        if entry.batch is not None:
            return await self._show(entry.batch, is_news=False)
        try:
            batch = await self.client.v2.batches.settle(key, patience=LOOK_FOR)
        except IP1Error as error:
            return _uncertain(str(error))
        if batch is None:
            return _uncertain("It is not among the newest messages of the account so far.")
        return await self._sent(key, batch)

    async def _sent(self, key: str, batch: Batch) -> Outcome:
        await self.journal.find(key, batch.id)
        return await self._show(batch.id, is_news=True)

    async def _show(self, batch_id: str, *, is_news: bool) -> Outcome:
        try:
            message = await self.client.v2.batches.list_messages(batch_id, max_items=1).first()
        except IP1Error as error:  # it was sent all the same
            log.warning("a message that was sent could not be read: %s", error)
            message = None
        if message is not None and is_news:
            self.hub.show_message(message)
        return _outcome("sent", batch=batch_id, message=message and bubble(message))


def _uncertain(problem: str) -> Outcome:
    log.warning("a send is uncertain: %s", problem)
    return _outcome("uncertain", problem=problem)


def _outcome(state: str, **facts: Any) -> Outcome:
    return {"state": state, **facts}
