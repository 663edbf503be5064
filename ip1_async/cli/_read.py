"""The commands that read: `messages`, `summary`, `batch` and `bundle`."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

from ip1_async import IP1Error, Pager
from ip1_async.cli._options import DEFAULT_CONNECTION, DEFAULT_PAGING, Connection, PagingOptions
from ip1_async.cli._output import json_line, note, progress, write
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions
from ip1_async.cli._tables import (
    Sheet,
    batch_sheet,
    bundle_sheet,
    conversation_sheet,
    draw_details,
    draw_summary,
)

T = TypeVar("T")


async def messages(
    participant: str,
    /,
    *,
    direction: Literal["mt", "mo"] | None = None,
    json: bool = False,
    period: PeriodOptions = DEFAULT_PERIOD,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the messages of a conversation, with their latest status.

    The output is a table on a terminal, and JSON lines elsewhere.

    Args:
        participant: A number with country code, or a sender name.
        direction: mt lists outgoing messages only, mo incoming messages only.
        json: Write JSON lines on a terminal, too.
        period: From when, and until when.
        paging: What to read.
        connection: How to reach the API.
    """
    moments = await period.moments(data=json)
    async with await connection.client() as client:
        pager = client.v2.conversations.list_messages(
            participant, direction=direction, **moments, **paging.arguments()
        )
        await show_list(pager, conversation_sheet(participant), json=json)
        if pager.not_found:
            note("no messages (a wrong base URL looks the same)")


async def summary(
    participant: str,
    /,
    *,
    json: bool = False,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Count the messages and segments of a conversation.

    The output is tables on a terminal, and JSON elsewhere.

    Args:
        participant: A number with country code, or a sender name.
        json: Write JSON on a terminal, too.
        connection: How to reach the API.
    """
    async with await connection.client() as client:
        await _show(await client.v2.conversations.get_summary(participant), draw_summary, json=json)


async def batch(
    batch_id: str,
    message_id: str | None = None,
    /,
    *,
    json: bool = False,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the messages of a batch, or show one with its whole status history.

    The output is a table on a terminal, and JSON lines elsewhere.

    Args:
        batch_id: Id of the batch.
        message_id: Id of one of its messages; the paging options then have no effect.
        json: Write JSON lines on a terminal, too.
        paging: What to read.
        connection: How to reach the API.
    """
    async with await connection.client() as client:
        batches = client.v2.batches
        if message_id is None:
            pager = batches.list_messages(batch_id, **paging.arguments())
            await show_list(pager, batch_sheet(), json=json)
        else:
            await _show(await batches.get_message(batch_id, message_id), draw_details, json=json)


async def bundle(
    bundle_id: str,
    message_id: str | None = None,
    /,
    *,
    json: bool = False,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the RCS messages of a bundle, or show one.

    The output is a table on a terminal, and JSON lines elsewhere.

    Args:
        bundle_id: Id of the bundle.
        message_id: Id of one of its messages; the paging options then have no effect.
        json: Write JSON lines on a terminal, too.
        paging: What to read.
        connection: How to reach the API.
    """
    async with await connection.client() as client:
        bundles = client.v3.bundles
        if message_id is None:
            pager = bundles.list_messages(bundle_id, **paging.arguments())
            await show_list(pager, bundle_sheet(), json=json)
        else:
            await _show(await bundles.get_message(bundle_id, message_id), draw_details, json=json)


async def _show(model: Any, draw: Callable[[Any], str], *, json: bool) -> None:
    if json or not sys.stdout.isatty():
        await write(json_line(model), "utf-8")
    else:
        await write(draw(model))


async def show_list(pager: Pager[T], sheet: Sheet[T], *, json: bool) -> None:
    """Write a listing as a table on a terminal, as JSON lines elsewhere."""
    if json or not sys.stdout.isatty():
        await _stream(pager, json_lines, "utf-8")
    else:
        await _stream(pager, sheet.draw, None)


def json_lines(items: Iterable[Any]) -> str:
    """Write models as JSON lines."""
    return "".join(map(json_line, items))


async def _stream(
    pager: Pager[T], draw: Callable[[Iterable[T]], str], encoding: str | None
) -> None:
    """Write page by page; if it is stopped in the middle, show the cursor to resume from."""
    done = 0
    try:
        # A bar would tear a table that goes to the same terminal.
        with progress("reading", shown=not sys.stdout.isatty()) as advance:
            async for page in pager.pages():
                done += len(page.items)
                await write(draw(page.items) if page.items else "", encoding)
                advance(done, pager.estimated_total)
    except asyncio.CancelledError:
        note(*_resume(pager, done))
        raise
    except IP1Error as error:
        for line in _resume(pager, done):
            error.add_note(line)
        raise


def _resume(pager: Pager[Any], done: int) -> list[str]:
    return [f"resume with --cursor {pager.cursor}"] if done else []
