"""Listings of a period, on lists that move while they are read."""

import asyncio
from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from timed_list import TimedItem, TimedList, at, timed_list

from ip1_async import PaginationError, TransportError
from ip1_async._paging.period import Period
from ip1_async._paging.types import RawPage

MOVES = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 60)),
    st.tuples(st.just("purge"), st.integers(1, 60)),
    st.tuples(st.just("remove"), st.integers(0, 500)),
)
SERVERS: dict[str, Any] = {
    "length": st.integers(0, 600),
    "descending": st.booleans(),
    "links": st.sampled_from(["both", "last", "next", "none"]),
    "clamp": st.integers(10, 30),
    "base": st.integers(0, 1),
    "missing_past_end": st.booleans(),
}


def made(server: dict[str, Any], **more: Any) -> TimedList:
    """Make a list that cuts no answer short where nothing could say so."""
    clamp = max(server["clamp"], 20 if server["links"] == "none" else 0)
    return timed_list(**(server | more | {"clamp": clamp}))


def read(server: TimedList, **paging: Any) -> list[TimedItem]:
    """Read a listing to its end."""

    async def collect() -> list[TimedItem]:
        return await server.pager(**paging).collect()

    return asyncio.run(collect())


def judge(server: TimedList, items: list[TimedItem], since: float) -> None:
    """Nothing that was created since then and stayed is missing, nothing is too old or doubled."""
    rows = [item.id for item in items]
    assert len(rows) == len(set(rows))
    assert all(item.modified is None or item.modified >= at(since) for item in items)
    wanted = {row for row in server.stayed or () if server.created(row) >= at(since)}
    assert wanted <= set(rows)


@settings(max_examples=400, deadline=None)
@given(
    server=st.fixed_dictionaries(SERVERS),
    place=st.floats(0, 1.1),
    late=st.sampled_from([0, 0.1, 0.9]),
    unknown=st.sampled_from([0, 0.2, 1]),
    moves=st.dictionaries(st.integers(1, 25), MOVES, max_size=8),
)
def test_nothing_created_since_is_left_out_of_a_list_that_moves(
    server: dict[str, Any],
    place: float,
    late: float,
    unknown: float,
    moves: dict[int, tuple[str, int]],
) -> None:
    """Messages arrive and go between any two requests, those of the search too."""
    timed = made(server)
    timed.late, timed.unknown, timed.moves = late, unknown, moves
    since = place * server["length"]
    try:
        items = read(timed, since=at(since))
    except PaginationError:
        assume(condition=False)  # an error where it can't be held; never silence
    judge(timed, items, since)


@settings(max_examples=200, deadline=None)
@given(
    server=st.fixed_dictionaries(SERVERS),
    place=st.floats(0, 1.1),
    ties=st.integers(2, 5),
    shuffles=st.sets(st.integers(1, 25)),
    seed=st.integers(0, 99),
)
def test_messages_of_one_second_may_change_places(
    server: dict[str, Any], place: float, ties: int, shuffles: set[int], seed: int
) -> None:
    """The order inside one second says nothing about who is older."""
    timed = made(server, ties=ties, seed=seed)
    timed.moves = dict.fromkeys(shuffles, ("shuffle", 0))
    since = place * server["length"] / ties
    try:
        items = read(timed, since=at(since))
    except PaginationError:
        assume(condition=False)
    judge(timed, items, since)


@pytest.mark.parametrize("descending", [False, True])
def test_a_period_of_a_list_at_rest_is_read_exactly(descending: bool) -> None:
    """Both ends are where they should be, and little is read beyond them."""
    server = timed_list(10_000, descending=descending)
    items = read(server, since=at(9_000), until=at(9_100), concurrency=1)
    numbers = [int(item.id) for item in items]
    assert sorted(numbers) == list(range(9_000, 9_100))
    assert numbers == sorted(numbers, reverse=descending)
    assert len(server.requests) < (70 if descending else 40)


def test_since_begins_behind_the_last_message_that_is_old_for_certain() -> None:
    """A message in front of it was updated late, and is left out; one behind it comes."""
    server = timed_list(1_000)
    server.changed = {"495": at(5_000), "505": None, "510": at(3)}
    numbers = [int(item.id) for item in read(server, since=at(500))]
    assert numbers == [*range(511, 1_000)]


@pytest.mark.parametrize("descending", [False, True])
def test_until_ends_with_the_last_message_that_was_changed_before(descending: bool) -> None:
    """Messages that were updated late come as long as an older one is on their far side."""
    server = timed_list(2_000, descending=descending)
    server.changed = {"450": None, "499": at(900), "490": at(5_000)}
    numbers = [int(item.id) for item in read(server, until=at(500))]
    assert sorted(numbers) == list(range(499))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("timeless", "wanted"),
    [
        (range(2_000), range(2_000)),
        (range(300, 600), range(900)),
        (range(890, 1_000), range(1_000)),
        (range(950, 1_000), range(900)),
    ],
)
def test_until_keeps_a_message_without_a_time_beside_older_ones(
    timeless: range, wanted: range, *, descending: bool
) -> None:
    """Nothing says that it is too new, however many of them there are."""
    server = timed_list(2_000, descending=descending)
    server.changed = dict.fromkeys(map(str, timeless))
    numbers = sorted(int(item.id) for item in read(server, until=at(900)))
    assert numbers == list(wanted)


async def test_a_cursor_of_a_period_resumes_after_what_was_given() -> None:
    """What was left out behind the last message does not move the resume point past others."""
    server = timed_list(300)
    server.late = 0.5
    everything = [item.id for item in await server.pager().collect()]
    pager = server.pager(since=at(150), until=at(250))
    async for item in pager:
        rest = await server.pager(cursor=pager.cursor).collect()
        assert [each.id for each in rest] == everything[everything.index(item.id) + 1 :]


async def test_max_items_counts_what_is_given() -> None:
    """Messages that are left out count for nothing."""
    server = timed_list(1_000)
    server.changed = {str(number): at(500.2) for number in range(501, 1_000, 3)}
    pager = server.pager(since=at(500.5), max_items=50)
    numbers = [int(item.id) for item in await pager.collect()]
    assert numbers == [number for number in range(502, 1_000) if number % 3][:50]
    assert pager.estimated_total == 50


def test_nothing_is_given_after_the_end_of_a_period() -> None:
    """A page that was joined already when the period ended counts as read, and is left out."""
    period = Period[TimedItem](at(100), None, descending=True)
    items = [TimedItem("b", at(101)), TimedItem("a", at(99))]
    assert period.admit(items, late=False) == (items[:1], 1)
    assert period.is_over
    assert period.admit(items, late=False) == ([], 3)
    assert period.admit(items, late=True) == (items, 3)


@attrs.define(eq=False)
class FailingList(TimedList):
    """A list that can't be reached at one request.

    Attributes:
        fails_at: The number of that request, from 0.
    """

    fails_at: int | None = None

    async def fetch(self, start: int, limit: int) -> RawPage:
        """Answer, or fail."""
        if len(self.requests) == self.fails_at:
            self.fails_at = None
            raise TransportError("down")
        return await super().fetch(start, limit)


@pytest.mark.parametrize("by_collect", [False, True])
async def test_a_cursor_of_a_period_that_has_begun_leaves_nothing_out(*, by_collect: bool) -> None:
    """What was updated late, or has no time, is given after a cursor as it is without one."""
    server = FailingList(timed_list(300, descending=True).model)
    server.changed = {str(number): at(900) for number in range(100, 240, 3)}
    server.changed |= {str(number): None for number in range(101, 240, 3)}
    everything = [item.id for item in await server.pager(until=at(250)).collect()]
    assert len(everything) == 250
    pager = server.pager(until=at(250))
    if by_collect:
        server.fails_at = len(server.requests) + 9
        with pytest.raises(TransportError):
            await pager.collect()
    given = []
    async for item in pager:
        given.append(item.id)
        rest = await server.pager(until=at(250), cursor=pager.cursor).collect()
        assert [each.id for each in rest] == everything[len(given) :]
    assert given == everything


async def test_what_goes_on_in_a_period_knows_that_it_had_begun() -> None:
    """A command goes on so: it has the period's begin, and a cursor besides."""
    server = timed_list(300, descending=True)
    server.changed = {str(number): at(900) for number in range(100, 240, 3)}
    everything = [item.id for item in await server.pager(since=at(50), until=at(250)).collect()]
    pager = server.pager(since=at(50), until=at(250))
    given = []
    async for item in pager:
        given.append(item.id)
        other = server.pager(since=at(50), until=at(250))
        other._resume(pager.cursor)
        assert [each.id for each in await other.collect()] == everything[len(given) :]
    assert given == everything


async def test_a_cursor_of_another_period_says_nothing_of_this_one() -> None:
    """Its first messages may be too new, and are looked at as ever."""
    server = timed_list(300, descending=True)
    pager = server.pager(until=at(250))
    await anext(pager)
    rest = await server.pager(until=at(100), cursor=pager.cursor).collect()
    assert [int(item.id) for item in rest] == [*reversed(range(100))]


async def test_a_search_that_failed_begins_anew() -> None:
    """Nothing of it is kept: the list may have moved since."""
    server = FailingList(timed_list(1_000).model, fails_at=3)
    pager = server.pager(since=at(700))
    with pytest.raises(TransportError):
        await pager.first()
    assert [int(item.id) for item in await pager.collect()] == list(range(700, 1_000))


async def test_a_cursor_before_the_first_item_outlives_removals() -> None:
    """Messages that were read and held back may go, so that more were held than are read now."""
    server = FailingList(timed_list(1_000).model, fails_at=9)
    server.moves = {4: ("remove", 0), 5: ("remove", 0)}
    pager = server.pager(until=at(0), concurrency=1)
    with pytest.raises(TransportError) as caught:
        await pager.first()
    assert caught.value.cursor == pager.cursor
    rest = await server.pager(cursor=pager.cursor).collect()
    assert [int(item.id) for item in rest] == list(range(14, 1_000))


async def test_what_collect_had_gathered_comes_again() -> None:
    """After an error it gives everything once more, and no cursor on the way passes any of it."""
    server = FailingList(timed_list(1_000).model)
    server.changed = {str(number): at(700.2) for number in range(701, 1_000, 2)}
    wanted = list(range(702, 1_000, 2))
    server.fails_at = 12
    pager = server.pager(since=at(700.8))
    with pytest.raises(TransportError):
        await pager.collect()
    given = []
    async for item in pager:
        given.append(int(item.id))
        rest = [int(each.id) for each in await server.pager(cursor=pager.cursor).collect()]
        assert [number for number in rest if number in wanted] == wanted[len(given) :]
    assert given == wanted


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"since": at(0), "start": 1}, "since: "),
        ({"since": at(0), "cursor": "x"}, "since: "),
        ({"since": at(1), "until": at(1)}, "until: "),
        ({"since": "2026-01-01"}, "since, until: "),
    ],
)
def test_a_period_that_can_not_be_is_refused(arguments: dict[str, Any], text: str) -> None:
    """It is an error at the call, before anything is sent."""
    with pytest.raises(ValueError, match=text):
        timed_list(1).pager(**arguments)


@pytest.mark.parametrize(
    "moment", [date(2026, 1, 2), at(86_400).replace(tzinfo=None), at(86_400).astimezone()]
)
def test_a_date_is_its_first_moment_in_utc(moment: date) -> None:
    """So is a time without a zone the one in UTC."""
    server = timed_list(1_000, ties=1)
    server.changed = {str(number): at(number * 3_600) for number in range(1_000)}
    assert read(server, since=moment)[0].id == "24"
