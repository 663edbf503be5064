"""The commands that read: `messages`, `summary`, `batch` and `bundle`."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from cyclopts import Parameter

from ip1_async import Client, IP1Error, NotFoundError, Page, Pager
from ip1_async.cli._less import Put, paged
from ip1_async.cli._numbers import DEFAULT_NUMBERS, Numbers
from ip1_async.cli._options import (
    DEFAULT_CONNECTION,
    DEFAULT_FORM,
    DEFAULT_PAGING,
    Connection,
    Form,
    PagingOptions,
)
from ip1_async.cli._output import complain, finish, json_line, note, progress, write
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions
from ip1_async.cli._resume import Place
from ip1_async.cli._tables import (
    Sheet,
    batch_sheet,
    bundle_sheet,
    conversation_sheet,
    draw_details,
    draw_summary,
)

T = TypeVar("T")
ShowId = Annotated[bool, Parameter(name="--id")]


async def messages(
    participant: str,
    /,
    *,
    direction: Literal["mt", "mo"] | None = None,
    show_id: ShowId = False,
    fail_if_missing: bool = False,
    numbers: Numbers = DEFAULT_NUMBERS,
    form: Form = DEFAULT_FORM,
    period: PeriodOptions = DEFAULT_PERIOD,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the messages of a conversation, with their latest status.

    The output is a table on a terminal, and JSON lines elsewhere.

    For example:

        ip1 messages 46712345678 --order desc --max-items 20
        ip1 messages 46712345678 --cursor-file new.cursor >>messages.jsonl

    Args:
        participant: A number with country code, or a sender name.
        direction: mt lists outgoing messages only, mo incoming messages only.
        show_id: Show the ids of the messages in the table.
        fail_if_missing: Exit with 1 if there is no such conversation.
        numbers: How the number is written.
        form: What the output looks like.
        period: From when, and until when.
        paging: What to read.
        connection: How to reach the API.
    """
    participant = numbers.read(participant)
    moments = await period.moments(data=form.json)
    async with Place.of(paging) as place, await connection.client() as client:
        cursor = place.arguments.pop("cursor")
        pager = client.v2.conversations.list_messages(
            participant, direction=direction, **moments, **place.arguments
        )
        if cursor is not None:
            pager._resume(cursor)  # noqa: SLF001  # nobody else may give since and cursor
        await show_list(pager, conversation_sheet(participant, show_id=show_id), form, place)
        if pager.not_found:
            reason = await explain_missing(client)
            if fail_if_missing:
                raise IP1Error(reason)
            note(reason)


async def explain_missing(client: Client) -> str:
    """Tell an unknown number from a wrong base URL: under the right one, there are batches."""
    batches = client.v2.batches.list(max_items=1)
    try:
        await batches.first()
    except IP1Error:
        return "no messages (a wrong base URL looks the same)"
    if batches.not_found:
        return "no messages, and no batches either: the base URL may be wrong"
    return "no messages with this number or name; the base URL is right"


async def summary(
    participant: str,
    /,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    form: Form = DEFAULT_FORM,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Count the messages and segments of a conversation.

    The output is tables on a terminal, and JSON elsewhere.

    For example:

        ip1 summary 46712345678
        ip1 summary 070-1234567 --country SE

    Args:
        participant: A number with country code, or a sender name.
        numbers: How the number is written.
        form: What the output looks like.
        connection: How to reach the API.
    """
    participant = numbers.read(participant)
    async with await connection.client() as client:
        try:
            found = await client.v2.conversations.get_summary(participant)
        except NotFoundError:
            found = None
        if found is None:
            raise IP1Error(await explain_missing(client))
        await _show(found, draw_summary, form)


async def batch(
    batch_id: str,
    message_id: str | None = None,
    /,
    *,
    show_id: ShowId = False,
    form: Form = DEFAULT_FORM,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the messages of a batch, or show one with its whole status history.

    The output is a table on a terminal, and JSON lines elsewhere.

    For example:

        ip1 batch 5bc86b6e85c7209830f96936 --id
        ip1 batch 5bc86b6e85c7209830f96936 fba0e640b7dfbab9bcadc90a

    Args:
        batch_id: Id of the batch.
        message_id: Id of one of its messages; the paging options then have no effect.
        show_id: Show the ids of the messages in the table.
        form: What the output looks like.
        paging: What to read.
        connection: How to reach the API.
    """
    async with Place.of(paging) as place, await connection.client() as client:
        batches = client.v2.batches
        if message_id is None:
            pager = batches.list_messages(batch_id, **place.arguments)
            await show_list(pager, batch_sheet(show_id=show_id), form, place)
        else:
            await _show(await batches.get_message(batch_id, message_id), draw_details, form)


async def bundle(
    bundle_id: str,
    message_id: str | None = None,
    /,
    *,
    form: Form = DEFAULT_FORM,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the RCS messages of a bundle, or show one.

    The output is a table on a terminal, and JSON lines elsewhere.

    For example:

        ip1 bundle 65eb3d14f784682890abc24f

    Args:
        bundle_id: Id of the bundle.
        message_id: Id of one of its messages; the paging options then have no effect.
        form: What the output looks like.
        paging: What to read.
        connection: How to reach the API.
    """
    async with Place.of(paging) as place, await connection.client() as client:
        bundles = client.v3.bundles
        if message_id is None:
            pager = bundles.list_messages(bundle_id, **place.arguments)
            await show_list(pager, bundle_sheet(), form, place)
        else:
            await _show(await bundles.get_message(bundle_id, message_id), draw_details, form)


async def _show(model: Any, draw: Callable[[Any], str], form: Form) -> None:
    if form.is_table():
        await write(draw(model))
    else:
        await write(json_line(model), "utf-8")


async def show_list(pager: Pager[T], sheet: Sheet[T], form: Form, place: Place) -> None:
    """Write a listing as a table or as JSON lines; if it is stopped, say how it goes on."""
    try:
        with progress("reading", shown=True) as advance:
            if not form.is_table():
                await _stream(pager, partial(write, encoding="utf-8"), json_lines, place, advance)
            elif place.file is None:
                async with paged() as put:
                    await _stream(pager, put, sheet.draw, place, advance)
            else:  # a pager would keep what the file counts as written
                await _stream(pager, write, sheet.draw, place, advance)
    except asyncio.CancelledError:
        complain(*await place.go_on())
        raise
    except BrokenPipeError:
        raise
    except (IP1Error, OSError) as error:
        for line in await place.go_on() if place.done else ():
            error.add_note(line)
        raise


def json_lines(items: Iterable[Any]) -> str:
    """Write models as JSON lines."""
    return "".join(map(json_line, items))


async def _stream(
    pager: Pager[T],
    put: Put,
    draw: Callable[[Iterable[T]], str],
    place: Place,
    advance: Callable[[int, int | None], None],
) -> None:
    async def hand_over(page: Page[T]) -> None:
        await put(draw(page.items) if page.items else "")
        await place.reach(page.cursor, len(page.items))

    async for page in pager.pages():
        await finish(hand_over(page))
        advance(place.done, pager.estimated_total)
