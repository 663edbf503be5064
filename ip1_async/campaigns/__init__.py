"""Campaigns: sends of any size whose journal is their own checkpoint."""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import attrs

from ip1_async._sending.sms import CodingLike, TypeLike, Window
from ip1_async._template import RecipientsLike
from ip1_async._threads import in_thread
from ip1_async.campaigns._journal import Journal
from ip1_async.campaigns._numbers import normalise, normalise_all, read_all
from ip1_async.campaigns._plan import Letter, Plan, chunks, make_plan
from ip1_async.campaigns._result import Result, make_result
from ip1_async.campaigns._run import Progress, Run, World
from ip1_async.campaigns._state import Part, Phase
from ip1_async.client import Client
from ip1_async.models import Batch

__all__ = [
    "Part",
    "Phase",
    "Plan",
    "Progress",
    "Result",
    "normalise",
    "resolve",
    "send",
]
_MOST_PATIENCE = 3_600.0


async def send(
    client: Client,
    *,
    journal: str | os.PathLike[str],
    sender: str,
    recipients: RecipientsLike,
    body: str,
    type: TypeLike = "sms",  # noqa: A002  # the API's name
    datacoding: CodingLike = "ucs",
    priority: int = 1,
    delivery_windows: Iterable[Window] = (),
    delivery_report_url: str | None = None,
    reference: str | None = None,
    tags: Iterable[str] = (),
    opt_outs: Iterable[str] = (),
    prices: Mapping[str, Decimal] | None = None,
    max_recipients: int | None = None,
    retry_rejected: bool = False,
    patience: float = 20.0,
    confirm: Callable[[Plan], Awaitable[bool]] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Result:
    """Send an SMS to any number of people, in batches of at most 1,000, and to nobody twice.

    Each batch goes into the journal before it is posted, and so does its answer. Killed at any
    moment and called again with the same journal, this goes on where it stopped. A batch without
    an answer is uncertain: it is looked for among the account's newest 2,000, and where it is not
    seen it waits for `resolve`; nothing of it is sent again. Recipients are known by their number,
    in whatever spelling: those that are new since the last run are sent to in new batches.

    Nobody gets a message who is in `opt_outs` or on the account's blacklist, which is read once.
    A run ends early where the next batch would fare alike: at 401, 402, 403, at 429 or without a
    connection for longer than `retry_for`, and after three uncertain batches in a row.

    Args:
        client: The client that sends; its rate limit holds for reads and sends together.
        journal: The file that remembers. One campaign has one, on one disk: a copy of it, or an
            older version of it, would send again what was sent since.
        sender: As `send` of `client.v2.batches` takes it, and so are the following.
        recipients: Numbers with country code, in any usual spelling; or a mapping of each to the
            values of its placeholders, where the key "default" has those for all.
        body: The text; with a mapping it is a template.
        type: "sms" or "flash".
        datacoding: "ucs" or "gsm".
        priority: 1 or 2.
        delivery_windows: When to deliver.
        delivery_report_url: Where iP.1 is to post delivery reports.
        reference: A text of yours that comes back with the batches.
        tags: Marks of yours.
        opt_outs: Numbers that get nothing.
        prices: Prices as `preview` takes them, for the cost in the plan.
        max_recipients: Send nothing where this run would send to more.
        retry_rejected: Send again to those whose batch was rejected.
        patience: Seconds to look, at the end, for batches that became uncertain in this run.
        confirm: Called with the plan before anything is sent; `False` ends the run there.
        on_progress: Called after each batch, in the event loop. If it raises, the run ends, and
            the exception comes out of this call.

    Returns:
        What came of everybody. It has the error of a send that ended the run.

    Raises:
        ValueError: An argument can't be used, a number comes twice, the journal is of a campaign
            with another sender, coding, option or body; nothing was sent.
        BlockingIOError: Another run uses this journal; nothing was sent.
        OSError: The journal can't be used or written; the run ended there.
        IP1Error: The blacklist can't be read; nothing was sent.
    """
    if not 0 <= patience <= _MOST_PATIENCE:
        raise ValueError(f"patience: expected seconds from 0 to {_MOST_PATIENCE:,.0f}")
    options = {
        "sender": sender,
        "body": body,
        "type": type,
        "datacoding": datacoding,
        "priority": priority,
        "delivery_windows": tuple(delivery_windows),
        "delivery_report_url": delivery_report_url,
        "reference": reference,
        "tags": tags if isinstance(tags, str) else tuple(tags),
    }
    opted_out = normalise_all("opt_outs", opt_outs)
    letter = await in_thread(lambda: Letter(read_all(recipients), options))
    book = Journal(Path(journal))
    try:
        header, ledger = await in_thread(book.open)
        if header not in (None, letter.header):
            raise ValueError(_difference(header, letter.header))
        plan = await in_thread(
            make_plan,
            letter,
            ledger,
            opt_outs=opted_out,
            blacklist=await _read_blacklist(client),
            retry_rejected=retry_rejected,
            prices=prices,
        )
        _check_most(plan, max_recipients)
        if confirm is not None and not await confirm(plan):
            return make_result(letter, plan, ledger, None)
        if header is None and plan.recipients:
            await in_thread(book.begin, letter.header)
        run = Run(ledger, _world(client, letter, book, on_progress), patience)
        await run.go([(str(uuid4()), numbers) for numbers in chunks(plan.recipients)])
        return make_result(letter, plan, ledger, run.failure)
    finally:
        await in_thread(book.close)


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
        ValueError: No batch with this key is uncertain, or the outcome is another.
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


def _difference(header: dict[str, Any], wanted: dict[str, Any]) -> str:
    names = sorted({*header, *wanted})
    differing = ", ".join(name for name in names if header.get(name) != wanted.get(name))
    return f"journal: it is of a campaign with another {differing}"


async def _read_blacklist(client: Client) -> frozenset[str]:
    numbers = [entry.msisdn async for entry in client.v2.blacklist.list()]
    return frozenset(normalise(number) or number for number in numbers)


def _check_most(plan: Plan, most: int | None) -> None:
    if most is not None and len(plan.recipients) > most:
        raise ValueError(
            f"max_recipients: {len(plan.recipients):,} would be sent to, more than {most:,}"
        )


def _world(
    client: Client, letter: Letter, book: Journal, on_progress: Callable[[Progress], object] | None
) -> World:
    batches = client.v2.batches

    async def write(part: Part) -> None:
        await in_thread(book.append, part)

    async def post(part: Part) -> Batch:
        numbers = letter.arguments(part.recipients)
        return await batches.send(recipients=numbers, key=part.key, **letter.options)

    return World(
        write=write,
        send=post,
        look_up=lambda keys, patience: batches._look_up(keys, patience=patience),  # noqa: SLF001
        now=partial(datetime.now, UTC),
        tell=on_progress or (lambda _: None),
    )
