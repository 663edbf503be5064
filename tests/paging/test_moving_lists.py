"""The pager on lists that move: items inserted and purged anywhere, between any two requests."""

import itertools

import pytest
from lists import FakeList, numbers


async def test_a_purge_past_the_end_is_found_from_far_behind() -> None:
    """Where most of the list went, the place is found in growing steps back."""
    server = FakeList(list(range(20_000)))
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(15_000)]
    del server.ids[100:14_990]
    server.requests.clear()
    assert numbers(read + await pager.collect())[-5_010:] == server.ids[-5_010:]
    assert pager.shifts == 1
    assert len(server.requests) < 110


@pytest.mark.parametrize("inserted", [1, 150, 900, 3_000])
async def test_a_bulk_insert_in_front_is_stepped_over(inserted: int) -> None:
    """Items that arrive in front of the reader cost a few requests, and nothing comes twice."""
    server = FakeList(list(range(10_000)))
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(4_000)]
    server.ids[0:0] = range(100_000, 100_000 + inserted)
    server.requests.clear()
    assert numbers(read + await pager.collect()) == list(range(10_000))
    assert len(server.requests) < 6_000 / 199 + 45


@pytest.mark.parametrize("links", ["both", "none"])
async def test_what_was_read_may_be_gone_altogether(links: str) -> None:
    """Where nothing read is left, the reading goes on from where it began."""
    server = FakeList(list(range(3_000)), links=links)
    pager = server.pager(concurrency=1)
    read = [await anext(pager) for _ in range(1_000)]
    del server.ids[:1_200]
    assert numbers(read + await pager.collect())[-1_800:] == server.ids


async def test_an_emptied_list_ends() -> None:
    """A list that was purged whole ends without an error."""
    server = FakeList(list(range(3_000)), missing_past_end=True)
    pager = server.pager(concurrency=1)
    for _ in range(1_000):
        await anext(pager)
    server.ids.clear()
    assert len(await pager.collect()) <= 2 * 199
    assert pager.shifts == 0


async def test_ties_in_another_order_lose_nothing() -> None:
    """Items that change places at the seam between two pages come, each once."""
    for a, b in itertools.combinations(range(195, 205), 2):
        server = FakeList(list(range(1_000)))
        pager = server.pager(concurrency=1)
        read = [await anext(pager) for _ in range(10)]
        server.ids[a], server.ids[b] = server.ids[b], server.ids[a]
        read += await pager.collect()
        assert len(read) == len(set(read)), (a, b)
        missing = set(server.ids) - set(numbers(read))
        assert not missing, (a, b)
