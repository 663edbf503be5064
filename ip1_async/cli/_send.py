"""The command `send`: an SMS to everybody in a file, with a journal that remembers who got it."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, TypeVar

from cyclopts.types import NonNegativeFloat, NonNegativeInt

from ip1_async import IP1Error, Preview, campaigns
from ip1_async.campaigns import Part, Plan, Progress, Result
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import Advance, clean, note, progress, render, write
from ip1_async.cli._recipients import read_numbers, read_recipients, read_text
from ip1_async.cli._sums import facts_table

T = TypeVar("T")
_RESOLVE = "look in iP.1's portal, then add --resolve sent KEY or --resolve unsent KEY"
_RETRY = "rejected ones are skipped until you add --retry-rejected"


async def send(
    *,
    journal: Path,
    sender: str | None = None,
    from_file: Path | None = None,
    body_file: Path | None = None,
    opt_out_file: Path | None = None,
    datacoding: Literal["ucs", "gsm"] = "ucs",
    type: Literal["sms", "flash"] = "sms",  # noqa: A002  # the API's name
    priority: Literal[1, 2] = 1,
    delivery_report_url: str | None = None,
    reference: str | None = None,
    tag: Sequence[str] = (),
    price: Sequence[str] = (),
    max_recipients: NonNegativeInt | None = None,
    retry_rejected: bool = False,
    patience: NonNegativeFloat = 20.0,
    yes: bool = False,
    dry_run: bool = False,
    resolve: tuple[Literal["sent", "unsent"], str] | None = None,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Send an SMS to everybody in a file, and to nobody twice.

    After an interruption, the same command continues where it stopped. Batches of at most 1,000
    go into the journal before they are sent. One whose answer was lost is uncertain: it is looked
    for, and if it is not seen nothing of it is sent again until --resolve says what became of it.
    Who is on the account's blacklist gets nothing. Exit code 1 means that not everybody was sent
    to, or not for certain.

    Args:
        journal: File that remembers what was sent; a campaign has one, and keeps it.
        sender: A registered number or name.
        from_file: CSV file in UTF-8, with commas or semicolons. Its first line names the columns:
            recipient, and one for each placeholder of the text.
        body_file: File with the text, in UTF-8; {name} is a placeholder. Line breaks at its end
            are left out.
        opt_out_file: File of numbers that get nothing, one per line.
        datacoding: ucs holds any character, gsm more of them in a segment.
        type: flash is shown at once and not kept.
        priority: 2 is faster, and costs more.
        delivery_report_url: Where iP.1 is to post delivery reports.
        reference: A text of yours that comes back with the batches.
        tag: A mark of yours; give the option again for more.
        price: PREFIX=PRICE, what a segment to numbers that begin so costs, such as 46=0.35; give
            the option again for more. =PRICE is for all others.
        max_recipients: Send nothing if this run would send to more.
        retry_rejected: Send again to those whose batch was rejected.
        patience: Seconds to look at the end for batches that became uncertain.
        yes: Ask nothing. Needed where there is no terminal.
        dry_run: Show what would be sent, and send nothing.
        resolve: Write into the journal that the uncertain batch of this key was sent, or was
            not sent, and do nothing else.
        connection: How to reach the API.
    """
    if resolve is not None:
        await _resolve(journal, *resolve)
        return
    if sender is None or from_file is None or body_file is None:
        raise ValueError("send: give --sender, --from-file and --body-file")
    if not (yes or dry_run or sys.stdin.isatty()):
        raise ValueError("send: without a terminal to ask on, give --yes or --dry-run")
    body = (await asyncio.to_thread(read_text, body_file)).rstrip("\n")
    letter = {
        "sender": sender,
        "recipients": await asyncio.to_thread(read_recipients, from_file, body),
        "body": body,
        "opt_outs": await asyncio.to_thread(read_numbers, opt_out_file) if opt_out_file else (),
        "datacoding": datacoding,
        "type": type,
        "priority": priority,
        "delivery_report_url": delivery_report_url,
        "reference": reference,
        "tags": tag,
        "prices": dict(map(_named_price, price)) or None,
        "max_recipients": max_recipients,
        "retry_rejected": retry_rejected,
        "patience": patience,
    }
    result = await _send(journal, letter, connection, yes=yes, dry_run=dry_run)
    if not dry_run:
        await write(_report(result))
        _fail(result)


async def _resolve(journal: Path, outcome: Literal["sent", "unsent"], key: str) -> None:
    part = await _alone(campaigns.resolve(journal, key, outcome))
    note(f"{key}: {_people(len(part.recipients))}, resolved as {outcome}")


async def _send(
    journal: Path, letter: dict[str, Any], connection: Connection, *, yes: bool, dry_run: bool
) -> Result:
    stack = ExitStack()

    async def confirm(plan: Plan) -> bool:
        await write(_draw(plan))
        question = f"Send to {_people(len(plan.recipients))}? [y/N] "
        if dry_run or not (yes or not plan.recipients or await _ask(question)):
            return False
        bar.append(stack.enter_context(progress("sending", shown=True)))
        return True

    def tell(now: Progress) -> None:
        bar[0](now.done, now.recipients)

    bar: list[Advance] = []
    async with await connection.client() as client:
        run = campaigns.send(
            client,
            journal=journal,
            confirm=confirm,
            on_progress=tell,
            **letter,
        )
        try:
            with stack:
                return await _alone(run)
        except asyncio.CancelledError:
            note("to continue, run the same command again")
            raise


async def _alone(work: Coroutine[Any, Any, T]) -> T:
    """Await work on a journal; a second run at the same time is a wrong use.

    Raises:
        ValueError: Another run has the journal.
    """
    try:
        return await work
    except BlockingIOError as error:
        refusal = str(error)
    raise ValueError(f"--journal: {refusal}")


async def _ask(question: str) -> bool:
    """Ask on the terminal; Ctrl-C ends the wait, which a thread of asyncio's would not."""
    sys.stderr.write(question)
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def take(line: bytes) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = os.read(sys.stdin.fileno(), 1024)
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(take, line)

    threading.Thread(target=read, daemon=True).start()
    try:
        line = await answer
    except asyncio.CancelledError:
        sys.stderr.write("\n")  # what comes next begins a line
        raise
    return line.strip().lower() in (b"y", b"yes")


def _named_price(text: str) -> tuple[str, Decimal]:
    prefix, equals, price = text.partition("=")
    try:
        amount = Decimal(price)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (equals and amount.is_finite() and amount >= 0):
        raise ValueError("--price: expected PREFIX=PRICE, such as 46=0.35")
    return prefix.removeprefix("+"), amount


def _draw(plan: Plan) -> str:
    counts = (("opted out", plan.opted_out), ("blacklisted", plan.blacklisted))
    before = ("sent", plan.sent), ("rejected", plan.rejected), ("uncertain", plan.uncertain)
    batches = f"{plan.batches:,} {'batch' if plan.batches == 1 else 'batches'}"
    facts = [("to send to", f"{_people(len(plan.recipients))}, {batches}")]
    facts += [(f"left out: {name}", _people(len(numbers))) for name, numbers in counts if numbers]
    facts += [(f"before: {name}", _people(_count(parts))) for name, parts in before if parts]
    if plan.cost is not None:
        facts += [("the first will read", clean(plan.example)), *_costs(plan.cost)]
    return render(facts_table(facts))


def _costs(cost: Preview) -> Iterator[tuple[str, str]]:
    yield "in gsm", _cost(cost.gsm_segments, cost.gsm_cost)
    yield "in ucs", _cost(cost.ucs_segments, cost.ucs_cost)
    yield "chosen", cost.datacoding.value.lower()
    if cost.beyond_gsm:
        yield "not in gsm", clean(cost.beyond_gsm)


def _cost(segments: int | None, cost: Decimal | None) -> str:
    if segments is None:
        return "impossible"
    price = "give --price for the cost" if cost is None else f"cost {cost:,.2f}"
    return f"{segments:,} segment{'' if segments == 1 else 's'}, {price}"


def _report(result: Result) -> str:
    kinds = ("sent", result.sent), ("rejected", result.rejected), ("uncertain", result.uncertain)
    facts = [(name, _people(_count(parts))) for name, parts in kinds if parts]
    counts = (("left out", (*result.opted_out, *result.blacklisted)), ("not sent", result.left))
    facts += [(name, _people(len(numbers))) for name, numbers in counts if numbers]
    return render(facts_table(facts))


def _fail(result: Result) -> None:
    """Raise an error that names what was not sent, or not for certain.

    Raises:
        IP1Error: There is something.
    """
    if result.is_complete:
        return
    counts = {
        "uncertain": _count(result.uncertain),
        "rejected": _count(result.rejected),
        "not sent": len(result.left),
    }
    named = ", ".join(f"{_people(count)} {name}" for name, count in counts.items() if count)
    error = IP1Error(named)
    if result.error is not None:
        error.add_note(f"stopped: {result.error}")
    for part in result.rejected:
        error.add_note(f"rejected: {part.key}: {len(part.recipients):,}, status {part.status}")
    for part in result.uncertain:
        twice = "".join(f", batch {clean(each)}" for each in part.batch_ids)
        facts = f"{len(part.recipients):,}, {part.at:%Y-%m-%dT%H:%MZ}{twice}"
        error.add_note(f"uncertain: {part.key}: {facts}")
    advice = (result.rejected, _RETRY), (result.uncertain, _RESOLVE)
    for each in (text for parts, text in advice if parts):
        error.add_note(each)
    raise error


def _count(parts: Iterable[Part]) -> int:
    return sum(len(part.recipients) for part in parts)


def _people(count: int) -> str:
    return f"{count:,} recipient{'' if count == 1 else 's'}"
