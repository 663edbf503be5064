"""The pager's promises about lists at rest, over HTTP, for all liberties of a server."""

import json
from pathlib import Path
from typing import Any

import foreign_server as f
import pytest
from foreign_reading import judge, minimum, opened, read, take, view
from foreign_server import NUMBER, ForeignServer

from ip1_async import Client, archive

ORDERS = pytest.mark.parametrize("order", ["ASC", "DESC"])
COUNT = 1200
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


@ORDERS
@pytest.mark.parametrize("liberty", LIBERTIES)
async def test_every_liberty(liberty: str, order: str) -> None:
    """Every message comes once, by item, by page and by `collect`, for all kinds of answers."""
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
    """An archive has every message once, and brought up to date the new ones, too."""
    async with (
        foreign(liberty) as server,
        Client("t", v2_url=server.url, retry_for=0, rate_limit=None) as client,
    ):
        for new in ("", "n", "o"):
            server.rows.extend(f.ids(330, new) if new else [])
            [result] = await archive(client, [NUMBER], tmp_path)
            assert result.error is None
            lines = (result.path or tmp_path).read_bytes().splitlines()
            judge([json.loads(line)["id"] for line in lines], server.rows)


@pytest.mark.parametrize("liberty", LIBERTIES)
async def test_resume_every_liberty(liberty: str) -> None:
    """A cursor resumes just after the last message consumed, for all kinds of answers."""
    async with opened(server := foreign(liberty)) as listing:
        got: list[str] = []
        cursor = None
        for stop in (1, 90, 530, 799, COUNT):
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
async def test_hidden_page_in_the_middle(links: list[str]) -> None:
    """A page without a visible row that says `next` is not the end."""
    hidden: list[f.Row] = [None] * 600
    server = ForeignServer([*f.ids(1000), *hidden, *f.ids(1000, "n")], links=links)
    judge(await read(server), [row for row in server.rows if row])


# What it costs


# What is printed, how many requests more than pages, and whether the look-ahead runs past the end.
ENDS: dict[str, tuple[list[str], int, bool]] = {
    "next and last": (["next", "last"], 1, False),
    "next": (["next"], 1, True),
    "last": (["last"], 2, True),
    "no links": ([], 2, True),
}


@pytest.mark.parametrize("count", [1000, 4000, 8160])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("concurrency", [1, 16])
async def test_requests_at_rest(count: int, end: str, first: int, concurrency: int) -> None:
    """A list at rest takes its pages, and a look past its end where nothing names it."""
    links, more, overrun = ENDS[end]
    server = ForeignServer(f.ids(count), links=links, first=first)
    judge(await read(server, concurrency=concurrency), server.rows)
    # Who asks from 0 where offsets count from 1 overlaps by two.
    pages = minimum(count, 200 - first)
    assert len(server.requests) <= pages + more + (concurrency if overrun else 0)


@pytest.mark.parametrize("count", [1, 2, 49])
async def test_one_request(count: int) -> None:
    """A first page below the API's default size is the end."""
    server = ForeignServer(f.ids(count), links=[])
    judge(await read(server), server.rows)
    assert len(server.requests) == 1


@pytest.mark.parametrize("links", [["next", "last"], ["next"]])
@pytest.mark.parametrize("seed", range(3))
async def test_requests_of_random_sizes(links: list[str], seed: int) -> None:
    """Sizes from 2 to 200 at random cost at most twice the answers that they need."""
    server = ForeignServer(f.ids(8000), links=links, sizes=f.at_random(2, 200, seed))
    judge(await read(server), server.rows)
    assert len(server.requests) <= 2 * minimum(8000, 101)


@pytest.mark.parametrize("liberty", ["none", "next only", "no links", "sizes in turn"])
async def test_retried(liberty: str) -> None:
    """A server that is busy now and then costs a client that retries nothing."""
    server = foreign(liberty)
    server.faults = dict.fromkeys((1, 2, 5, 9, 10), "503")
    async with opened(server, retry_for=5) as listing:
        judge([message.id async for message in listing()], server.rows)
    assert not server.faults
