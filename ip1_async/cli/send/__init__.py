"""The command `send`: an SMS to everybody in a file, with a journal that remembers who got it."""

import asyncio
import os
import sys
import threading
import warnings
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs
from cyclopts import Parameter
from cyclopts.types import NonNegativeFloat, NonNegativeInt

from ip1_async import campaigns
from ip1_async.campaigns import Plan, Progress, Result
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import Advance, note, progress, write
from ip1_async.cli._resume import going_on
from ip1_async.cli.send._files import read_numbers, read_recipients, read_text
from ip1_async.cli.send._report import draw_plan, draw_result, fail, find_empty, people

T = TypeVar("T")


@Parameter(name="*", group="Message")
@attrs.frozen(kw_only=True)
class Message:
    """What is sent, and to whom.

    Attributes:
        sender: A registered number or name.
        from_file: CSV file in UTF-8, with commas or semicolons. Its first line names the columns:
            recipient, and one for each placeholder of the text.
        body_file: File with the text, in UTF-8; {name} is a placeholder. Line breaks at its end
            are left out.
        datacoding: ucs holds any character, gsm more of them in a segment.
        type: flash is shown at once and not kept.
        priority: 2 is faster, and costs more.
        delivery_report_url: Where iP.1 is to post delivery reports.
        reference: A text of yours that comes back with the batches.
        tag: A mark of yours; give the option again for more.
    """

    sender: str | None = None
    from_file: Path | None = None
    body_file: Path | None = None
    datacoding: Literal["ucs", "gsm"] = "ucs"
    type: Literal["sms", "flash"] = "sms"
    priority: Literal[1, 2] = 1
    delivery_report_url: str | None = None
    reference: str | None = None
    tag: Sequence[str] = ()

    def arguments(self) -> dict[str, Any]:
        """Read the files, and give the arguments of a campaign.

        Raises:
            ValueError: A file is not given, or can't be right.
            OSError: A file can't be read.
        """
        if self.sender is None or self.from_file is None or self.body_file is None:
            raise ValueError("send: give --sender, --from-file and --body-file")
        body = read_text(self.body_file).rstrip("\n")
        names = ("sender", "datacoding", "type", "priority", "delivery_report_url", "reference")
        return {
            "recipients": read_recipients(self.from_file, body),
            "body": body,
            "tags": self.tag,
            **{name: getattr(self, name) for name in names},
        }


@Parameter(name="*", group="Safeguards")
@attrs.frozen(kw_only=True)
class Guards:
    """What to look at before anything is sent.

    Attributes:
        opt_out_file: File of numbers that get nothing, one per line.
        max_recipients: Send nothing if this run would send to more.
        price: PREFIX=PRICE, what a segment to numbers that begin so costs, such as 46=0.35; give
            the option again for more. =PRICE is for all others.
        dry_run: Show what would be sent, and send nothing.
        yes: Ask nothing. Needed where there is no terminal.
    """

    opt_out_file: Path | None = None
    max_recipients: NonNegativeInt | None = None
    price: Sequence[str] = ()
    dry_run: bool = False
    yes: bool = False

    def arguments(self) -> dict[str, Any]:
        """Read the file, and give the arguments of a campaign.

        Raises:
            ValueError: There is nobody to ask, or a file or a price can't be right.
            OSError: A file can't be read.
        """
        if not (self.yes or self.dry_run or sys.stdin.isatty()):
            raise ValueError("send: without a terminal to ask on, give --yes or --dry-run")
        return {
            "opt_outs": read_numbers(self.opt_out_file) if self.opt_out_file else (),
            "max_recipients": self.max_recipients,
            "prices": dict(map(_named_price, self.price)) or None,
        }


_NO_MESSAGE, _NO_GUARDS = Message(), Guards()


async def send(
    *,
    journal: Path,
    retry_rejected: bool = False,
    patience: NonNegativeFloat = 20.0,
    resolve: tuple[Literal["sent", "unsent"], str] | None = None,
    message: Message = _NO_MESSAGE,
    guards: Guards = _NO_GUARDS,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Send an SMS to everybody in a file, and to nobody twice.

    After an interruption, the same command continues where it stopped. Batches of at most 1,000
    go into the journal before they are sent. One whose answer was lost is uncertain: it is looked
    for, and if it is not seen nothing of it is sent again until --resolve says what became of it.
    Who is on the account's blacklist gets nothing. Exit code 1 means that not everybody was sent
    to, or not for certain.

    For example:

        ip1 send --journal fair --sender Shop --from-file to.csv --body-file text

    Args:
        journal: File that remembers what was sent; a campaign has one, and keeps it.
        retry_rejected: Send again to those whose batch was rejected.
        patience: Seconds to look at the end for batches that became uncertain.
        resolve: Write into the journal that the uncertain batch of this key was sent, or was
            not sent, and do nothing else.
        message: What is sent.
        guards: What to look at before.
        connection: How to reach the API.
    """
    if resolve is not None:
        outcome, key = resolve
        part = await _alone(campaigns.resolve(journal, key, outcome))
        note(f"{key}: {people(len(part.recipients))}, resolved as {outcome}")
        return
    arguments = {
        "journal": journal,
        "retry_rejected": retry_rejected,
        "patience": patience,
        **await asyncio.to_thread(message.arguments),
        **await asyncio.to_thread(guards.arguments),
    }
    note(*find_empty(arguments["recipients"]))
    result = await _send(arguments, guards, connection)
    if not guards.dry_run:
        try:
            await write(draw_result(result))
        finally:
            fail(result)  # the exit code says it where stdout can't


async def _send(arguments: dict[str, Any], guards: Guards, connection: Connection) -> Result:
    stack, bar = ExitStack(), list[Advance]()

    async def confirm(plan: Plan) -> bool:
        await write(draw_plan(plan))
        question = f"Send to {people(len(plan.recipients))}? [y/N] "
        if guards.dry_run or not (guards.yes or not plan.recipients or await _ask(question)):
            return False
        bar.append(stack.enter_context(progress("sending", shown=True)))
        return True

    def tell(now: Progress) -> None:
        bar[0](now.done, now.recipients)

    async with await connection.client() as client:
        run = campaigns.send(client, confirm=confirm, on_progress=tell, **arguments)
        with going_on(), stack, _warnings_as_notes():
            return await _alone(run)


@contextmanager
def _warnings_as_notes() -> Iterator[None]:
    """Say each warning for users once, in a line; every batch of a campaign gives it anew."""
    said = set[str]()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            note(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield


async def _alone(work: Coroutine[Any, Any, T]) -> T:
    """Await work on a journal; a second run at the same time is a wrong use.

    Raises:
        ValueError: Another run has the journal.
        OSError: Nobody sees the plan, which is no success, as in a list that is cut by `head`.
    """
    try:
        return await work
    except BlockingIOError as error:
        failure: Exception = ValueError(f"--journal: {error}")
    except BrokenPipeError:
        failure = OSError("nothing was sent, as nobody reads the plan")
    raise failure


async def _ask(question: str) -> bool:
    """Ask on the terminal; Ctrl-C ends the wait, which a thread of asyncio's would not.

    Where the terminal is gone, that is no yes.
    """
    sys.stderr.write(question)
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def take(line: bytes) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = b""
        with suppress(OSError):
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
