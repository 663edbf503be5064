"""Campaigns: sends of any size whose journal is their own checkpoint."""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Unpack

import attrs

from ip1_async._template import RecipientsLike
from ip1_async._threads import in_thread
from ip1_async.campaigns._campaign import Wishes, run_campaign
from ip1_async.campaigns._journal import Journal
from ip1_async.campaigns._numbers import normalise
from ip1_async.campaigns._plan import Options, Plan, write_letter
from ip1_async.campaigns._result import Result
from ip1_async.campaigns._run import Progress
from ip1_async.campaigns._state import Part, Phase
from ip1_async.client import Client

__all__ = [
    "Options",
    "Part",
    "Phase",
    "Plan",
    "Progress",
    "Result",
    "normalise",
    "resolve",
    "send",
]


async def send(
    client: Client,
    *,
    journal: str | os.PathLike[str],
    sender: str,
    recipients: RecipientsLike,
    body: str,
    opt_outs: Iterable[str] = (),
    prices: Mapping[str, Decimal] | None = None,
    max_recipients: int | None = None,
    retry_rejected: bool = False,
    patience: float = 20.0,
    confirm: Callable[[Plan], Awaitable[bool]] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    **options: Unpack[Options],
) -> Result:
    """Send an SMS to any number of people, in batches of at most 1,000, and to nobody twice.

    Killed at any moment and called again with the same journal, this goes on where it stopped. A
    batch without an answer is uncertain: it is looked for among the newest 2,000 of the account;
    if it is not seen, nothing of it is sent again, and it waits for `resolve`. Recipients who are
    new since the last run are sent to. Nobody on the account's blacklist gets anything.

    Args:
        client: Its rate limit holds for reads and sends together.
        journal: The file that remembers. A copy of it has forgotten what was sent since.
        sender: A registered number or name.
        recipients: Numbers with country code, in any usual spelling; or a mapping of each to the
            values of its placeholders, where the key "default" has those for all.
        body: The text; with a mapping it is a template.
        opt_outs: Numbers that get nothing.
        prices: As `preview` takes them, for the cost in the plan.
        max_recipients: Send nothing if this run would send to more.
        retry_rejected: Send again to those whose batch was rejected.
        patience: Seconds to look, at the end, for what became uncertain in this run.
        confirm: Gets the plan before anything is sent; `False` ends the run there.
        on_progress: Called after each batch, in the event loop. What it raises ends the run.
        options: More of what `client.v2.batches.send` takes.

    Raises:
        ValueError: An argument can't be used, or the journal has others or is damaged; nothing was
            sent.
        BlockingIOError: Another run uses this journal; nothing was sent.
        OSError: The journal can't be used or written; the run ended there.
        IP1Error: The blacklist can't be read; nothing was sent.
    """
    wishes = Wishes(
        opt_outs=opt_outs,
        prices=prices,
        max_recipients=max_recipients,
        retry_rejected=retry_rejected,
        patience=patience,
        confirm=confirm,
        on_progress=on_progress,
    )
    letter = await in_thread(write_letter, recipients, {"sender": sender, "body": body, **options})
    return await run_campaign(client, Journal(Path(journal)), letter, wishes)


async def resolve(
    journal: str | os.PathLike[str], key: str, outcome: Literal["sent", "unsent"]
) -> Part:
    """Write into a journal what a person found out about an uncertain batch.

    Args:
        journal: The journal of the campaign.
        key: The key of the batch.
        outcome: "sent", or "unsent", whereupon the next run sends to its recipients.

    Returns:
        The batch as it is now.

    Raises:
        ValueError: No batch with this key is uncertain, the outcome is another, or the journal is
            damaged.
        BlockingIOError: A run uses this journal.
        OSError: The journal can't be used or written.
    """
    if outcome not in ("sent", "unsent"):
        raise ValueError("outcome: expected sent or unsent")
    book = Journal(Path(journal))
    try:
        _, ledger = await in_thread(book.open)
        part = ledger.parts.get(key)
        if part is None or part.phase is not Phase.BEGUN:
            raise ValueError("key: no batch with it is uncertain in this journal")
        part = attrs.evolve(part, phase=Phase(outcome), at=datetime.now(UTC))
        await in_thread(book.append, part)
        return part
    finally:
        await in_thread(book.close)
