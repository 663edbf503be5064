"""What an account has: `batches`, `bundles`, `senders` and `blacklist`."""

from collections.abc import Sequence
from typing import TypeVar

from ip1_async import Pager
from ip1_async.cli._less import paged
from ip1_async.cli._numbers import DEFAULT_NUMBERS, Numbers
from ip1_async.cli._options import (
    DEFAULT_CONNECTION,
    DEFAULT_FORM,
    DEFAULT_PAGING,
    Connection,
    Form,
    PagingOptions,
)
from ip1_async.cli._output import note, write
from ip1_async.cli._read import json_lines, show_list
from ip1_async.cli._resume import Place
from ip1_async.cli._tables import (
    Sheet,
    batches_sheet,
    blacklist_sheet,
    bundles_sheet,
    senders_sheet,
)

T = TypeVar("T")


async def batches(
    *,
    form: Form = DEFAULT_FORM,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the batches of the account, oldest first.

    A table on a terminal, JSON lines elsewhere.

    For example:

        ip1 batches --order desc --max-items 20

    Args:
        form: What the output looks like.
        paging: What to read.
        connection: How to reach the API.
    """
    async with Place.of(paging) as place, await connection.client() as client:
        pager = client.v2.batches.list(**place.arguments)
        await show_list(pager, batches_sheet(), form, place)


async def bundles(
    *,
    tag: str | None = None,
    form: Form = DEFAULT_FORM,
    paging: PagingOptions = DEFAULT_PAGING,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the RCS bundles of the account, oldest first.

    A table on a terminal, JSON lines elsewhere.

    For example:

        ip1 bundles --tag summer

    Args:
        tag: Only those that have this tag.
        form: What the output looks like.
        paging: What to read.
        connection: How to reach the API.
    """
    async with Place.of(paging) as place, await connection.client() as client:
        pager = client.v3.bundles.list(tag=tag, **place.arguments)
        await show_list(pager, bundles_sheet(), form, place)


async def senders(
    *,
    register: Sequence[str] = (),
    remove: Sequence[str] = (),
    form: Form = DEFAULT_FORM,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the registered senders, after registering or removing some.

    A table on a terminal, JSON lines elsewhere.

    For example:

        ip1 senders --register Shop

    Args:
        register: Sender to register first; may be given several times.
        remove: Sender to remove first; may be given several times.
        form: What the output looks like.
        connection: How to reach the API.
    """
    async with await connection.client() as client:
        for name in register:
            await client.v2.senders.register(name)
            note(f"registered {name}")
        for name in remove:
            await client.v2.senders.remove(name)
            note(f"removed {name}")
        await _show_all(client.v2.senders.list(), senders_sheet(), form)


async def blacklist(
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    numbers: Numbers = DEFAULT_NUMBERS,
    form: Form = DEFAULT_FORM,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """List the numbers that get no messages, after adding or removing some.

    A table on a terminal, JSON lines elsewhere.

    For example:

        ip1 blacklist --add 46701234567

    Args:
        add: Number to add first; may be given several times.
        remove: Number to remove first; may be given several times.
        numbers: How the numbers are written.
        form: What the output looks like.
        connection: How to reach the API.
    """
    added, removed = [*map(numbers.read, add)], [*map(numbers.read, remove)]
    async with await connection.client() as client:
        for number in added:
            await client.v2.blacklist.add(number)
            note(f"added {number}")
        for number in removed:
            await client.v2.blacklist.remove(number)
            note(f"removed {number}")
        await _show_all(client.v2.blacklist.list(), blacklist_sheet(), form)


async def _show_all(pager: Pager[T], sheet: Sheet[T], form: Form) -> None:
    """Write a list that no run resumes in its middle."""
    items = await pager.collect()
    if form.is_table():
        async with paged() as put:
            await put(sheet.draw(items))
    else:
        await write(json_lines(items), "utf-8")
