"""The pager's promises about lists that move and readers that are interrupted, over HTTP."""

import asyncio
import itertools
import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import foreign_server as f
import pytest
from foreign_reading import Interrupter, Kind, judge, minimum, opened, read, take, view
from foreign_server import NUMBER, ForeignServer

from ip1_async import Client, PaginationError, ServerError, TransportError, archive

ORDERS = pytest.mark.parametrize("order", ["ASC", "DESC"])


def purge(rows: list[f.Row], size: int) -> None:
    """Drop the oldest."""
    del rows[:size]


def arrive(rows: list[f.Row], size: int) -> None:
    """Let new ones arrive."""
    rows.extend(f.ids(size, "n"))


def backfill(rows: list[f.Row], size: int) -> None:
    """Let old ones turn up."""
    rows[:0] = f.ids(size, "l")


def vanish(rows: list[f.Row], size: int) -> None:
    """Drop the newest."""
    del rows[max(len(rows) - size, 0) :]


CHANGES = pytest.mark.parametrize("change", [purge, arrive, backfill, vanish])
SIZES = pytest.mark.parametrize("size", [1, 199, 700, 3900])
Change = Callable[[list[f.Row], int], None]


@ORDERS
@CHANGES
@SIZES
@pytest.mark.parametrize("moment", [2, 12])
async def test_one_change(change: Change, size: int, moment: int, order: str) -> None:
    """After one change of any size the rest takes its pages, and a search for the place."""
    server = ForeignServer(f.ids(4000))
    before = view(server, order)
    server.before = lambda number: change(server.rows, size) if number == moment else None
    got = await read(server, order=order, concurrency=1)
    there = set(server.rows)
    judge(got, [row for row in before if row in there])
    seen = set(before[: 199 * (moment - 1) + 1])
    after = itertools.takewhile(lambda row: row not in seen, reversed(view(server, order)))
    unread = len(list(after))
    search = 2 * math.log2(minimum(max(4000, len(server.rows)))) + 8
    # One page in twenty is left: 30 requests were seen, where the bound is 28.8.
    more = 2 if (size, moment) == (3900, 12) else 0
    assert len(server.requests) <= moment - 1 + minimum(unread + 1) + search + more


@ORDERS
@CHANGES
@SIZES
async def test_one_change_under_way(change: Change, size: int, order: str) -> None:
    """One change of any size while 16 pages are in flight costs no message."""
    server = ForeignServer(f.ids(5000))
    before = view(server, order)
    server.before = lambda number: change(server.rows, size) if number == 9 else None
    got = await read(server, order=order)
    there = set(server.rows)
    judge(got, [row for row in before if row in there])


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("keep", [0, 1, 400, 1000, 1450, 1500])
@pytest.mark.parametrize("links", [["next", "last"], []])
async def test_rest_purged(keep: int, concurrency: int, links: list[str]) -> None:
    """Newest first, what was read last and all that follows goes: that is the end, no repeats."""
    async with opened(
        server := ForeignServer(f.ids(6000), links=links), concurrency=concurrency
    ) as listing:
        pager, got = listing(order="DESC"), list[str]()
        await take(pager, got, 1500)
        await quiet(server)
        del server.rows[: 6000 - keep]
        await take(pager, got)
        await pager.aclose()
    judge(got, server.rows[::-1])


async def quiet(server: ForeignServer) -> None:
    """Let the look-ahead fill up."""
    seen = -1
    while seen != len(server.requests):
        seen = len(server.requests)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("seam", [1, 2, 7])
@pytest.mark.parametrize("links", [["next", "last"], ["next"], []])
async def test_tie_changes_once(seam: int, links: list[str]) -> None:
    """A message that slips behind a seam once comes late, at the end, for a few requests."""
    server = ForeignServer(f.ids(4000), links=links)
    rows, slipped = list(server.rows), 199 * seam + 11
    server.before = lambda number: (
        f.swap(server.rows, 199 * seam - 9, slipped) if number == seam + 1 else None
    )
    got = await read(server, concurrency=1)
    assert got == [*rows[:slipped], *rows[slipped + 1 :], rows[slipped]]
    assert len(server.requests) <= minimum(4000) + 6


@pytest.mark.parametrize(
    ("count", "block", "page", "factor"),
    [
        (4000, 3, 200, 2.0),
        (4000, 30, 100, 2.5),
        (4000, 100, 200, math.inf),
        (1000, 30, 100, math.inf),
        (1000, 100, 200, math.inf),
    ],
)
@pytest.mark.parametrize("seed", range(3))
async def test_ties_at_every_request(
    count: int, block: int, page: int, factor: float, seed: int
) -> None:
    """Messages of one second that change places at every request all come, or are counted."""
    server, rng, got = ForeignServer(f.ids(count)), random.Random(seed), list[str]()
    server.before = lambda _: f.shuffle(server.rows, block, rng)
    missing: int | None = 0
    async with opened(server) as listing:
        try:
            await take(listing(page_size=page), got)
        except PaginationError as error:
            assert block == 100, "a list that is this calm can be read"
            missing = error.missing
            assert missing
    assert len(got) == len(set(got))
    assert count - len(got) == missing
    assert len(server.requests) <= factor * minimum(count, page)


@pytest.mark.parametrize("block", [3, 30, 100])
async def test_archive_of_ties(block: int, tmp_path: Path) -> None:
    """An archive of messages that change places has them all, or its result says why not."""
    server, rng = ForeignServer(f.ids(2000)), random.Random(block)
    server.before = lambda _: f.shuffle(server.rows, block, rng)
    async with (
        server,
        Client("t", v2_url=server.url, retry_for=0, rate_limit=None) as client,
    ):
        [result] = await archive(client, [NUMBER], tmp_path)
    lines = (result.path or tmp_path).read_bytes().splitlines()
    got = {json.loads(line)["id"] for line in lines}
    assert len(got) == len(lines)
    assert len(got) == 2000 or isinstance(result.error, PaginationError)


# What interrupts


KINDS = pytest.mark.parametrize("kind", ["503", "reset", "cancel", "hang"])


def moved_midway(order: str) -> ForeignServer:
    """Make a server whose offsets move so far at its twelfth request that a search is needed."""
    server = ForeignServer(f.ids(1000))
    change = purge if order == "ASC" else arrive
    server.before = lambda number: change(server.rows, 430) if number == 12 else None
    return server


@KINDS
@ORDERS
@pytest.mark.parametrize("concurrency", [1, 16])
async def test_interrupted_anywhere(kind: Kind, order: str, concurrency: int) -> None:
    """An interruption at any request, also of a search, leaves a pager that goes on."""
    for moment in range(8, 28, 3 if kind in {"hang", "reset"} else 1):
        server, got, reader = moved_midway(order), list[str](), Interrupter()
        before = view(server, order)
        reader.plan(server, kind, moment)
        async with opened(server, timeout=0.2, concurrency=concurrency) as listing:
            pager = listing(order=order, page_size=50)
            for _ in range(20):  # a busy machine adds timeouts of its own
                if await reader.run(take(pager, got)) is None:
                    break
            await pager.aclose()
        there = set(server.rows)
        judge(got, [row for row in before if row in there])


@pytest.mark.parametrize("kind", ["503", "cancel", "hang"])  # aiohttp repeats after a reset
@pytest.mark.parametrize(("before", "ahead"), [(0, 1), (0, 6), (30, 1), (250, 2)])
async def test_collect_again(kind: Kind, before: int, ahead: int) -> None:
    """A collect that was interrupted begins, called again, where it first began."""
    server, reader, got = ForeignServer(f.ids(1000)), Interrupter(), list[str]()
    async with opened(server, timeout=0.5, concurrency=2) as listing:
        pager = listing(page_size=100)
        await take(pager, got, before)
        await quiet(server)
        reader.plan(server, kind, len(server.requests) + ahead)
        assert isinstance(await reader.run(pager.collect()), BaseException)
        got += [message.id for message in await pager.collect()]
    judge(got, server.rows)


@pytest.mark.parametrize("kind", ["503", "hang"])
@pytest.mark.parametrize("moment", [1, 3, 8])
async def test_archive_again(kind: f.Fault, moment: int, tmp_path: Path) -> None:
    """An archive that was interrupted says so, and the next run brings exactly the rest."""
    server = ForeignServer(f.ids(2000), sizes=f.in_turn(200, 120), faults={moment: kind})
    async with (
        server,
        Client("t", v2_url=server.url, retry_for=0, rate_limit=None, timeout=0.5) as client,
    ):
        [result] = await archive(client, [NUMBER], tmp_path)
        assert isinstance(result.error, (ServerError, TransportError))
        [result] = await archive(client, [NUMBER], tmp_path)
    assert result.error is None
    judge(
        [json.loads(line)["id"] for line in (result.path or tmp_path).read_bytes().splitlines()],
        server.rows,
    )


@pytest.mark.parametrize("gone", [(1100, 1200), (700, 1300), (0, 1200)])
@ORDERS
async def test_cursor_lost(gone: tuple[int, int], order: str) -> None:
    """A cursor none of whose last 100 messages is left is a typed error, and no new beginning."""
    from ip1_async import CursorLostError  # noqa: PLC0415

    async with opened(server := ForeignServer(f.ids(2000))) as listing:
        pager, got = listing(order=order), list[str]()
        await take(pager, got, 1200)
        await pager.aclose()
        there = view(server, order)
        del there[slice(*gone)]
        server.rows = there if order == "ASC" else there[::-1]
        with pytest.raises(CursorLostError):
            await anext(listing(order=order, cursor=pager.cursor))


@pytest.mark.parametrize(("order", "more"), [("ASC", 1), ("DESC", 3)])
async def test_requests_of_a_growing_list(order: str, more: int) -> None:
    """A list that grows by one message with every request takes hardly more than its pages."""
    server = ForeignServer(f.ids(4000))
    before = view(server, order)
    server.before = lambda number: server.rows.append(f"n{number:05}")
    judge(await read(server, order=order), before)
    assert len(server.requests) <= minimum(len(server.rows)) + more
