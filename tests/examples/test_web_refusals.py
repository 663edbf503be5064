"""The example's web app: what it refuses, and how it says so."""

import json
import re
from typing import Any

import pytest
from web_server import NUMBER, connect, in_process, read

from examples.web import app as web
from examples.web.body_limit import LARGEST_BODY
from ip1_async.testing import Simulator


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
    """A bad question gets a clear answer, and nothing is sent to the service."""
    simulator = Simulator()
    async with in_process(simulator) as http:
        answer = await http.post(path, json=question)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not simulator.requests


@pytest.mark.parametrize(
    "body",
    [
        b'{"participant": "\\ud83d"}',
        b'{"participant": "46712345678", "cursor": "\\ud83d"}',
        b'{"participant": NaN}',
        b'["\\ud83d"]',
        b'{"participant": ',
        b"",
    ],
)
async def test_a_body_that_is_no_question_is_refused(body: bytes) -> None:
    """Half an emoji, a number, a list or broken JSON: the answer is one line without the input."""
    simulator = Simulator()
    async with in_process(simulator) as http:
        headers = {"content-type": "application/json"}
        answer = await http.post("/api/messages", content=body, headers=headers)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert NUMBER not in answer.text
    assert not simulator.requests


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_nobody_gets_a_description(path: str) -> None:
    """The app has no description of its calls, as only its own page uses them."""
    async with in_process(Simulator()) as http:
        assert (await http.get(path)).status_code == 404


def padded(size: int) -> bytes:
    """Make a question of so many bytes."""
    return json.dumps({"participant": NUMBER}).encode().ljust(size)


@pytest.mark.parametrize("path", ["/api/messages", "/api/summary"])
async def test_a_body_of_a_megabyte_is_the_largest(path: str) -> None:
    """A body of the largest size is read, one byte more is refused."""
    headers = {"content-type": "application/json"}
    async with in_process(Simulator(conversations={NUMBER: 1})) as http:
        largest = await http.post(path, content=padded(LARGEST_BODY), headers=headers)
        larger = await http.post(path, content=padded(LARGEST_BODY + 1), headers=headers)
    assert largest.status_code == 200
    assert larger.status_code == 413
    assert "1,000,000 bytes" in larger.json()["detail"]


async def call_app(headers: list[tuple[bytes, bytes]], part: bytes, parts: int) -> tuple[int, int]:
    """Call the app with a body that comes in parts; give the status, and how many it read."""
    async with Simulator() as simulator:
        app = web.create_app(lambda: connect(simulator))
        read, sent = 0, []

        async def receive() -> dict[str, Any]:
            nonlocal read
            read += 1
            return {"type": "http.request", "body": part, "more_body": read < parts}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/summary",
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                (b"origin", b"http://localhost"),
                (b"content-type", b"application/json"),
                *headers,
            ],
        }
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)
        return sent[0]["status"], read


async def test_a_body_that_announces_too_much_is_not_read() -> None:
    """A declared length over the limit is refused before the body is read."""
    headers = [(b"content-length", b"1000001")]
    assert await call_app(headers, b" ", 10) == (413, 0)


async def test_a_body_without_a_length_is_read_up_to_the_limit() -> None:
    """Of an endless body in chunks, the app reads no more than the limit."""
    status, read = await call_app([], b" " * 100_000, 10_000)
    assert status == 413
    assert read == LARGEST_BODY // 100_000 + 1


async def test_a_cursor_of_something_else_is_refused() -> None:
    """A damaged cursor, or one of another conversation, is refused."""
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
    scripts = "".join(file.read_text(encoding="utf-8") for file in web.STATIC.glob("*.js"))
    assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|eval\(", scripts)
