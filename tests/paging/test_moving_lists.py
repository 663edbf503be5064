"""The pager on lists that move: items inserted and purged anywhere, between any two requests."""

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from lists import FakeList, Item, numbers

from ip1_async.pagination import Pager


class MovingList(RuleBasedStateMachine):
    """Reads a list whose requests are answered one by one, in any order."""

    server: FakeList
    pager: Pager[Item]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.pending: list[asyncio.Future[None]] = []
        self.reader: asyncio.Task[None] | None = None
        self.read: list[int] = []
        self.fresh = itertools.count(1_000)

    @initialize(
        length=st.integers(0, 60),
        clamp=st.sampled_from([3, 7, 10, 1_000]),
        links=st.sampled_from(["both", "next"]),
        base=st.sampled_from([0, 1]),
        missing=st.booleans(),
        descending=st.booleans(),
        page_size=st.integers(3, 25),
        concurrency=st.integers(1, 16),
    )
    def begin(  # noqa: PLR0917  # hypothesis passes them by name
        self,
        length: int,
        clamp: int,
        links: str,
        base: int,
        missing: bool,
        descending: bool,
        page_size: int,
        concurrency: int,
    ) -> None:
        """Make a list, and a pager on it."""
        self.server = FakeList(
            list(range(length)),
            clamp=clamp,
            links=links,
            base=base,
            missing_past_end=missing,
            descending=descending,
            wait=self._wait,
        )
        self.staying = set(self.server.ids)
        self.paging = {"page_size": page_size, "concurrency": concurrency}
        self.pager = self.server.pager(**self.paging)

    async def _wait(self, _: int) -> None:
        future = asyncio.get_running_loop().create_future()
        self.pending.append(future)
        await future

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a step, and let the loop come to rest."""

        async def step() -> None:
            await coroutine
            for _ in range(30):
                await asyncio.sleep(0)

        self.runner.run(step())
        if self.reader is not None and self.reader.done():
            self.reader.result()
            self.reader = None

    @rule(place=st.floats(0, 1), count=st.sampled_from([1, 1, 2, 12]))
    def insert(self, place: float, count: int) -> None:
        """Insert items."""
        at = round(place * len(self.server.ids))
        self.server.ids[at:at] = [next(self.fresh) for _ in range(count)]

    @rule(place=st.floats(0, 1), count=st.sampled_from([1, 1, 2, 12, 60]))
    def purge(self, place: float, count: int) -> None:
        """Purge items."""
        at = round(place * len(self.server.ids))
        self.staying.difference_update(self.server.ids[at : at + count])
        del self.server.ids[at : at + count]

    @rule(count=st.integers(1, 40))
    def consume(self, count: int) -> None:
        """Ask for some items, if nobody waits for one."""
        if self.reader is None:

            async def read() -> None:
                async for item in self.pager:
                    self.read.append(int(item.id))
                    if len(self.read) % count == 0:
                        break

            async def start() -> None:
                self.reader = asyncio.get_running_loop().create_task(read())

            self.run(start())

    @precondition(lambda self: self.pending)
    @rule(which=st.integers(0, 15))
    def answer(self, which: int) -> None:
        """Answer one request, not always the oldest."""
        future = self.pending.pop(which % len(self.pending))

        async def release() -> None:
            if not future.done():
                future.set_result(None)

        self.run(release())
        assert self.server.in_flight <= self.paging["concurrency"]

    @rule()
    def resume(self) -> None:
        """Leave the pager, and go on from its cursor."""

        async def leave() -> None:
            if self.reader is not None:
                self.reader.cancel()
                await asyncio.wait([self.reader])
                self.reader = None
            await self.pager.aclose()

        self.run(leave())
        assert self.server.in_flight == 0
        self.pending.clear()
        self.pager = self.server.pager(**self.paging, cursor=self.pager.cursor)

    def teardown(self) -> None:
        """Read the rest while nothing moves: what stayed came once, in order."""
        if hasattr(self, "server"):
            if self.reader is not None:
                self.resume()

            async def finish() -> None:
                self.server.wait = lambda _: asyncio.sleep(0)
                for future in self.pending:
                    if not future.done():
                        future.set_result(None)
                self.read += numbers(await self.pager.collect())

            self.run(finish())
            order = self.server.ids[::-1] if self.server.descending else self.server.ids
            assert len(self.read) == len(set(self.read)), "none twice"
            kept = [item for item in self.read if item in self.staying]
            assert kept == [item for item in order if item in self.staying]
        self.runner.close()


def test_every_item_that_stays_comes_exactly_once() -> None:
    """Whatever moves between whichever requests, with cursors taken and resumed at random."""
    run_state_machine_as_test(
        MovingList, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
    )


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
    assert pager.shifts == 1


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
