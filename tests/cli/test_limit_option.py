"""The options `--limit` and `--rate-limit`, and the variable that they come before."""

from pathlib import Path
from typing import Any

import pytest

from ip1_async import Client, RateLimiter
from ip1_async.cli import _app
from ip1_async.cli._options import Connection
from ip1_async.limits import FileLimiter, RedisLimiter
from ip1_async.testing import Simulator

NUMBER = "46712345678"
PASSWORD = "s3cret-and-l0ng"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IP1_API_TOKEN", "secret-token")
    monkeypatch.delenv("IP1_LIMIT_URL", raising=False)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Name a limit in a file."""
    return (tmp_path / "account.limit").as_uri()


def limiter_of(client: Client) -> Any:
    """Give what a client keeps to."""
    return client._transport.limiter


async def test_the_option_names_the_limit(address: str) -> None:
    """The client closes it, since nobody else can."""
    client = await Connection(limit=address, rate_limit=5).client()
    limiter = limiter_of(client)
    assert isinstance(limiter, FileLimiter)
    assert repr(limiter).endswith("account.limit', rate=5)")
    await client.aclose()
    assert limiter._closed


async def test_the_option_goes_before_the_variable(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the variable says."""
    monkeypatch.setenv("IP1_LIMIT_URL", "redis://localhost")
    async with await Connection(limit=address).client() as client:
        assert isinstance(limiter_of(client), FileLimiter)
    async with await Connection().client() as client:
        assert isinstance(limiter_of(client), RedisLimiter)


async def test_a_rate_alone_is_this_process_own(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a client in code."""
    monkeypatch.setenv("IP1_LIMIT_URL", address)
    async with await Connection(rate_limit=30).client() as client:
        assert isinstance(limiter_of(client), RateLimiter)


@pytest.mark.parametrize(
    "url", [f"redis://:{PASSWORD}@localhost", f"redis://localhost?password={PASSWORD}"]
)
def test_a_password_in_the_option_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every user of the machine could read it; the error does not repeat it."""
    assert _app.run(["summary", NUMBER, "--limit", url]) == 2
    told = capsys.readouterr()
    assert "IP1_LIMIT_URL" in told.err
    assert PASSWORD not in told.err + told.out


def test_a_limit_out_of_reach_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of an API or network error."""
    assert _app.run(["summary", NUMBER, "--limit", "file:///no/such/folder/limit"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note who asked a file for a permission."""
    asked: list[str] = []
    acquire = FileLimiter.acquire

    async def note(self: FileLimiter) -> None:
        asked.append(repr(self))
        await acquire(self)

    monkeypatch.setattr(FileLimiter, "acquire", note)
    return asked


async def test_a_probe_counts_too(
    address: str,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its requests keep their own distance, and take permissions of the shared limit."""
    monkeypatch.setattr("ip1_async.cli.probe._requests.RATE", 1_000)
    async with Simulator(conversations={NUMBER: 300}) as sim:
        urls = ("--v2-url", sim.v2_url, "--v3-url", sim.v3_url)
        assert await _app.execute(["probe", NUMBER, "--limit", address, *urls]) == 0
        assert len(asked) == len(sim.requests) > 5
