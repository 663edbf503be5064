"""The pager on lists that do not change."""

import asyncio
import gc
import itertools
import random
import weakref
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lists import FakeList, Item, numbers

from ip1_async import ClientClosedError, IP1Error, PaginationError, TransportError
from ip1_async._paging.types import RawPage
from ip1_async.pagination import Pager


def jitter(seed: int) -> Any:
    """Make a latency of 0 to 3 turns of the loop."""
    turns = random.Random(seed)

    async def wait(_: int) -> None:
        for _turn in range(turns.randrange(4)):
            await asyncio.sleep(0)

    return wait


# At page size 1 a page tells too little of a server without links that clamps below the default.
steady_lists = st.builds(
    FakeList,
    ids=st.integers(0, 620).map(lambda n: list(range(n))),
    clamp=st.sampled_from([50, 100, 199, 10_000]),
    links=st.sampled_from(["both", "next", "none"]),
    base=st.sampled_from([0, 1]),
    missing_past_end=st.booleans(),
    last_past_end=st.booleans(),
    wait=st.integers(0, 10_000).map(jitter),
)


@settings(max_examples=300, deadline=None)
@given(
    steady_lists, st.sampled_from([1, 2, 3, 10, 50, 199, 200, 500]), st.sampled_from([1, 2, 5, 16])
)
@example(FakeList(list(range(400)), links="none", base=1), 2, 16)
@example(FakeList(list(range(50)), clamp=50, links="none", base=1), 2, 1)
async def test_every_item_comes_once_in_order(
    server: FakeList, page_size: int, concurrency: int
) -> None:
    """Any steady list is read whole, within the look-ahead, and its end costs two requests."""
    async with server.pager(page_size=page_size, concurrency=concurrency) as pager:
        assert numbers([item async for item in pager]) == server.ids
    assert server.peak <= concurrency
    assert server.in_flight == 0
    assert pager.not_found == (not server.ids and server.missing_past_end)
    server.requests.clear()
    again = server.pager(page_size=page_size, cursor=pager.cursor)
    assert await again.collect() == []
    assert len(server.requests) <= 2 + server.last_past_end  # a `last` that leads past the end


@settings(max_examples=100, deadline=None)
@given(steady_lists, st.integers(0, 700), st.sampled_from([2, 50, 200]), st.data())
async def test_cursors_resume_in_the_middle_of_a_page(
    server: FakeList, stop: int, page_size: int, data: st.DataObject
) -> None:
    """A cursor brings exactly what was not read before it, for any page size."""
    pager = server.pager(page_size=page_size)
    read = [await anext(pager) for _ in server.ids[:stop]]
    await pager.aclose()
    rest = server.pager(page_size=data.draw(st.sampled_from([2, 50, 200])), cursor=pager.cursor)
    assert numbers(read + await rest.collect()) == server.ids


@pytest.mark.parametrize("length", [1, 200, 400, 11_801, 12_000, 40_000])
async def test_a_steady_list_costs_one_percent_and_one_more(length: int) -> None:
    """Overlaps and the unknown end cost at most 1 % + 1 requests more than bare pages."""
    server = FakeList(list(range(length)))
    await server.pager().collect()
    assert len(server.requests) <= -(-length // 200) * 1.01 + 1


@pytest.mark.parametrize("links", ["next", "none"])
async def test_an_unknown_end_is_overrun_by_no_more_than_was_read(links: str) -> None:
    """Without `last` the look-ahead grows with the pages read."""
    server = FakeList(list(range(1_000)), links=links)
    await server.pager().collect()
    assert len(server.requests) <= 2 * 6


@pytest.mark.parametrize("links", ["both", "next", "none"])
async def test_a_short_first_page_costs_one_request(links: str) -> None:
    """A first page under 50 without `next` is the end."""
    server = FakeList(list(range(49)), links=links)
    assert len(await server.pager().collect()) == 49
    assert server.requests == [0]


@pytest.mark.parametrize("length", [49, 50, 120, 200, 1_000])
@pytest.mark.parametrize("page_size", [20, 200])
async def test_a_server_that_ignores_paging_sent_all(length: int, page_size: int) -> None:
    """Without links the same items again mean that this was all."""
    server = FakeList(list(range(length)), ignores_paging=True)
    pager = server.pager(page_size=page_size)
    assert numbers(await pager.collect()) == server.ids
    assert len(server.requests) <= 3


async def test_a_server_that_ignores_paging_and_sends_a_full_small_page() -> None:
    """The pager tells a list of one full page from a moving one by asking far past its end."""
    server = FakeList(list(range(20)), ignores_paging=True)
    assert numbers(await server.pager(page_size=20).collect()) == server.ids
    assert len(server.requests) == 3


async def test_the_first_page_brings_at_most_one_more() -> None:
    """Inside the first page one page is requested ahead; past it, up to the look-ahead."""
    server = FakeList(list(range(10_000)))
    async with server.pager(concurrency=4) as pager:
        for _ in range(200):
            await anext(pager)
            await asyncio.sleep(0)
        assert server.requests == [0, 199]
        await anext(pager)
        assert server.requests == [0, 199, 398, 597, 796, 995]
        await asyncio.sleep(0)
        assert len(server.requests) == 6


async def test_a_slow_consumer_brakes() -> None:
    """A consumer that sleeps inside the second page leaves `concurrency` + 2 pages fetched."""
    server = FakeList(list(range(10_000)))
    async with server.pager(concurrency=4) as pager:
        for _ in range(250):
            await anext(pager)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(server.requests) == 4 + 2


@pytest.mark.parametrize(
    ("most", "requests"), [(0, 0), (1, 1), (199, 1), (200, 1), (201, 2), (399, 2), (400, 3)]
)
async def test_max_items_sends_no_request_in_vain(most: int, requests: int) -> None:
    """With `max_items`, the pager sends no request whose items it would not need."""
    server = FakeList(list(range(5_000)))
    pager = server.pager(max_items=most)
    assert numbers(await pager.collect()) == server.ids[:most]
    assert len(server.requests) == requests
    rest = server.pager(cursor=pager.cursor, max_items=10)
    assert numbers(await rest.collect()) == server.ids[most : most + 10]


async def test_start_skips_items() -> None:
    """`start` is the offset of the first item; past the end there is nothing."""
    server = FakeList(list(range(300)), missing_past_end=True)
    assert numbers(await server.pager(start=250).collect()) == server.ids[250:]
    pager = server.pager(start=301)
    assert await pager.collect() == []
    assert not pager.not_found


async def test_the_list_may_grow_at_its_end() -> None:
    """A cursor taken after the end brings what has arrived since, for at most two requests."""
    server = FakeList(list(range(300)))
    pager = server.pager()
    await pager.collect()
    assert await pager.collect() == []
    server.ids.extend(range(300, 420))
    server.requests.clear()
    assert numbers(await server.pager(cursor=pager.cursor).collect()) == server.ids[300:]
    assert len(server.requests) <= 3


@pytest.mark.parametrize("links", ["both", "next", "none"])
async def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end(links: str) -> None:
    """What arrives at the end before the last page is read comes too."""
    server = FakeList(list(range(900)), links=links)
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(201)]
    server.ids.extend(range(900, 1_500))
    assert numbers(read + await pager.collect()) == server.ids


async def test_an_item_twice_in_a_page_comes_once() -> None:
    """A server that repeats an item within one page repeats nothing to the reader."""
    server = FakeList([1, 2, 2, 3, 1])
    assert numbers(await server.pager().collect()) == [1, 2, 3]


async def test_pages_are_joined() -> None:
    """Pages hold no repeats, and each has a cursor just after it."""
    server = FakeList(list(range(500)))
    pager = server.pager()
    head = [await anext(pager) for _ in range(10)]
    pages = [page async for page in pager.pages()]
    assert [len(page.items) for page in pages] == [190, 199, 101]
    assert [(page.start, page.limit) for page in pages] == [(0, 200), (199, 200), (398, 200)]
    assert pages[1].raw.startswith(b"199,200")
    joined = head + [item for page in pages for item in page.items]
    assert numbers(joined) == server.ids
    rest = server.pager(cursor=pages[0].cursor)
    assert numbers(await rest.collect()) == server.ids[200:]


async def test_the_total_is_an_upper_bound() -> None:
    """`estimated_total` follows the server's last page, `max_items` and the end."""
    server = FakeList(list(range(450)))
    pager = server.pager()
    assert pager.estimated_total is None
    await anext(pager)
    assert pager.estimated_total == 600
    assert len(await pager.collect()) == 449
    assert pager.estimated_total == 450
    limited = server.pager(max_items=300, start=100)
    await anext(limited)
    assert limited.estimated_total == 300
    await limited.aclose()
    blind = FakeList(list(range(450)), links="none").pager()
    await anext(blind)
    assert blind.estimated_total is None
    await blind.aclose()


async def test_the_repr_says_how_far_it_is() -> None:
    """It counts what was consumed, and names the route only."""
    pager = FakeList(list(range(450))).pager()
    assert repr(pager) == "Pager(/list: 0 given, estimated_total=None)"
    await anext(pager)
    assert repr(pager) == "Pager(/list: 1 given, estimated_total=600)"
    await pager.collect()
    assert repr(pager) == "Pager(/list: 450 given, estimated_total=450, over)"


async def test_two_tasks_may_share_a_pager() -> None:
    """Items go to one task or the other, each once."""
    server = FakeList(list(range(1_000)))
    pager = server.pager()

    async def read() -> list[Item]:
        got = []
        async for item in pager:
            got.append(item)
            await asyncio.sleep(0)
        return got

    halves = await asyncio.gather(read(), read())
    assert sorted(numbers(halves[0] + halves[1])) == server.ids


# Leaving early.


async def test_aclose_ends_the_iteration() -> None:
    """After `aclose` nothing is in flight, and nothing more comes."""
    server = FakeList(list(range(5_000)))
    async with server.pager() as pager:
        for _ in range(201):
            await anext(pager)
    assert server.in_flight == 0
    await pager.aclose()
    assert len(await pager.collect()) == 198, "what was joined before is still there"
    with pytest.raises(StopAsyncIteration):
        await anext(pager)


async def test_a_pager_that_is_let_go_cancels_its_requests() -> None:
    """After a bare `break` the garbage collector ends what is in flight."""
    server = FakeList(list(range(5_000)), wait=lambda start: asyncio.sleep(9 if start > 600 else 0))
    async for item in server.pager():
        if item.id == "250":
            break
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)
    assert server.in_flight == 0


def test_a_pager_that_outlives_its_loop_is_collected_in_silence() -> None:
    """Nothing is cancelled on a loop that is closed."""
    server = FakeList(list(range(5_000)))

    async def leave() -> Any:
        pager = server.pager()
        await anext(pager)
        return pager

    pager = asyncio.run(leave())
    del pager
    gc.collect()


@pytest.mark.usefixtures("clock")
async def test_a_cancelled_consumer_leaves_nothing_behind_and_can_go_on() -> None:
    """A timeout around `anext` cancels the requests; a later loop asks again."""
    slow = itertools.chain([0, 0, 60], itertools.repeat(0))
    server = FakeList(list(range(1_000)), wait=lambda _: asyncio.sleep(next(slow)))
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(399)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(pager)
    assert server.in_flight == 0
    assert numbers(read + await pager.collect()) == server.ids


@pytest.mark.usefixtures("clock")
async def test_closing_from_another_task_ends_a_reader_with_an_error() -> None:
    """A reader that waits while its pager is closed does not take half a list for the whole."""
    server = FakeList(list(range(5_000)), wait=lambda _: asyncio.sleep(0.01))
    pager = server.pager()
    reader = asyncio.ensure_future(pager.collect())
    await asyncio.sleep(0.005)
    await pager.aclose()
    with pytest.raises(ClientClosedError) as caught:
        await reader
    assert caught.value.route == "/list"


async def test_a_resumed_small_page_of_a_server_that_ignores_paging() -> None:
    """In a page that is longer than asked, the items before the last one read are not new."""
    server = FakeList(list(range(1_000)), ignores_paging=True)
    pager = server.pager(page_size=1)
    read = [await anext(pager) for _ in range(999)]
    await pager.aclose()
    rest = server.pager(page_size=1, cursor=pager.cursor)
    assert numbers(read + await rest.collect()) == server.ids


async def test_a_pager_that_fails_often_is_no_loop() -> None:
    """Asking again for the same pages after failed requests never looks like a loop."""
    server = Failing(list(range(1_000)))
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(398)]
    del server.ids[:300]
    for _ in range(20):
        server.fails = set(range(900))
        with pytest.raises(TransportError):
            await read_into(read, pager)
        server.fails.clear()
    read += await pager.collect()
    assert numbers(read)[-602:] == list(range(398, 1_000))


# Errors.


async def read_into(read: list[Item], pager: Pager[Item]) -> None:
    """Read to the end or to an error, which leaves what came before it."""
    async for item in pager:
        read.append(item)  # noqa: PERF401  # as said


@attrs.define(eq=False)
class Failing(FakeList):
    """Fails at some offsets, once each."""

    fails: set[int] = attrs.field(factory=set)

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Fail, or answer."""
        page = await FakeList.fetch(self, start, limit)
        if start in self.fails:
            self.fails.remove(start)
            raise TransportError("reset")
        return page


@pytest.mark.parametrize("offset", [0, 199, 398, 1_990])
async def test_an_error_comes_after_every_item_before_it(offset: int) -> None:
    """The cursor of an error, and the pager itself, go on just there."""
    server = Failing(list(range(3_000)), fails={offset})
    pager, read = server.pager(), list[Item]()
    with pytest.raises(TransportError) as caught:
        await read_into(read, pager)
    assert numbers(read) == server.ids[: offset and offset + 1]
    assert caught.value.cursor == pager.cursor
    assert server.in_flight == 0
    rest = server.pager(cursor=caught.value.cursor)
    assert numbers(read + await rest.collect()) == server.ids
    assert numbers(read + await pager.collect()) == server.ids


async def test_collect_gives_the_cursor_where_it_began() -> None:
    """What `collect` gathered is gone with its error; the cursor brings it again."""
    server = Failing(list(range(3_000)), fails={1_990})
    pager = server.pager()
    read = [await anext(pager) for _ in range(50)]
    with pytest.raises(IP1Error) as caught:
        await pager.collect()
    rest = server.pager(cursor=caught.value.cursor)
    assert numbers(read + await rest.collect()) == server.ids


@attrs.define(eq=False)
class Looping(FakeList):
    """Ignores the offset of a request."""

    @property
    def cycle(self) -> int:
        """How many items come before they come again."""
        return len(self.ids)

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Answer from a list without an end."""
        self.requests.append(start)
        ids = [self.ids[i % self.cycle] for i in range(start, start + limit)]
        return RawPage(",".join(map(str, ids)).encode(), {}, links={"next": None})


@attrs.define(eq=False)
class Repeating(FakeList):
    """Sends the same page for any offset, and says that there is more."""

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Answer with the same three items."""
        self.requests.append(start)
        return RawPage(b"1,2,3", {}, links={"next": None})


async def test_a_server_that_repeats_a_page_for_ever_is_a_loop() -> None:
    """The same page with a `next` link ends in an error within ten requests."""
    server = Repeating([])
    pager = server.pager()
    read = list[Item]()
    with pytest.raises(PaginationError) as caught:
        await read_into(read, pager)
    assert numbers(read) == [1, 2, 3]
    assert caught.value.route == "/list"
    assert len(server.requests) <= 1 + 10


@pytest.mark.parametrize("cycle", [250, 1_000, 5_000])
async def test_a_server_that_leads_back_is_a_loop(cycle: int) -> None:
    """A list that begins again after any number of items ends in an error."""
    server = Looping(list(range(cycle)))
    with pytest.raises(PaginationError):
        await server.pager(page_size=100).collect()
    assert len(server.requests) < 5 * cycle / 99 + 40


@pytest.mark.parametrize("moved", [False, True])
async def test_a_pager_can_be_closed_at_any_moment(moved: bool) -> None:
    """If a pager is closed at any moment, its reader gets items, the end or one error."""
    ended: set[type] = set()
    for steps in range(80):
        server = FakeList(list(range(400)))
        pager = server.pager(page_size=50)
        if moved:
            await anext(pager)
            server.ids[:0] = range(1000, 1070)
        reader = asyncio.create_task(pager.collect())
        for _ in range(steps):
            await asyncio.sleep(0)
        await pager.aclose()
        (result,) = await asyncio.gather(reader, return_exceptions=True)
        ended.add(type(result))
        assert not pager._driver._ahead
    assert ended == {list, ClientClosedError}


@pytest.mark.parametrize("most", [None, 5, 250, 399])
@pytest.mark.parametrize("begin", [0, 130])
async def test_a_finished_pager_lets_go_of_what_it_read(most: int | None, begin: int) -> None:
    """Once its end was seen it holds no item and no page, and its cursor is what it was."""
    server = FakeList(list(range(400)))
    first = server.pager(max_items=begin)
    await first.collect()
    pager = server.pager(cursor=first.cursor, max_items=most)
    items = [await anext(pager) for _ in range(min(most or 400, 400 - begin))]
    before, last = pager.cursor, weakref.ref(items[-1])
    assert await anext(pager, None) is None
    assert pager.cursor == before
    del items
    gc.collect()
    assert last() is None
    rest = await server.pager(cursor=pager.cursor).collect()
    assert len(rest) == 400 - begin - min(most or 400, 400 - begin)


async def test_a_page_keeps_its_own_cursor() -> None:
    """The cursor of a page stays just after it, however far the pager has gone since."""
    server = FakeList(list(range(500)))
    pages = [page async for page in server.pager(page_size=60).pages()]
    for number, page in enumerate(pages, 1):
        rest = await server.pager(cursor=page.cursor).collect()
        assert len(rest) == 500 - sum(len(each.items) for each in pages[:number])


@pytest.mark.parametrize("read", [list, iter, enumerate, set])
async def test_a_plain_loop_says_how_to_read(read: Any) -> None:
    """Who forgets `async` in front of `for` reads what to write."""
    with pytest.raises(TypeError, match="`async for`"):
        read(FakeList([1]).pager())


def test_a_pager_that_was_refused_has_a_repr() -> None:
    """What shows local variables meets pagers whose cursor could not be used."""
    assert repr(Pager.__new__(Pager)) == "Pager(unfinished)"
