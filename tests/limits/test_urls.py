"""Limits by their addresses: in code, in the variable, in the command line."""

import asyncio
import traceback
from pathlib import Path
from typing import Any

import pytest

from ip1_async import Client, ClientClosedError, ConfigurationError
from ip1_async.limits import FileLimiter, RedisLimiter, from_url

PASSWORD = "s3cret-and-l0ng"
ENCRYPTED = f"rediss://me:{PASSWORD}@redis.example:7000/2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost", "RedisLimiter('redis://localhost', rate=30, name='default')"),
        ("redis://[::1]:7000/1", "RedisLimiter('redis://::1:7000/1', rate=30, name='default')"),
        ("redis://127.0.0.1?name=a.b", "RedisLimiter('redis://127.0.0.1', rate=30, name='a.b')"),
        (
            f"{ENCRYPTED}?name=acme&ssl_ca_certs=/etc/ca.pem",
            "RedisLimiter('rediss://redis.example:7000/2', rate=30, name='acme')",
        ),
        ("unix:///run/r.sock?db=2", "RedisLimiter('unix:///run/r.sock', rate=30, name='default')"),
        ("file:///var/a%20b", "FileLimiter('/var/a b', rate=30)"),
        ("file://localhost/var/a", "FileLimiter('/var/a', rate=30)"),
    ],
)
def test_an_address_names_a_limit(url: str, shown: str) -> None:
    """What its repr shows has no password."""
    assert repr(from_url(url)) == shown


def test_the_rate_is_handed_on() -> None:
    """To both."""
    assert repr(from_url("file:///a", 5)) == "FileLimiter('/a', rate=5)"
    assert "rate=5" in repr(from_url("redis://localhost", 5))


BAD = [
    "",
    "redis",
    "redis://",
    "redis://?name=a",
    f"redis://:{PASSWORD}@redis.example",
    f"http://:{PASSWORD}@localhost",
    f"redis://localhost:{PASSWORD}",
    f"redis://:{PASSWORD}/@localhost",
    f"redis://localhost?password={PASSWORD}",
    f"redis://localhost#{PASSWORD}",
    f"rediss://:{PASSWORD}@redis.example?ssl_cert_reqs=none",
    f"redis://[{PASSWORD}",
    "redis://localhost?name=a%20b",
    "redis://localhost?name=",
    "redis://localhost?name=a{b}",
    f"redis://:{PASSWORD}@localhost?ssl_ca_certs=/etc/ca.pem",
    f"unix://:{PASSWORD}@/run/r.sock?ssl_ca_certs=/etc/ca.pem",
    f"redis://:{PASSWORD}@localhost?db=two",
    f"unix:me:{PASSWORD}@/run/r.sock",
    f"redis:me:{PASSWORD}@localhost",
    "unix://",
    "file://host/path",
    "file:relative",
    "file://",
    "file:///a?name=b",
    "file:///a?db=1",
    None,
    17,
]


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_is_none_is_refused(url: Any) -> None:
    """Neither the error nor a local variable on its way shows the password."""
    with pytest.raises(ConfigurationError) as raised:
        from_url(url)
    assert raised.value.__context__ is None
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    frames = [str(frame.locals) for frame in told.stack if frame.filename != __file__]
    assert PASSWORD not in "".join([*frames, str(raised.value)])


def test_plain_redis_to_another_machine_must_be_allowed() -> None:
    """Its password can be read on the way."""
    url = "redis://redis.example"
    with pytest.raises(ConfigurationError, match="allow_http"):
        from_url(url)
    assert "redis.example" in repr(from_url(url, allow_http=True))
    assert "redis.example" in repr(RedisLimiter(url, allow_http=True))


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": "a b"},
        {"name": 3},
        {"timeout": 0},
        {"timeout": float("inf")},
        {"timeout": True},
        {"on_outage": 0},
        {"on_outage": 1.1},
        {"on_outage": "ignore"},
        {"on_outage": True},
        {"on_outage": float("nan")},
        {"rate": 0},
    ],
)
def test_settings_that_are_none_are_refused(options: dict[str, Any]) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError):
        RedisLimiter("redis://localhost", **options)


@pytest.mark.parametrize("url", ["redis://localhost?name=a", "file:///a", ""])
def test_a_redis_limiter_takes_addresses_of_redis_only(url: str) -> None:
    """The name is an argument there."""
    with pytest.raises(ConfigurationError):
        RedisLimiter(url)


# The client.


@pytest.fixture
def by_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Name a file in the variable."""
    path = tmp_path / "account.limit"
    monkeypatch.setenv("IP1_LIMIT_URL", path.as_uri())
    return path


async def test_the_variable_is_the_default(by_variable: Path) -> None:
    """The client makes that limiter, and closes it; twice is fine."""
    client = Client("token")
    limiter = client._transport.limiter
    assert isinstance(limiter, FileLimiter)
    assert str(by_variable) in repr(limiter)
    await client.with_options(timeout=1).aclose()
    await client.aclose()
    assert limiter._closed


@pytest.mark.usefixtures("by_variable")
async def test_calls_that_wait_learn_that_the_client_is_closed(unused_tcp_port: int) -> None:
    """The client closes its limiter too, but that is not what they need to know."""
    async with Client("token", v2_url=f"http://127.0.0.1:{unused_tcp_port}", retry_for=0) as client:
        calls = [asyncio.create_task(client.v2.batches.get("b1")) for _ in range(5)]
        await asyncio.wait(calls, return_when="FIRST_COMPLETED")
    for error in (await asyncio.gather(*calls, return_exceptions=True))[2:]:
        assert type(error) is ClientClosedError
        assert error.__context__ is None


@pytest.mark.parametrize("given", [30.0, None])
def test_a_rate_that_is_given_ignores_the_variable(by_variable: Path, given: float | None) -> None:
    """Even if it is the default's."""
    assert not isinstance(Client("token", rate_limit=given)._transport.limiter, FileLimiter)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is that of the process then."""
    monkeypatch.setenv("IP1_LIMIT_URL", "")
    assert type(Client("token")._transport.limiter).__name__ == "RateLimiter"


async def test_a_limiter_of_the_callers_stays_open(tmp_path: Path) -> None:
    """Other clients may use it."""
    limiter = FileLimiter(tmp_path / "limit", 1000)
    async with Client("token", rate_limit=limiter):
        pass
    await limiter.acquire()
    await limiter.aclose()


def test_the_variable_is_read_with_allow_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for the API holds for Redis."""
    monkeypatch.setenv("IP1_LIMIT_URL", "redis://redis.example")
    with pytest.raises(ConfigurationError, match="allow_http"):
        Client("token")
    Client("token", allow_http=True)


def test_unset_is_shown_in_the_signature() -> None:
    """Documentation shows what it is."""
    import inspect  # noqa: PLC0415

    assert "= <unset>" in str(inspect.signature(Client))
