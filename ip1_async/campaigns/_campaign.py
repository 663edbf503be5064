"""A campaign with its journal: from the plan to the result."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import attrs

from ip1_async._threads import in_thread
from ip1_async.campaigns._journal import Journal
from ip1_async.campaigns._numbers import normalise, read_opt_outs
from ip1_async.campaigns._plan import Letter, Plan, Prices, chunks, make_plan
from ip1_async.campaigns._result import Result, make_result
from ip1_async.campaigns._run import Progress, Run, World
from ip1_async.campaigns._state import Part
from ip1_async.client import Client
from ip1_async.models import Batch

_MOST_PATIENCE = 3_600.0
OnProgress = Callable[[Progress], object]


def _check_patience(_: Any, __: Any, patience: float) -> None:
    if not 0 <= patience <= _MOST_PATIENCE:
        raise ValueError(f"patience: expected seconds from 0 to {_MOST_PATIENCE:,.0f}")


@attrs.frozen(kw_only=True)
class Wishes:
    """What a run may do; `send` describes each of them."""

    opt_outs: frozenset[str] = attrs.field(converter=read_opt_outs)
    prices: Prices | None
    max_recipients: int | None
    retry_rejected: bool
    patience: float = attrs.field(validator=_check_patience)
    confirm: Callable[[Plan], Awaitable[bool]] | None
    on_progress: OnProgress | None


async def run_campaign(client: Client, book: Journal, letter: Letter, wishes: Wishes) -> Result:
    """Do what `send` promises."""
    try:
        header, ledger = await in_thread(book.open)
        if header not in (None, letter.header):
            raise ValueError(_difference(header, letter.header))
        plan = await in_thread(
            make_plan,
            letter,
            ledger,
            opt_outs=wishes.opt_outs,
            blacklist=await _read_blacklist(client),
            retry_rejected=wishes.retry_rejected,
            prices=wishes.prices,
        )
        _check_most(plan, wishes.max_recipients)
        if wishes.confirm is not None and not await wishes.confirm(plan):
            return make_result(letter, plan, ledger, None)
        if header is None and plan.recipients:
            await in_thread(book.begin, letter.header)
        run = Run(ledger, _world(client, book, letter, wishes.on_progress), wishes.patience)
        await run.go([(str(uuid4()), numbers) for numbers in chunks(plan.recipients)])
        return make_result(letter, plan, ledger, run.failure)
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


def _world(client: Client, book: Journal, letter: Letter, on_progress: OnProgress | None) -> World:
    batches = client.v2.batches

    async def write(part: Part) -> None:
        await in_thread(book.append, part)

    async def post(part: Part) -> Batch:
        numbers = letter.arguments(part.recipients)
        return await batches.send(recipients=numbers, key=part.key, **letter.options)

    def look_up(keys: Iterable[str], patience: float) -> Any:
        return batches._look_up(keys, patience=patience)  # noqa: SLF001  # one of us

    now = partial(datetime.now, UTC)
    tell = on_progress or (lambda _: None)
    return World(write=write, send=post, look_up=look_up, now=now, tell=tell)
