"""The command `listen`: what it takes, prints and forwards."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
from aiohttp import web

from ip1_async.cli import _app, _listen
from ip1_async.testing import Simulator

BATCH = "5bc86b6e85c7209830f96936"
STATE = {"created": "2026-01-01T10:00:05Z", "code": 201, "duration": 1}
MESSAGE = {"id": "m1", "batchId": BATCH, "recipient": "46712345678", "direction": "mt"}
HOOK = {"id": "m1", "batchId": BATCH, "recipient": "forged", **STATE}
CONFIRMED = {"id": "m1", "batchId": BATCH, "recipient": "46712345678", **STATE}


@attrs.frozen
class Listening:
    """The command under way: its URL with the secret, and what it printed."""

    url: str
    printed: list[dict[str, Any]]

    async def post(self, hook: Any = HOOK, path: str = "") -> int:
        """Post a hook, and give the status."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}{path}", json=hook, headers={"Cookie": "a=b"}) as response,
        ):
            return response.status


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Serve one message that arrived."""
    return {"batches": {BATCH: [{**MESSAGE, "statuses": [STATE]}]}}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Write a secret to a file."""
    file = tmp_path / "secret"
    file.write_text("s3cret\n", encoding="utf-8")
    return file


@pytest.fixture
def listening(
    ip1_simulator: Simulator, monkeypatch: pytest.MonkeyPatch, secret: Path
) -> Callable[..., Any]:
    """Run the command against the simulator until the block ends."""
    monkeypatch.setenv("IP1_API_TOKEN", "token")
    monkeypatch.setenv("IP1_V2_URL", ip1_simulator.v2_url)

    @asynccontextmanager
    async def run(*options: str) -> AsyncIterator[Listening]:
        printed: list[dict[str, Any]] = []
        notes: asyncio.Queue[str] = asyncio.Queue()

        async def write(text: str) -> None:
            printed.append(json.loads(text))

        monkeypatch.setattr(_listen, "write", write)
        monkeypatch.setattr(_listen, "note", notes.put_nowait)
        command = ["listen", "--path-secret-file", str(secret), "--port", "0", *options]
        task = asyncio.create_task(_app.execute(command))
        async with asyncio.timeout(60):
            (url,) = re.findall(r"http://\S+", await notes.get())
        yield Listening(f"{url}s3cret", printed)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return run


@asynccontextmanager
async def target(status: int, headers: Any = None) -> AsyncIterator[tuple[str, list[Any]]]:
    """Serve a program to forward to; give its URL, and the head and body of what came."""
    came: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        came.append((dict(request.headers), await request.json()))
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/in", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/in", came
    await runner.cleanup()


async def test_it_prints_what_the_api_says(
    listening: Callable[..., Any], ip1_simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A hook is printed once, confirmed; forged ones are not, and no request is logged."""
    caplog.set_level(logging.INFO)
    async with listening() as command:
        assert [await command.post(), await command.post()] == [200, 200]
        assert await command.post({**HOOK, "id": "m2"}) == 404
        assert await command.post(path="/wrong") == 404
        assert await command.post([]) == 400
    assert command.printed == [CONFIRMED]
    assert len(ip1_simulator.requests) == 2
    assert "s3cret" not in caplog.text
    assert "POST" not in caplog.text


async def test_a_packed_body_is_garbage(
    listening: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is unpacked, and nothing that can't be unpacked gets into the log."""
    async with listening() as command, aiohttp.ClientSession() as session:
        headers = {"Content-Encoding": "gzip"}
        async with session.post(command.url, data=b"no gzip", headers=headers) as response:
            assert response.status == 400
    assert not caplog.records


async def test_unverified_asks_nobody(
    listening: Callable[..., Any], ip1_simulator: Simulator
) -> None:
    """With --unverified the hook's own values are printed."""
    async with listening("--unverified") as command:
        assert await command.post() == 200
    assert command.printed == [HOOK]
    assert not ip1_simulator.requests


async def test_it_forwards_body_and_content_type(listening: Callable[..., Any]) -> None:
    """What is confirmed goes on as JSON, without any header of the hook or of ours."""
    async with target(204) as (url, came), listening("--forward-to", url) as command:
        assert await command.post() == 200
    ((headers, body),) = came
    assert body == CONFIRMED
    assert headers.keys() == {"Host", "Content-Type", "Content-Length"}
    assert headers["Content-Type"] == "application/json"
    assert not command.printed


@pytest.mark.parametrize("status", [301, 307, 404, 500])
async def test_a_failed_forward_is_502(
    listening: Callable[..., Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Every answer but success fails, redirects are not followed, and the repeat goes on again."""
    async with (
        target(status, {"Location": "/in"}) as (url, came),
        listening("--forward-to", url) as command,
    ):
        assert [await command.post(), await command.post()] == [502, 502]
    assert len(came) == 2
    assert not caplog.records


async def test_nobody_to_forward_to_is_502(listening: Callable[..., Any]) -> None:
    """A program that is not there is no loss: iP.1 repeats."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with listening("--forward-to", f"http://localhost:{port}/in") as command:
        assert await command.post() == 502


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "ftp://localhost/",
        "https:///x",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "http://[::1",
        "localhost",
        "",
    ],
)
async def test_it_forwards_to_safe_places_only(
    secret: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without TLS nothing leaves the machine; the text of a refused URL is not shown."""
    command = ["listen", "--path-secret-file", str(secret), "--forward-to", url, "--unverified"]
    assert await _app.execute(command) == 2
    err = capsys.readouterr().err
    assert "--forward-to: expected https" in err
    assert "word" not in err


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c", "http://[::1]:80/", "http://127.1.2.3"]
)
def test_safe_places(url: str) -> None:
    """TLS, and every address of this machine."""
    assert _listen._check(url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, "No such file"), (" \n", "-secret-file: "), ("a/b", "-secret-file: ")],
)
def test_a_secret_is_needed(
    secret: Path, text: str | None, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing, blank or no segment of a path ends with 2 and one line."""
    secret.unlink()
    if text is not None:
        secret.write_text(text, encoding="utf-8")
    assert _app.run(["listen", "--path-secret-file", str(secret), "--unverified"]) == 2
    assert reason in (err := capsys.readouterr().err)
    assert err.count("\n") == 1


async def test_a_port_in_use_is_one_line(secret: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two commands at one port: the second ends with 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = ["listen", "--path-secret-file", str(secret), "--unverified", "--port", port]
        assert await _app.execute(command) == 1
    assert capsys.readouterr().err.count("\n") == 1


async def test_a_reader_that_has_seen_enough_ends_it(
    listening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stdout is closed the command ends, and hooks that came too late come again."""

    async def closed(_: str) -> None:
        await asyncio.sleep(0)
        raise BrokenPipeError

    async with listening("--unverified") as command:
        monkeypatch.setattr(_listen, "write", closed)
        hooks = [command.post({**HOOK, "id": f"m{number}"}) for number in range(3)]
        assert await asyncio.gather(*hooks) == [503] * 3
        async with asyncio.timeout(60):
            while True:
                try:
                    await command.post()
                except aiohttp.ClientError:
                    break
