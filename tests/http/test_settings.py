"""Settings of a client, and its life."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from answers import Answers
from clock import FakeClock
from yarl import URL

from ip1_async import (
    Client,
    ClientClosedError,
    ConfigurationError,
    IP1Error,
    RateLimiter,
)
from ip1_async._http.settings import find_url
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
SUMMARY = f"https://api.ip1sms.com/v2/conversations/{NUMBER}/summary"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IP1_API_TOKEN", "IP1_V2_URL", "IP1_V3_URL"):
        monkeypatch.delenv(name, raising=False)


async def summary(client: Client) -> Any:
    """Make the smallest call."""
    return await client.v2.conversations.get_summary(NUMBER)


def sent_token(answers: Answers) -> list[str]:
    """Give the tokens that were sent."""
    return [call["headers"]["Authorization"] for call in answers.calls]


# Tokens.


async def test_the_token_is_sent_as_bearer(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """Blanks around a token are removed."""
    answers.get(SUMMARY, payload={})
    await summary(make_client(" to/ken+=. "))
    assert sent_token(answers) == ["Bearer to/ken+=."]


async def test_the_token_comes_from_the_environment(
    answers: Answers, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a token, IP1_API_TOKEN counts; a given token counts more."""
    monkeypatch.setenv("IP1_API_TOKEN", "of-the-environment")
    answers.get(SUMMARY, payload={}, repeat=True)
    await summary(make_client(None))
    await summary(make_client("given"))
    assert sent_token(answers) == ["Bearer of-the-environment", "Bearer given"]


async def test_a_function_is_asked_for_each_attempt(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A token that was renewed meanwhile is used by the retry."""
    names = iter(["first", "second"])
    async with Simulator(
        conversations={NUMBER: 1}, token="second", faults=[Fault(status=503)]
    ) as sim:
        await summary(make_client(lambda: next(names), v2_url=sim.v2_url))
        tokens = [request.headers["Authorization"] for request in sim.requests]
    assert tokens == ["Bearer first", "Bearer second"]


async def test_a_coroutine_function_may_give_the_token(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The client awaits a coroutine function that returns the token."""

    async def ask() -> str:
        await asyncio.sleep(0)
        return "fetched"

    answers.get(SUMMARY, payload={})
    await summary(make_client(ask))
    assert sent_token(answers) == ["Bearer fetched"]


BAD_TOKENS = ["", "   ", "to\nken", "token\r\n", "to\x00ken", "to ken", "tökén", "to\x7fken"]


@pytest.mark.parametrize("token", [*BAD_TOKENS, b"bytes", 5])
def test_a_token_that_is_none_is_refused(token: Any) -> None:
    """A token that is blank, no text, or has control characters is refused, and not shown."""
    with pytest.raises(ConfigurationError, match=r"^token: ") as caught:
        Client(token)
    assert "ken" not in str(caught.value).replace("token", "")


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_a_bad_variable_is_refused(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable's token is checked like the argument's."""
    if "\0" not in token:
        monkeypatch.setenv("IP1_API_TOKEN", token)
    with pytest.raises(ConfigurationError, match=r"^token: "):
        Client()


def test_a_missing_token_is_refused_with_advice() -> None:
    """The error names the variable."""
    with pytest.raises(ConfigurationError, match="IP1_API_TOKEN"):
        Client()


@pytest.mark.parametrize("token", [*BAD_TOKENS, None])
async def test_a_function_that_gives_no_token_is_an_error(
    token: Any, answers: Answers, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A bad token from a function raises at the call, which is neither sent nor retried."""
    with pytest.raises(ConfigurationError, match="token: ") as caught:
        await summary(make_client(lambda: token))
    assert (caught.value.attempts, answers.urls, clock.slept) == (0, [], [])


async def test_an_error_of_the_token_function_passes(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """An error of the token function passes unchanged."""

    def fail() -> str:
        raise LookupError("no such secret")

    with pytest.raises(LookupError, match="no such secret"):
        await summary(make_client(fail))


# URLs.


def base(url: str | None, *, allow_http: bool = False) -> str:
    """Read a base URL."""
    return str(find_url(url, "IP1_V2_URL", "https://default/v2", allow_http=allow_http))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, "https://default/v2"),
        ("https://host/v2", "https://host/v2"),
        ("https://host/v2/", "https://host/v2"),
        ("https://host", "https://host"),
        ("https://host:8443/deep/v2", "https://host:8443/deep/v2"),
        ("http://127.0.0.1:5000/v2", "http://127.0.0.1:5000/v2"),
        ("http://127.8.9.1/v2", "http://127.8.9.1/v2"),
        ("http://localhost:5000/v2", "http://localhost:5000/v2"),
        ("http://[::1]:5000/v2", "http://[::1]:5000/v2"),
    ],
)
def test_a_base_url_is_read(given: str | None, read: str) -> None:
    """A base URL may be https anywhere, or http to loopback; a slash at its end is removed."""
    assert base(given) == read


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/v2",
        "http://10.0.0.1/v2",
        "http://localhost.example.com/v2",
        "http://127.0.0.1.example.com/v2",
        "http://0.0.0.0/v2",
    ],
)
def test_http_would_show_the_token(url: str) -> None:
    """A base URL with http to another host than loopback needs `allow_http`."""
    with pytest.raises(ConfigurationError, match="allow_http"):
        base(url)
    assert base(url, allow_http=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "host/v2",
        "//host/v2",
        "ftp://host/v2",
        "file:///etc/passwd",
        "https://",
        "https:///v2",
        "https://user:canary@host/v2",
        "https://:canary@host/v2",
        "https://host/v2?key=1",
        "https://host/v2#top",
        "https://host:port/v2",
        "https://host:99999/v2",
        "https://[::1/v2",
        "https://host/v2\r\nX-Header: 1",
        "https://ho st/v2",
        "https://host/v 2",
        5,
        b"https://host/v2",
    ],
)
def test_what_is_no_base_url_is_refused(url: Any) -> None:
    """A base URL has only scheme, host and path; any other is refused, and not shown."""
    with pytest.raises(ConfigurationError, match=r"^ip1_v2_url: ") as caught:
        base(url, allow_http=True)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_urls_come_from_the_environment(
    answers: Answers, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each version has its variable; a given URL counts more."""
    monkeypatch.setenv("IP1_V2_URL", "https://two.example/x/")
    monkeypatch.setenv("IP1_V3_URL", "https://three.example")
    wanted = [
        f"https://two.example/x/conversations/{NUMBER}/summary",
        "https://three.example/bundles/b1/messages/m1",
        f"https://given.example/v2/conversations/{NUMBER}/summary",
    ]
    for url in wanted:
        answers.get(url, payload={"id": "m1"})
    client = make_client()
    await summary(client)
    await client.v3.bundles.get_message("b1", "m1")
    await summary(make_client(v2_url="https://given.example/v2"))
    assert answers.urls == [URL(url) for url in wanted]


def test_a_bad_url_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable."""
    monkeypatch.setenv("IP1_V3_URL", "http://example.com")
    with pytest.raises(ConfigurationError, match="ip1_v3_url"):
        Client("token")
    Client("token", allow_http=True)


# Numbers.

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("timeout", value) for value in (0, -1, NAN, INF, "30", None, True)],
        *[("retry_for", value) for value in (-1, NAN, INF, "60", None, True)],
        *[("concurrency", value) for value in (0, -1, 1.5, "16", None, True)],
        *[("max_response_bytes", value) for value in (0, -1, 1.5, None)],
        *[("rate_limit", value) for value in (0, -1, NAN, INF, "30", [30], object(), True)],
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    """A bad setting is a ConfigurationError that names the setting."""
    options = {name: value}
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Client("token", **options)


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"retry_for": -1}, {"concurrency": 0}, {"timeout": "1"}]
)
def test_a_copy_refuses_the_same(options: dict[str, Any]) -> None:
    """`with_options` checks as the client does."""
    with pytest.raises(ConfigurationError):
        Client("token").with_options(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0.1, "retry_for": 0, "concurrency": 1, "max_response_bytes": 1},
        {"rate_limit": 0.5},
        {"rate_limit": None},
        {"rate_limit": RateLimiter(5)},
    ],
)
def test_settings_at_their_edge_are_taken(options: dict[str, Any]) -> None:
    """The smallest value of every setting is accepted."""
    assert Client("token", **options)


# Lifetime.


async def test_a_client_opens_one_session_and_closes_it(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The first call opens the session, and the client closes it."""
    answers.get(SUMMARY, payload={}, repeat=True)
    async with make_client() as client:
        owned = client._transport.wire.sessions._owned
        assert not owned
        await summary(client)
        (session,) = owned.values()
        await summary(client)
        assert [*owned.values()] == [session]
    assert session.closed


async def test_a_closed_client_says_so(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """Every call raises ClientClosedError, and closing again is fine."""
    client = make_client()
    pager = client.v2.conversations.list_messages(NUMBER)
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="closed"):
        await summary(client)
    with pytest.raises(ClientClosedError):
        await anext(pager)
    with pytest.raises(ClientClosedError):
        await client.v3.bundles.list_messages("b1").collect()
    with pytest.raises(ClientClosedError):
        await summary(client.with_options(timeout=1))
    assert answers.urls == []


async def test_the_repr_says_what_a_client_is_set_to() -> None:
    """It shows hosts and settings, and neither the token nor the path of a URL."""
    client = Client("s3cret", v2_url="http://127.0.0.1:8080/s3cret", timeout=2.5, retry_for=0)
    shown = "v2='127.0.0.1:8080', v3='api.ip1.net', timeout=2.5, retry_for=0, concurrency=16"
    assert repr(client) == f"Client({shown})"
    await client.aclose()
    assert repr(client) == f"Client({shown}, closed)"


async def test_a_client_that_was_never_used_closes(make_client: Callable[..., Client]) -> None:
    """A client that sent nothing closes without a session."""
    async with make_client() as client:
        pass
    assert not client._transport.wire.sessions._owned


async def test_closing_ends_what_is_in_flight(make_client: Callable[..., Client]) -> None:
    """A listing and a call that wait for an answer learn that the client is closed."""
    arrived = asyncio.Event()

    def hang(number: int, request: Request) -> Fault:
        if number:
            arrived.set()
        return Fault(hang=True)

    async with Simulator(conversations={NUMBER: 500}, faults=hang) as sim:
        client = make_client(v2_url=sim.v2_url)
        pager = client.v2.conversations.list_messages(NUMBER)
        waiting = [
            asyncio.create_task(summary(client)),
            asyncio.create_task(pager.collect()),
        ]
        await arrived.wait()
        await client.aclose()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [ClientClosedError] * 2


async def test_a_copy_shares_session_and_limit(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """A copy differs from its client in its options only, and is closed with it."""
    answers.get(SUMMARY, payload={}, repeat=True)
    client = make_client(rate_limit=30, timeout=5, retry_for=6, concurrency=7)
    copy = client.with_options(timeout=1).with_options(concurrency=2)
    await summary(client)
    await summary(copy)
    assert copy._transport is client._transport
    assert copy._options != client._options
    assert (copy._options.timeout, copy._options.retry_for, copy._options.concurrency) == (1, 6, 2)
    assert client.v2.batches._api.options.timeout == 5
    assert copy.v3.bundles._api.options.timeout == 1
    assert client.with_options(retry_for=0)._options.retry_for == 0
    await copy.aclose()
    with pytest.raises(ClientClosedError):
        await summary(client)


def test_a_second_run_says_what_to_do(answers: Answers) -> None:
    """A client that outlives `asyncio.run` is refused by the next one, which names the way out."""
    answers.get(SUMMARY, payload={}, repeat=True)
    client = Client("token", rate_limit=None, session=None)

    async def run() -> None:
        await summary(client)

    asyncio.run(run())
    with pytest.raises(
        ConfigurationError, match=r"asyncio\.run is a loop of its own; asyncio\.Run"
    ):
        asyncio.run(run())
    asyncio.run(client.aclose())
    with asyncio.Runner() as runner:
        client = Client("token", rate_limit=None)
        for _ in range(2):
            runner.run(summary(client))
        runner.run(client.aclose())


async def test_a_client_belongs_to_its_loop(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """Another loop gets a clear error instead of a hang, and the first goes on."""
    answers.get(SUMMARY, payload={}, repeat=True)
    client = make_client()
    await summary(client)

    async def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            await summary(client)
        with pytest.raises(ConfigurationError, match="another event loop"):
            await client.v2.batches.list_messages("b1").collect()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await summary(client)


async def test_a_client_belongs_to_its_process(
    answers: Answers, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that was used before a fork is refused in the child."""
    client = make_client()
    monkeypatch.setattr("os.getpid", lambda: 0)
    with pytest.raises(ConfigurationError, match="process"):
        await summary(client)


# A session of the caller's.


async def test_a_session_of_the_callers_is_used_and_left_open(
    make_client: Callable[..., Client],
) -> None:
    """The caller's session adds its headers, our token comes first, and it stays open."""
    headers = {"X-Trace": "t1", "Authorization": "Basic theirs"}
    async with (
        Simulator(conversations={NUMBER: 1}, token="token") as sim,
        aiohttp.ClientSession(headers=headers, raise_for_status=True) as session,
    ):
        before = (dict(session.headers), session.timeout, session.raise_for_status)
        client = make_client(v2_url=sim.v2_url, session=session)
        await summary(client)
        with pytest.raises(IP1Error):  # raise_for_status would make it aiohttp's
            await client.v2.conversations.get_summary("46700000000")
        await client.aclose()
        assert not session.closed
        assert (dict(session.headers), session.timeout, session.raise_for_status) == before
        (first, _) = sim.requests
    assert first.headers["X-Trace"] == "t1"
    assert first.headers.getall("Authorization") == ["Bearer token"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("limit", "peak"), [(1, 1), (0, 5)], ids=["one connection", "no limit"])
async def test_time_begins_with_a_connection(
    limit: int, peak: int, make_client: Callable[..., Client]
) -> None:
    """Many calls at once wait for a free connection of the session before their time begins."""
    async with (
        Simulator(conversations={NUMBER: 1}, latency=1.0) as sim,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session,
    ):
        client = make_client(v2_url=sim.v2_url, session=session, timeout=1.5, retry_for=0)
        await asyncio.gather(*(summary(client) for _ in range(5)))
    assert sim.peak_in_flight == peak


async def test_middlewares_of_the_session_stay(make_client: Callable[..., Client]) -> None:
    """The session's middlewares see every request, and their waiting is not the attempt's time."""
    seen: list[str] = []

    async def note(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        seen.append(request.url.path)
        await asyncio.sleep(1.2)
        return await handler(request)

    async with (
        Simulator(conversations={NUMBER: 1}) as sim,
        aiohttp.ClientSession(middlewares=[note]) as session,
    ):
        await summary(make_client(v2_url=sim.v2_url, session=session, timeout=1))
        assert list(session._middlewares) == [note]
    assert seen == [f"/v2/conversations/{NUMBER}/summary"]


def test_middlewares_that_can_not_be_read_do_not_vanish() -> None:
    """A session of an aiohttp that keeps them elsewhere is refused, instead of losing them."""

    class Elsewhere:
        """A session as a later aiohttp may make it."""

    session: Any = Elsewhere()
    with pytest.raises(ConfigurationError, match="middlewares"):
        Client("token", session=session)


async def test_a_session_with_a_base_url_is_used(make_client: Callable[..., Client]) -> None:
    """The base URL of the caller's session does not change the client's URLs."""
    async with (
        Simulator(conversations={NUMBER: 1}) as sim,
        aiohttp.ClientSession("https://elsewhere.example/") as session,
    ):
        assert await summary(make_client(v2_url=sim.v2_url, session=session))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_session_with_credentials_is_used_or_refused(
    make_client: Callable[..., Client],
) -> None:
    """No error of aiohttp gets out, for any defaults of the caller's session."""
    auth = aiohttp.BasicAuth("user", "password")
    async with (
        Simulator(conversations={NUMBER: 1}) as sim,
        aiohttp.ClientSession(auth=auth) as session,
    ):
        client = make_client(v2_url=sim.v2_url, session=session, retry_for=0)
        try:
            assert await summary(client)
        except IP1Error as error:
            assert "password" not in str(error)  # noqa: PT017  # either is fine


async def test_a_session_that_its_owner_closed_is_an_error_of_ours(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A closed session of the caller's is an error, and nothing is retried."""
    async with aiohttp.ClientSession() as session:
        client = make_client(session=session)
    with pytest.raises(IP1Error):
        await summary(client)
    assert clock.slept == []
