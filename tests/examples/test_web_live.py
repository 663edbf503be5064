"""The example's web app: hooks, and the feed of an open page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from web_server import NUMBER, SECRET, Served, serve, until

from examples.web import hub
from examples.web.hub import Hub
from ip1_async import DeliveryReport, Direction, Message
from ip1_async.testing import Simulator


class Feed:
    """An open page, as the server sees it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._content = answer.content

    async def read(self) -> dict[str, Any]:
        """Wait for the next record."""
        record: dict[str, Any] = json.loads(await self._content.readline())
        return record


@asynccontextmanager
async def feed(served: Served) -> AsyncIterator[Feed]:
    """Open a feed; its first record is what was there before."""
    headers = {"origin": served.url}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{served.url}/api/live", json={}) as answer,
    ):
        yield Feed(answer)


async def call_hook(served: Served, body: bytes, secret: str = SECRET) -> int:
    """Post a hook from outside: under another name, and without `Origin`."""
    headers = {"host": "inbox.example.com"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{served.url}/hooks/{secret}", data=body) as answer,
    ):
        return answer.status


async def test_an_incoming_message_reaches_every_page() -> None:
    """Every open page gets it, and one that is opened later sees that there was one."""
    simulator = Simulator()
    async with serve(simulator) as served, feed(served) as one, feed(served) as other:
        assert await one.read() == await other.read() == {"threads": []}
        came = simulator.receive(NUMBER, "iP1", "<b>Hello</b>")
        for each in (one, other):
            record = await each.read()
            assert record["participant"] == NUMBER
            assert record["message"]["id"] == came["id"]
            assert record["message"]["text"] == "<b>Hello</b>"
        async with feed(served) as late:
            [thread] = (await late.read())["threads"]
    assert (thread["participant"], thread["text"]) == (NUMBER, "<b>Hello</b>")


async def test_a_report_reaches_every_page() -> None:
    """A message that was sent is shown, then every state that iP.1 reports."""
    simulator = Simulator(status_seconds=0.01)
    async with serve(simulator) as served, feed(served) as page:
        await page.read()
        headers = {"origin": served.url}
        question = {"key": str(uuid4()), "participant": NUMBER, "text": "Hello"}
        async with aiohttp.ClientSession(headers=headers) as http:
            await http.post(f"{served.url}/api/send", json=question)
        first = await page.read()
        states = [await page.read()]
        while states[-1]["update"]["state"] == "sending":
            states.append(await page.read())
        async with aiohttp.ClientSession(headers=headers) as http:
            await http.post(f"{served.url}/api/settle", json={"key": question["key"]})
        other = simulator.receive(NUMBER, "iP1", "what is settled again is no news")
        assert (await page.read())["message"]["id"] == other["id"]
    assert first["message"]["text"] == "Hello"
    assert {each["update"]["id"] for each in states} == {first["message"]["id"]}
    assert {each["participant"] for each in states} == {NUMBER}
    assert [each["update"]["since"] for each in states] == sorted(
        each["update"]["since"] for each in states
    )


async def test_a_hook_that_comes_twice_is_shown_once() -> None:
    """A repeat is answered with 200, and no page hears of it."""
    simulator = Simulator()
    async with serve(simulator) as served, feed(served) as page:
        await page.read()
        came = simulator.receive(NUMBER, "iP1", "Hello")
        await page.read()
        assert await call_hook(served, json.dumps(came).encode()) == 200
        other = simulator.receive(NUMBER, "iP1", "Bye")
        assert (await page.read())["message"]["id"] == other["id"]


async def test_a_forged_hook_shows_nothing() -> None:
    """Neither a wrong secret nor a message that the API does not know gets to a page."""
    simulator = Simulator()
    forged = {"id": "1", "sender": NUMBER, "recipient": "iP1", "body": "Pay", "direction": "mo"}
    body = json.dumps(forged).encode()
    async with serve(simulator) as served, feed(served) as page:
        await page.read()
        assert await call_hook(served, body, "wrong") == 404
        assert not simulator.requests
        assert await call_hook(served, body) == 404
        assert await call_hook(served, b"garbage") == 400
        assert await call_hook(served, b"[" * 65_537) == 413
        assert await call_hook(served, b" " * 1_000_001) == 413
        real = simulator.receive(NUMBER, "iP1", "Hello")
        assert (await page.read())["message"]["id"] == real["id"]


async def test_a_hook_path_is_no_way_around_the_guard() -> None:
    """Under another name only hooks are served."""
    async with serve(Simulator()) as served, aiohttp.ClientSession() as http:
        headers = {"host": "inbox.example.com"}
        for path in ("/", "/hooks", "/hooks/../api/live", "//hooks/x", "/static/page.js"):
            async with http.get(f"{served.url}{path}", headers=headers) as answer:
                assert answer.status == 400


async def test_a_page_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed of a slow page ends; it comes back and asks for what it missed."""
    monkeypatch.setattr(hub, "MOST_WAITING", 2)
    place = Hub()
    feed = place.feed()
    await anext(feed)
    for number in range(4):
        place.show_message(Message(id=str(number), sender=NUMBER, direction=Direction.MO))
    assert not place.feeds
    assert [json.loads(each)["message"]["id"] async for each in feed] == ["0", "1"]


async def test_a_quiet_feed_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page knows a lost connection from a quiet one."""
    monkeypatch.setattr(hub, "PING", 0.01)
    feed = Hub().feed()
    await anext(feed)
    assert json.loads(await anext(feed)) == {"ping": True}
    await feed.aclose()


async def test_a_feed_ends_when_the_server_stops() -> None:
    """The last record says why; a feed that begins too late says so at once."""
    place = Hub()
    feed = place.feed()
    await anext(feed)
    place.close()
    assert [json.loads(each) async for each in feed] == [{"restarting": True}]
    late = [json.loads(each) async for each in place.feed()]
    assert late == [{"threads": []}, {"restarting": True}]


async def test_a_page_that_is_closed_leaves_no_feed() -> None:
    """The server notices at once that nobody listens."""
    async with serve(Simulator()) as served:
        async with feed(served) as page:
            await page.read()
            assert len(served.feeds) == 1
        await until(lambda: not served.feeds)


def test_the_latest_threads_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many conversations those with the newest messages are remembered, each once."""
    monkeypatch.setattr(hub, "MOST_THREADS", 2)
    place = Hub()
    for place_of, number in enumerate(("1", "2", "1", "3")):
        place.show_message(Message(id=str(place_of), sender=number, direction=Direction.MO))
    place.show_message(Message(id="4"))  # of whom nothing is known
    place.show_report(DeliveryReport(id="5"))
    first = json.loads(asyncio.run(anext_of(place)))
    assert [(each["participant"], each["id"]) for each in first["threads"]] == [
        ("1", "2"),
        ("3", "3"),
    ]


async def anext_of(place: Hub) -> bytes:
    """Read the first record of a feed."""
    feed = place.feed()
    try:
        return await anext(feed)
    finally:
        await feed.aclose()
