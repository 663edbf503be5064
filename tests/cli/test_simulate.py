"""The command `simulate`: its own token, and answers that go wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from api_caller import SMS, app, until

from ip1_async.cli import _app, _simulate


@asynccontextmanager
async def serving(monkeypatch: pytest.MonkeyPatch, *options: str) -> AsyncIterator[dict[str, str]]:
    """Run the command until the block ends, and give the variables that it prints."""
    printed: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(_simulate, "write", printed.put)
    task = asyncio.create_task(_app.execute(["simulate", *options]))
    async with asyncio.timeout(60):
        lines = (await printed.get()).splitlines()
    yield dict(line.removeprefix("export ").split("=", 1) for line in lines)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def statuses(variables: dict[str, str], token: str, count: int = 1) -> list[int | None]:
    """Ask a few times; no answer is `None`."""
    found: list[int | None] = []
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        session._retry_connection = False
        for _ in range(count):
            url = f"{variables['IP1_V2_URL']}/conversations/46712345678"
            try:
                async with session.get(url) as response:
                    await response.read()
                    found.append(response.status)
            except aiohttp.ClientError:
                found.append(None)
    return found


async def test_a_token_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server accepts the made-up token, prints it ready to paste, and accepts no other."""
    async with serving(monkeypatch, "--token", "made-up$1") as variables:
        assert variables["IP1_API_TOKEN"] == "'made-up$1'"
        assert await statuses(variables, "made-up$1") == [200]
        assert await statuses(variables, "simulated") == [401]


async def test_a_share_of_requests_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --faults some requests fail; without, none does, and any token is right."""
    async with serving(monkeypatch, "--faults", "0.5") as variables:
        found = await statuses(variables, "simulated", 40)
        assert 200 in found
        assert {503, None} & set(found)
    async with serving(monkeypatch) as variables:
        assert await statuses(variables, "any", 40) == [200] * 40


@pytest.mark.parametrize(
    ("options", "text"),
    [(["--faults", "1.5"], "share"), (["--token", " "], "visible"), (["--token", ""], "visible")],
)
async def test_bad_options_are_usage_errors(
    capsys: pytest.CaptureFixture[str], options: list[str], text: str
) -> None:
    """A share above 1 and a blank token end with 2 and one line."""
    assert await _app.execute(["simulate", *options]) == 2
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


async def test_the_help_warns_of_real_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    """The help says that the token is never a real one."""
    assert await _app.execute(["simulate", "--help"]) == 0
    assert "Never a real one" in " ".join(capsys.readouterr().out.replace("│", " ").split())


async def test_messages_are_sent_and_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server accepts a send, calls the app, and takes a message from a phone by HTTP."""
    got: list[str] = []

    def answer(payload: Any) -> int:
        got.append(payload.get("body", payload.get("code")))
        return 200

    async with (
        app(answer) as url,
        serving(monkeypatch, "--incoming-url", url, "--status-seconds", "0") as variables,
        aiohttp.ClientSession(headers={"Authorization": "Bearer simulated"}) as session,
    ):
        root = variables["IP1_V2_URL"]
        for path, payload in (
            ("/batches", {**SMS, "deliveryReportUrl": url}),
            ("/../simulator/incoming", {"sender": "46701", "recipient": "iP1", "body": "Tack"}),
        ):
            async with session.post(root + path, json=payload) as response:
                assert response.status == 201
        await until(lambda: {"Tack", 201} <= set(got))


async def test_another_machine_gets_no_messages(capsys: pytest.CaptureFixture[str]) -> None:
    """An address elsewhere is a usage error."""
    assert await _app.execute(["simulate", "--incoming-url", "https://app.test/hook"]) == 2
    assert "on this machine" in capsys.readouterr().err
