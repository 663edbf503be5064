"""The example's web app: what it streams, what it refuses, and what a closed tab leaves behind."""

import asyncio
import json
import os
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.connector import AddrInfoType
from web_server import Served, connect, serve, until

from examples.web import app as web
from ip1_async import Message, MessageStatusCode, RateLimiter, Status
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
ROOT = Path(__file__).parents[2]
TABS = 100


@asynccontextmanager
async def in_process(simulator: Simulator, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the app that needs no socket; its answers come whole."""
    async with simulator:
        app = web.create_app(lambda: connect(simulator, **options))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
        ):
            yield http


async def read(http: httpx.AsyncClient, **question: Any) -> list[dict[str, Any]]:
    """Ask for messages and give the records."""
    answer = await http.post("/api/messages", json={"participant": NUMBER, **question})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def ids(records: list[dict[str, Any]]) -> list[str]:
    """Give the ids of the messages in records."""
    return [message["id"] for record in records for message in record.get("messages", ())]


async def newest_first(simulator: Simulator) -> list[Message]:
    """Read the conversation without the app."""
    async with connect(simulator) as client:
        return await client.v2.conversations.list_messages(NUMBER, order="DESC").collect()


def fail_at(offset: int, fault: Fault) -> Callable[[int, Request], Fault | None]:
    """Let every first request from an offset on fail."""
    asked: set[str] = set()

    def choose(_: int, request: Request) -> Fault | None:
        new = request.raw_path not in asked
        asked.add(request.raw_path)
        return fault if new and int(request.query.get("start", 0)) >= offset else None

    return choose


# What it streams.


async def test_every_message_comes_once_and_the_newest_first() -> None:
    """A record stands for a page; the last one says that this was all."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with in_process(simulator) as http:
        records = await read(http)
        expected = [message.id for message in await newest_first(simulator)]
    assert ids(records) == expected
    assert records[0]["total"] == pytest.approx(450, abs=200)  # a bound, by the last page
    assert records[-1] == {"end": True, "missing": False}


async def test_a_conversation_that_is_not_there_is_no_error() -> None:
    """The page can say that a wrong base URL looks the same."""
    async with in_process(Simulator()) as http:
        assert await read(http) == [{"end": True, "missing": True}]


async def test_a_failure_is_a_record_and_its_cursor_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What came before stays, and the rest follows without a gap or a repeat."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(status=403)))
    async with in_process(simulator) as http:
        first = await read(http)
        assert "403 Forbidden" in first[-1]["error"]
        rest = await read(http, cursor=first[-1]["cursor"])
        while "error" in rest[-1]:
            rest += await read(http, cursor=rest[-1]["cursor"])
        expected = [message.id for message in await newest_first(simulator)]
    assert 0 < len(ids(first)) < 450
    assert ids(first) + ids(rest) == expected
    assert "a stream stopped" in caplog.text
    assert NUMBER not in caplog.text + first[-1]["error"]


async def test_every_record_says_where_to_go_on() -> None:
    """A browser that lost its connection resumes after the last record that it read."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with in_process(simulator) as http:
        first, *others = await read(http)
        assert ids(await read(http, cursor=first["cursor"])) == ids(others)


@pytest.mark.parametrize(
    ("status", "state", "text"),
    [
        (None, "sending", "no status yet"),
        (Status(), "sending", "no status yet"),
        (Status(code=MessageStatusCode.SENDING), "sending", "sending"),
        (Status(code=MessageStatusCode.DELIVERED_TO_GSM), "sending", "delivered to GSM"),
        (Status(code=MessageStatusCode.REFUNDED), "failed", "refunded"),
        (Status(code=MessageStatusCode.DELIVERED_TO_HANDSET), "delivered", "delivered to handset"),
        (Status(code=MessageStatusCode.EXPIRED), "failed", "expired"),
        (Status(code=MessageStatusCode.INSUFFICIENT_FUNDS), "failed", "insufficient funds"),
        (Status(code=599), "failed", "status 599"),
    ],
)
def test_what_became_of_a_message(status: Status | None, state: str, text: str) -> None:
    """Only 201 is delivered; a final status that is another one is a failure, with its reason."""
    assert web.delivery_state(status) == state
    assert web.status_text(status) == text


def test_a_message_of_which_only_the_id_is_known_has_a_bubble() -> None:
    """Nothing but the id is certain."""
    drawn = web.bubble(Message(id="1"))
    assert drawn["id"] == "1"
    assert (drawn["text"], drawn["price"], drawn["time"], drawn["state"]) == ("", None, None, None)


def test_half_an_emoji_survives() -> None:
    """A text that was cut inside a character does not end the stream."""
    assert json.loads(web.line(text="\ud83d")) == {"text": "\ud83d"}


# Single answers.


async def test_the_summary_counts_what_the_stream_brings() -> None:
    """Both tell the same of every message."""
    async with in_process(Simulator(conversations={NUMBER: 450})) as http:
        sums = (await http.post("/api/summary", json={"participant": NUMBER})).json()
        messages = [m for record in await read(http) for m in record.get("messages", ())]
    states = Counter(message["state"] or "received" for message in messages)
    assert {name: sums[name] for name in states} == states
    assert sums["messages"] == 450
    assert sums["segments"] == sum(message["segments"] for message in messages)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault(status=404), 404), (Fault(status=401), 502), (Fault(hang=True), 504)],
)
async def test_an_error_is_a_status_and_a_line(
    fault: Fault,
    status: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line names the route, and neither answer nor log a number."""
    monkeypatch.setattr(web, "RETRY_FOR", 0)
    simulator = Simulator(conversations={NUMBER: 1}, faults=[fault])
    async with in_process(simulator, timeout=0.2) as http:
        answer = await http.post("/api/summary", json={"participant": NUMBER})
    assert answer.status_code == status
    assert "/v2/conversations/{participant}/summary" in answer.json()["detail"]
    assert "{participant}" in caplog.text
    assert NUMBER not in answer.text + caplog.text


# What it refuses.


@pytest.mark.parametrize("path", ["/api/messages", "/api/summary"])
@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"participant": ""}, 400),
        ({"participant": " "}, 400),
        ({"participant": ".."}, 400),
        ({"participant": "4" * 101}, 422),
        ({"participant": 46712345678}, 422),
        ({}, 422),
    ],
)
async def test_bad_input_is_refused(path: str, question: dict[str, Any], status: int) -> None:
    """With a clear answer, and before anything is sent."""
    simulator = Simulator()
    async with in_process(simulator) as http:
        answer = await http.post(path, json=question)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not simulator.requests


async def test_a_cursor_of_something_else_is_refused() -> None:
    """It is no cursor, or it belongs to another conversation."""
    simulator = Simulator(conversations={NUMBER: 10})
    async with in_process(simulator) as http:
        cursor = (await read(http))[0]["cursor"]
        sent = len(simulator.requests)
        for question in (
            {"participant": NUMBER, "cursor": "garbage"},
            {"participant": "46700000000", "cursor": cursor},
        ):
            answer = await http.post("/api/messages", json=question)
            assert answer.status_code == 400
            assert answer.json()["detail"].startswith("cursor: ")
    assert len(simulator.requests) == sent


async def test_another_name_of_this_machine_is_refused() -> None:
    """A site that points its own name at this machine reads no messages."""
    async with in_process(Simulator()) as http:
        question = {"participant": NUMBER}
        headers = {"host": "example.org"}
        answer = await http.post("/api/messages", json=question, headers=headers)
    assert answer.status_code == 400


async def test_the_page_lets_nothing_foreign_in() -> None:
    """Its policy allows its own files only, and those are there; app.py is not among them."""
    async with in_process(Simulator()) as http:
        page = await http.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        for name in ("page.css", "page.js", "icon.svg"):
            assert f"/static/{name}" in page.text
            assert (await http.get(f"/static/{name}")).status_code == 200
        assert (await http.get("/static/../app.py")).status_code == 404
        script = (await http.get("/static/page.js")).text
    assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|eval\(", script)


# Tabs on a real server.


async def ask(http: aiohttp.ClientSession, served: Served, path: str) -> aiohttp.ClientResponse:
    """Ask for the conversation, and give the answer when its head is there."""
    return await http.post(f"{served.url}{path}", json={"participant": NUMBER})


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
    """The second page never comes, and the first is on the screen."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(hang=True)))
    async with serve(simulator) as served, tabs(served, 1) as [tab]:
        assert len(ids([json.loads(await tab.content.readline())])) == 200


async def test_a_closed_tab_ends_its_pager_in_the_middle_of_a_page() -> None:
    """A page that the service still owes is given up, and no other is asked for."""
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


async def test_a_hundred_tabs_keep_one_limit() -> None:
    """Each gets the whole conversation, and the service refuses nothing."""
    simulator = Simulator(conversations={NUMBER: 20}, rate_limit=30)
    limiter = RateLimiter(30)
    # All tabs wait before the first request goes, and from there on the rate is even: a loop that
    # accepts a hundred connections would deliver later than the 100 ms for which the limit allows.
    await limiter.pause(1)
    async with serve(simulator, rate_limit=limiter) as served, tabs(served, TABS) as opened:
        texts = await asyncio.gather(*(tab.text() for tab in opened))
    whole = [ids([json.loads(line) for line in text.splitlines()]) for text in texts]
    assert len(set(whole[0])) == 20
    assert whole == [whole[0]] * TABS
    assert simulator.throttled == 0


async def test_a_hundred_closed_tabs_cost_nothing() -> None:
    """Those that waited for the limit have left the queue: single calls alone are sent."""
    simulator = Simulator(conversations={NUMBER: 50_000}, rate_limit=30)
    async with serve(simulator, rate_limit=30) as served:
        async with tabs(served, TABS):
            await until(lambda: len(simulator.requests) > 35)
        await until(lambda: served.streams == 0)
        sent = len(simulator.requests)
        await summaries(served, 40)  # longer than the limit looks back
        later = simulator.requests[sent:]
    assert {request.path.rpartition("/")[2] for request in later} == {"summary"}


class Gate:
    """A limit that lets a request through when the test says so."""

    def __init__(self) -> None:
        self.permissions = asyncio.Semaphore(0)

    async def acquire(self) -> None:
        """Wait for the test."""
        await self.permissions.acquire()

    async def pause(self, seconds: float) -> None:
        """Wait no longer than for the test."""


async def test_a_single_call_goes_before_the_pages_of_a_hundred_tabs() -> None:
    """At most three of their requests reach the service before it."""
    gate, arrived = Gate(), asyncio.Event()
    simulator = Simulator(conversations={NUMBER: 50_000})
    app = web.create_app(lambda: connect(simulator, rate_limit=gate))

    async def watch(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/api/summary":
            arrived.set()
        await app(scope, receive, send)

    async with serve(simulator, watch) as served, tabs(served, TABS):
        call = asyncio.create_task(summaries(served, 1))
        await arrived.wait()
        for _ in range(100):  # turns of the loop, until the call stands in the queue
            await asyncio.sleep(0)
        while not call.done():
            gate.permissions.release()
            await asyncio.sleep(0.01)
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
        http.post(f"{served.url}/api/messages", json=question) as answer,
    ):
        return sum([part.count(b"\n") async for part in answer.content.iter_any()])


# Running it.


def test_it_says_that_a_token_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clear line, before anything listens."""
    monkeypatch.delenv("IP1_API_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["app.py"])
    with pytest.raises(SystemExit, match=r"IP1_API_TOKEN.*--simulate"):
        web.main()
    assert capsys.readouterr().out == ""


async def test_one_command_runs_it_without_a_token() -> None:
    """It says where to look, there is a conversation, and stopping it ends a stream in peace."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "examples/web/app.py", "--simulate", "--port", str(port)),
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "IP1_API_TOKEN"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        address = (await program.stdout.readline()).split()[1].decode()
        async with httpx.AsyncClient(base_url=address) as http:
            assert (await patient(http)).json()["messages"] == 1_000
            question = {"participant": "46798765432"}
            async with http.stream("POST", "/api/messages", json=question) as stream:
                program.terminate()
                *_, last = [line async for line in stream.aiter_lines()]
    finally:
        program.terminate()
        _, complaints = await program.communicate()
    assert "closed" in json.loads(last)["error"]
    assert b"Traceback" not in complaints


async def patient(http: httpx.AsyncClient) -> httpx.Response:
    """Ask until somebody listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await http.post("/api/summary", json={"participant": NUMBER})
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
