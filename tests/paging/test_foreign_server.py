"""The pager's promises, held over HTTP against a server that knows nothing of this client."""

import asyncio
import json
import math
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import foreign_server as f
import pytest
from foreign_server import NUMBER, ForeignServer

from ip1_async import Client, Message, Pager, PaginationError, ServerError, TransportError, archive

ORDERS = pytest.mark.parametrize("order", ["ASC", "DESC"])
COUNT = 2000
# A server whose only change is what is named; each takes a liberty.
LIBERTIES: dict[str, dict[str, Any]] = {
    "none": {},
    "one item first": {"sizes": lambda: f.once(1, 1)},
    "one item third": {"sizes": lambda: f.once(1, 3)},
    "sizes in turn": {"sizes": lambda: f.in_turn(80, 120, 200)},
    "sizes in turn, next": {"sizes": lambda: f.in_turn(80, 120, 200), "links": ["next"]},
    "sizes in turn, last": {"sizes": lambda: f.in_turn(80, 120, 200), "links": ["last"]},
    "sizes in turn, no links": {"sizes": lambda: f.in_turn(80, 120, 200), "links": []},
    "sizes fall, no links": {"sizes": lambda: f.in_turn(200, 120, 80), "links": []},
    "random sizes": {"sizes": lambda: f.at_random(2, 200, 1)},
    "random sizes, next": {"sizes": lambda: f.at_random(2, 200, 2), "links": ["next"]},
    "random sizes, no links": {"sizes": lambda: f.at_random(50, 200, 3), "links": []},
    "capped by bytes": {"sizes": lambda: f.up_to_bytes(12_000)},
    "capped by bytes, next": {"sizes": lambda: f.up_to_bytes(30_000), "links": ["next"]},
    "clamped": {"sizes": lambda: f.in_turn(50)},
    "clamped, no links": {"sizes": lambda: f.in_turn(60), "links": []},
    "next only": {"links": ["next"]},
    "last only": {"links": ["last"]},
    "last only, another grid": {"links": ["last"], "grid": 50},
    "last, another grid": {"grid": 50},
    "no links": {"links": []},
    "no links, [] past the end": {"links": [], "past_end": 200},
    "from 1": {"first": 1},
    "from 1, next": {"first": 1, "links": ["next"]},
    "from 1, no links, sizes in turn": {
        "first": 1,
        "links": [],
        "sizes": lambda: f.in_turn(80, 120, 200),
    },
    "ignores paging": {"ignores_paging": True},
    "empty once": {"empty": [4]},
    "empty once, next": {"empty": [4], "links": ["next"]},
}


def foreign(liberty: str, rows: list[f.Row] | None = None) -> ForeignServer:
    """Make the server that takes this liberty."""
    options = dict(LIBERTIES[liberty])
    if sizes := options.pop("sizes", None):
        options["sizes"] = sizes()
    return ForeignServer(rows if rows is not None else f.ids(COUNT), **options)


def minimum(count: int, page: int = 200) -> int:
    """Say how many pages that overlap by one message make so many."""
    return math.ceil((count - 1) / (page - 1))


Listing = Callable[..., Pager[Message]]


@asynccontextmanager
async def opened(server: ForeignServer, **options: Any) -> AsyncIterator[Listing]:
    """Serve, and give what makes pagers."""
    options = {"retry_for": 0, "rate_limit": None, **options}
    async with server, Client("t", v2_url=server.url, **options) as client:
        yield lambda **paging: client.v2.conversations.list_messages(NUMBER, **paging)


async def take(pager: Pager[Message], got: list[str | None], most: int | None = None) -> None:
    """Read on, item by item."""
    while most is None or len(got) < most:
        try:
            got.append((await anext(pager)).id)
        except StopAsyncIteration:
            return


async def read(server: ForeignServer, *, concurrency: int = 16, **paging: Any) -> list[str | None]:
    """Read the conversation."""
    async with opened(server, concurrency=concurrency) as listing:
        return [message.id async for message in listing(**paging)]


def view(server: ForeignServer, order: str) -> list[f.Row]:
    """Give the ids in this order."""
    return server.rows if order == "ASC" else server.rows[::-1]


def judge(got: list[str | None], always: list[f.Row]) -> None:
    """Who was there all the time came exactly once and in order, and nobody came twice."""
    assert len(got) == len(set(got)), f"{len(got) - len(set(got))} repeats"
    there = set(always)
    came = [item for item in got if item in there]
    assert len(came) == len(always), f"{len(always) - len(came)} of {len(always)} are missing"
    assert came == always


@ORDERS
@pytest.mark.parametrize("liberty", LIBERTIES)
async def test_every_liberty(liberty: str, order: str) -> None:
    """Every message comes once, by item, by page and at once, whatever an answer looks like."""
    async with opened(server := foreign(liberty)) as listing:
        judge([message.id async for message in listing(order=order)], view(server, order))
    async with opened(server := foreign(liberty)) as listing:
        pages = [page.items async for page in listing(order=order).pages()]
        judge([message.id for items in pages for message in items], view(server, order))
    async with opened(server := foreign(liberty)) as listing:
        found = await listing(order=order).collect()
        judge([message.id for message in found], view(server, order))


@pytest.mark.parametrize("liberty", LIBERTIES)
async def test_archive_every_liberty(liberty: str, tmp_path: Path) -> None:
    """An archive has every message once, whatever an answer looks like."""
    async with (
        foreign(liberty) as server,
        Client("t", v2_url=server.url, retry_for=0, rate_limit=None) as client,
    ):
        [result] = await archive(client, [NUMBER], tmp_path)
    assert result.error is None
    lines = result.path.read_bytes().splitlines()
    judge([json.loads(line)["id"] for line in lines], server.rows)


@pytest.mark.parametrize("liberty", LIBERTIES)
async def test_resume_every_liberty(liberty: str) -> None:
    """A cursor resumes just after the last message consumed, whatever an answer looks like."""
    async with opened(server := foreign(liberty)) as listing:
        got: list[str | None] = []
        cursor = None
        for stop in (1, 90, 530, 1199, COUNT):
            pager = listing(cursor=cursor)
            await take(pager, got, stop)
            cursor = pager.cursor
            await pager.aclose()
        judge(got, server.rows)


@pytest.mark.parametrize("count", [981, 1000, 3999, 4000, 4001])
@pytest.mark.parametrize("grid", [None, 20, 100, 200])
async def test_last_without_next(count: int, grid: int | None) -> None:
    """A page that reaches the server's last one is not the end of the list."""
    server = ForeignServer(f.ids(count), links=["last"], grid=grid)
    judge(await read(server, page_size=50), server.rows)


@ORDERS
@pytest.mark.parametrize("links", [[], ["next"], ["last"], ["next", "last"]])
@pytest.mark.parametrize("at", [0, 50, 199, 999])
async def test_row_printed_twice(at: int, links: list[str], order: str) -> None:
    """A row that the server prints twice comes once, and what follows it comes, too."""
    rows = f.ids(1000)
    server = ForeignServer(sorted([*rows, rows[at]]), links=links)  # type: ignore[type-var]
    judge(await read(server, order=order), rows if order == "ASC" else rows[::-1])


@pytest.mark.parametrize("links", [["next"], ["next", "last"]])
async def test_empty_page_in_the_middle(links: list[str]) -> None:
    """A page without a visible row that says `next` is not the end."""
    hidden: list[f.Row] = [None] * 600
    server = ForeignServer([*f.ids(1000), *hidden, *f.ids(1000, "n")], links=links)
    judge(await read(server), [row for row in server.rows if row])


# What moves


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
SIZES = pytest.mark.parametrize("size", [1, 150, 199, 700, 2500, 3900])
Change = Callable[[list[f.Row], int], None]


@ORDERS
@CHANGES
@SIZES
@pytest.mark.parametrize("moment", [2, 12])
async def test_one_change(change: Change, size: int, moment: int, order: str) -> None:
    """After one change of any size the rest takes its pages, and a search for the place."""
    server = ForeignServer(f.ids(4000))
    before, unread = list(server.rows), 0

    def move(number: int) -> None:
        nonlocal unread
        if number == moment:
            seen = set(view(server, order)[: 199 * (moment - 1) + 1])
            change(server.rows, size)
            unread = len(set(server.rows) - seen)

    server.before = move
    got = await read(server, order=order, concurrency=1)
    there = set(server.rows)
    judge(got, [row for row in (before if order == "ASC" else before[::-1]) if row in there])
    search = 2 * math.log2(minimum(4000)) + 8
    assert len(server.requests) <= moment - 1 + minimum(unread + 1) + search


@ORDERS
@CHANGES
@SIZES
async def test_one_change_under_way(change: Change, size: int, order: str) -> None:
    """One change of any size while 16 pages are in flight costs no message."""
    server = ForeignServer(f.ids(5000))
    before = view(server, order)[:]
    server.before = lambda number: change(server.rows, size) if number == 9 else None
    got = await read(server, order=order)
    there = set(server.rows)
    judge(got, [row for row in before if row in there])


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("keep", [0, 1, 400, 1000, 1450])
@pytest.mark.parametrize("links", [["next", "last"], []])
async def test_rest_purged(keep: int, concurrency: int, links: list[str]) -> None:
    """Newest first, what was read last and all that follows goes: that is the end, no repeats."""
    async with opened(
        server := ForeignServer(f.ids(6000), links=links), concurrency=concurrency
    ) as listing:
        pager, got = listing(order="DESC"), list[str | None]()
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
    ("block", "page", "factor"), [(3, 200, 2.0), (30, 100, 2.5), (100, 200, math.inf)]
)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [1000, 4000])
async def test_ties_at_every_request(
    block: int, page: int, factor: float, seed: int, count: int
) -> None:
    """Messages of one second that change places at every request all come, or are counted."""
    server, rng, got = ForeignServer(f.ids(count)), random.Random(seed), list[str | None]()
    server.before = lambda _: f.shuffle(server.rows, block, rng)
    missing = 0
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


# What interrupts


async def step(work: Any, stop: dict[str, Any]) -> Any:
    """Run until done or interrupted: give the result, or the interruption."""
    stop["task"] = task = asyncio.ensure_future(work)
    await asyncio.wait([task])
    if task.cancelled():
        return asyncio.CancelledError()
    error = task.exception()
    if error is None or isinstance(error, (ServerError, TransportError)):
        return error or task.result()
    raise error


def interrupt(server: ForeignServer, kind: str, moment: int, stop: dict[str, Any]) -> None:
    """Let something happen at one request, besides what happens anyway."""
    anyway = server.before

    def before(number: int) -> None:
        anyway(number)
        if number == moment:
            stop["task"].cancel()

    if kind == "cancel":
        server.before = before
    else:
        server.faults[moment] = kind  # type: ignore[assignment]


KINDS = pytest.mark.parametrize("kind", ["503", "reset", "cancel", "hang"])


@KINDS
@ORDERS
@pytest.mark.parametrize("concurrency", [1, 16])
async def test_interrupted_anywhere(kind: str, order: str, concurrency: int) -> None:
    """An interruption at any request, also of a search, leaves a pager that goes on."""
    for moment in range(1, 30, 3 if kind == "hang" else 1):
        stop: dict[str, Any] = {}
        server = ForeignServer(f.ids(1000))
        before = view(server, order)[:]
        change = purge if order == "ASC" else arrive
        server.before = lambda number, rows=server.rows, change=change: (
            change(rows, 430) if number == 12 else None
        )
        interrupt(server, kind, moment, stop)
        got: list[str | None] = []
        async with opened(server, timeout=0.2, concurrency=concurrency) as listing:
            pager = listing(order=order, page_size=50)
            for _ in range(5):
                if await step(take(pager, got), stop) is None:
                    break
            await pager.aclose()
        there = set(server.rows)
        judge(got, [row for row in before if row in there])


@KINDS
@pytest.mark.parametrize("moment", [1, 3, 9])
async def test_collect_again(kind: str, moment: int) -> None:
    """A collect that was interrupted begins, called again, where it first began."""
    server, stop, got = ForeignServer(f.ids(1000)), dict[str, Any](), list[str | None]()
    async with opened(server, timeout=0.5) as listing:
        pager = listing(page_size=100)
        if moment > 1:
            await take(pager, got, 30)
        interrupt(server, kind, moment, stop)
        found = await step(pager.collect(), stop)
        assert isinstance(found, BaseException)
        got += [message.id for message in await pager.collect()]
    judge(got, server.rows)


@pytest.mark.parametrize("gone", [(1100, 1200), (700, 1300), (0, 1200)])
@ORDERS
async def test_cursor_lost(gone: tuple[int, int], order: str) -> None:
    """A cursor none of whose last 100 messages is left is a typed error, and no new beginning."""
    from ip1_async import CursorLostError  # noqa: PLC0415

    async with opened(server := ForeignServer(f.ids(2000))) as listing:
        pager, got = listing(order=order), list[str | None]()
        await take(pager, got, 1200)
        await pager.aclose()
        there = view(server, order)
        del there[slice(*gone)]
        server.rows = there if order == "ASC" else there[::-1]
        with pytest.raises(CursorLostError):
            await anext(listing(order=order, cursor=pager.cursor))


# What it costs


OVERRUN = 16


@pytest.mark.parametrize("count", [1000, 4000, 8000, 8160])
@pytest.mark.parametrize(
    ("links", "more"),
    [
        (["next", "last"], 1),
        (["next"], 1 + OVERRUN),
        (["last"], 2 + OVERRUN),
        ([], 2 + OVERRUN),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
async def test_requests_at_rest(count: int, links: list[str], more: int, first: int) -> None:
    """A list at rest takes its pages, and a look past its end where nothing names it."""
    server = ForeignServer(f.ids(count), links=links, first=first)
    judge(await read(server), server.rows)
    assert len(server.requests) <= minimum(count) + more


@pytest.mark.parametrize("count", [1, 2, 49])
async def test_one_request(count: int) -> None:
    """A first page below the API's default size is the end."""
    server = ForeignServer(f.ids(count), links=[])
    judge(await read(server), server.rows)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("order", "more"), [("ASC", 1), ("DESC", 3)])
async def test_requests_of_a_growing_list(order: str, more: int) -> None:
    """A list that grows by one message with every request takes hardly more than its pages."""
    server = ForeignServer(f.ids(4000))
    before = view(server, order)[:]
    server.before = lambda number: server.rows.append(f"n{number:05}")
    judge(await read(server, order=order), before)
    assert len(server.requests) <= minimum(len(server.rows)) + more


@pytest.mark.parametrize("links", [["next", "last"], ["next"]])
@pytest.mark.parametrize("seed", range(3))
async def test_requests_of_random_sizes(links: list[str], seed: int) -> None:
    """Sizes from 2 to 200 at random cost at most twice the answers that they need."""
    server = ForeignServer(f.ids(8000), links=links, sizes=f.at_random(2, 200, seed))
    judge(await read(server), server.rows)
    assert len(server.requests) <= 2 * minimum(8000, 101)
