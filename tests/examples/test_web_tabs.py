"""The example's web app: many tabs on a real server, and what a closed one leaves behind."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp.connector import AddrInfoType
from web_server import NUMBER, Gate, Served, fail_at, ids, serve, until

from examples.web import server
from ip1_async.testing import Fault, Simulator

TABS = 100


async def ask(http: aiohttp.ClientSession, served: Served, path: str) -> aiohttp.ClientResponse:
    """Ask for the conversation, and give the answer when its head is there."""
    question = {"participant": NUMBER}
    return await http.post(f"{served.url}{path}", json=question, headers={"origin": served.url})


def small_socket(address: AddrInfoType) -> socket.socket:
    """Make a socket of which the system reads little ahead."""
    family, kind, protocol = address[:3]
    small = socket.socket(family, kind, protocol)
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    return small


@asynccontextmanager
async def tabs(served: Served, count: int) -> AsyncIterator[list[aiohttp.ClientResponse]]:
    """Open streams, each on a connection of its own; they are closed at the end."""
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0, socket_factory=small_socket)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(120))
        )
        asking = [ask(http, served, "/api/messages") for _ in range(count)]
        answers = await asyncio.gather(*asking)
        yield [await stack.enter_async_context(answer) for answer in answers]


async def test_a_record_is_sent_as_soon_as_its_page_is_there() -> None:
    """A record is sent as soon as its page has come, even if the next page never comes."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(hang=True)))
    async with serve(simulator) as served, tabs(served, 1) as [tab]:
        assert len(ids([json.loads(await tab.content.readline())])) == 200


async def test_a_closed_tab_ends_its_pager_in_the_middle_of_a_page() -> None:
    """A closed tab gives up the page in flight, and its pager asks for no other."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(hang=True)))
    async with serve(simulator) as served:
        async with tabs(served, 1) as [tab]:
            await tab.content.readline()
            await until(lambda: simulator.in_flight > 0)
        await until(lambda: simulator.in_flight == 0)
        await until(lambda: served.streams == 0)
        sent = len(simulator.requests)
        await summaries(served, 3)
        assert len(simulator.requests) == sent + 3


async def summaries(served: Served, count: int) -> None:
    """Ask for summaries, one after another."""
    async with aiohttp.ClientSession() as http:
        for _ in range(count):
            async with await ask(http, served, "/api/summary") as answer:
                assert answer.status == 200


async def test_a_hundred_tabs_share_one_limit() -> None:
    """Each of a hundred tabs gets the whole conversation, and each request had a permission."""
    gate = Gate()
    permitted: list[int] = []  # at the arrival of each request

    def note(*_: object) -> None:
        permitted.append(gate.permitted)

    simulator = Simulator(conversations={NUMBER: 20}, faults=note)
    async with serve(simulator, rate_limit=gate) as served, tabs(served, TABS) as opened:
        reading = asyncio.gather(*(tab.text() for tab in opened))
        while not reading.done():
            gate.permit(1)
            await until(lambda: reading.done() or len(simulator.requests) == gate.permitted)
        texts = await reading
    whole = [ids([json.loads(each) for each in text.splitlines()]) for text in texts]
    assert len(set(whole[0])) == 20
    assert whole == [whole[0]] * TABS
    assert permitted == list(range(1, len(permitted) + 1))


async def test_a_hundred_closed_tabs_cost_nothing() -> None:
    """Closed tabs that waited for the limit leave the queue: only single calls are sent."""
    gate = Gate(35)
    simulator = Simulator(conversations={NUMBER: 50_000})
    async with serve(simulator, rate_limit=gate) as served:
        async with tabs(served, TABS):
            await until(lambda: len(simulator.requests) == 35)
        await until(lambda: served.streams == 0)
        gate.permit(TABS + 40)  # enough for who is still in the queue
        await summaries(served, 40)
        later = simulator.requests[35:]
    assert {request.path.rpartition("/")[2] for request in later} == {"summary"}


async def test_a_single_call_goes_before_the_pages_of_a_hundred_tabs() -> None:
    """At most three requests of the tabs reach the service before a single call."""
    gate = Gate()
    simulator = Simulator(conversations={NUMBER: 50_000})
    queued = 0

    def token() -> str:
        nonlocal queued
        queued += 1  # a request asks for its token just before it goes into the queue
        return "token"

    async with serve(simulator, token=token, rate_limit=gate) as served, tabs(served, TABS):
        await until(lambda: queued == TABS)
        call = asyncio.create_task(summaries(served, 1))
        await until(lambda: queued == TABS + 1)
        while not call.done():
            gate.permit(1)
            await until(lambda: call.done() or len(simulator.requests) == gate.permitted)
        await call
        paths = [request.path for request in simulator.requests]
    assert paths.index(f"/v2/conversations/{NUMBER}/summary") <= 3


async def test_tabs_that_do_not_read_brake_their_pagers() -> None:
    """A tab out of sight holds a few pages, however long the conversation is."""
    pages, other = 100, "46798765432"
    simulator = Simulator(conversations={NUMBER: pages * 200, other: 20 * 200})
    async with serve(simulator) as served, tabs(served, 20) as opened:
        asked = [0, 1]
        while asked[-1] > asked[-2]:
            # While another tab reads on to its end, those that could go on do.
            assert await count_records(served, other) > 20
            asked.append(sum(NUMBER in request.path for request in simulator.requests))
    assert asked[-1] < len(opened) * pages / 2


async def count_records(served: Served, participant: str) -> int:
    """Read a conversation to its end."""
    question = {"participant": participant}
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{served.url}/api/messages", json=question, headers={"origin": served.url}
        ) as answer,
    ):
        return sum([part.count(b"\n") async for part in answer.content.iter_any()])


async def test_a_server_that_stops_says_so() -> None:
    """A server that stops says so in the last record of a stream, and to later requests."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(hang=True)))
    async with serve(simulator) as served, tabs(served, 1) as [tab]:
        await tab.content.readline()
        await served.server.app.state.client.aclose()
        assert json.loads(await tab.content.readline()) == {"restarting": True}
        async with aiohttp.ClientSession() as http, await ask(http, served, "/api/summary") as late:
            assert late.status == 503
            assert await late.json() == {"detail": "The server is restarting."}


async def test_a_tab_that_does_not_read_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that stops closes the connection of a tab that does not read, and logs no error."""
    monkeypatch.setattr(server, "LAST_WORDS", 0.1)
    simulator = Simulator(conversations={NUMBER: 50_000})
    logging.getLogger("uvicorn.error").addHandler(caplog.handler)
    try:
        async with AsyncExitStack() as stack:
            async with serve(simulator) as served:
                await stack.enter_async_context(tabs(served, 1))
                connections: set[Any] = served.server.server_state.connections
                await until(lambda: any(each.flow.write_paused for each in connections))
            assert served.streams == 0
    finally:
        logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
    assert not [record for record in caplog.records if record.name == "uvicorn.error"]
