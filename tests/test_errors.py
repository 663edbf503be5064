"""Errors carry facts, and no secrets."""

import inspect
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from answers import Answers
from fault_server import FINAL, RECOVERED, Exchange, FaultServer, stale
from fault_server import Fault as ServerFault
from multidict import CIMultiDict
from yarl import URL

import ip1_async
from ip1_async import (
    AuthenticationError,
    BadRequestError,
    Client,
    ConfigurationError,
    HTTPStatusError,
    InvalidResponseError,
    IP1Error,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    errors,
)
from ip1_async.testing import Fault, Simulator

TREE = re.search(r"```\n(.*?)```", errors.__doc__ or "", re.DOTALL)
CLASSES = [
    each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, IP1Error)
]
NUMBER = "46700999888"
TOKEN = "canary-token-5f1e"
SUMMARY = f"https://api.ip1sms.com/v2/conversations/{NUMBER}/summary"
FIRST_PAGE = f"https://api.ip1sms.com/v2/conversations/{NUMBER}?start=0&limit=200&order=ASC"
ROUTE = "/v2/conversations/{participant}/summary"


def drawn() -> dict[str, str]:
    """Read the tree in the docstring: every class and the one above it."""
    assert TREE is not None
    above: dict[int, str] = {}
    found = {}
    for line in TREE[1].splitlines():
        name = re.search(r"[A-Z]\w+", line)
        assert name is not None
        above[name.start()] = name[0]
        found[name[0]] = above.get(name.start() - 4, "Exception")
    return found


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Every error class is drawn, below the class it inherits from."""
    assert drawn() == {each.__name__: each.__bases__[0].__name__ for each in CLASSES}


def test_some_errors_are_builtin_errors_too() -> None:
    """A caller who knows Python's own errors catches ours."""
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(RequestTimeoutError, TimeoutError)
    assert {each for each in CLASSES if OSError in each.__mro__} == {RequestTimeoutError}


def test_the_whole_tree_is_public() -> None:
    """There is no error that can't be imported from the front door."""
    assert {each.__name__ for each in CLASSES} <= set(ip1_async.__all__)


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_can_be_pickled(kind: type[IP1Error]) -> None:
    """A pickled error comes back with its text and every attribute."""
    error = kind("what went wrong")
    facts: dict[str, Any] = {
        "method": "GET",
        "route": ROUTE,
        "path": f"/v2/conversations/{NUMBER}/summary",
        "attempts": 3,
        "cursor": "AQ",
    }
    if issubclass(kind, HTTPStatusError):
        headers = CIMultiDict({"Retry-After": "7"})
        facts |= {"status": 599, "problem": {"a": [1]}, "headers": headers, "retry_after": 7.0}
    if issubclass(kind, TransportError):
        facts["transient"] = False
    if issubclass(kind, PaginationError):
        facts["missing"] = 3
    for name, value in facts.items():
        setattr(error, name, value)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == f"GET {ROUTE}: what went wrong (3 attempts)"
    assert {name: getattr(again, name) for name in facts} == facts


def test_an_error_without_a_request_is_its_text() -> None:
    """Settings are refused before there is any route."""
    error = IP1Error("what went wrong")
    assert str(error) == "what went wrong"
    assert (error.method, error.route, error.path, error.attempts, error.cursor) == (
        *(None, None, None, 0, None),
    )


def test_one_attempt_is_not_worth_a_word() -> None:
    """The text names the number of attempts only if there was more than one."""
    error = IP1Error("what went wrong")
    error.method, error.route, error.attempts = "GET", "/v2/x", 1
    assert str(error) == "GET /v2/x: what went wrong"


# From answers.


async def failure(client: Client) -> IP1Error:
    """Ask for a summary, and give the error that it raises."""
    with pytest.raises(IP1Error) as caught:
        await client.v2.conversations.get_summary(NUMBER)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, HTTPStatusError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, HTTPStatusError),
        (422, HTTPStatusError),
        (429, RateLimitError),
        (451, HTTPStatusError),
        (499, HTTPStatusError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
async def test_a_status_has_its_class(
    status: int, kind: type[HTTPStatusError], answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The error has the status, the headers and the route."""
    answers.get(SUMMARY, status=status, headers={"X-Request-Id": "r1"})
    error = await failure(make_client(retry_for=0))
    assert type(error) is kind
    assert isinstance(error, HTTPStatusError)
    assert error.status == status
    assert error.headers["x-request-id"] == "r1"
    assert (error.method, error.route, error.attempts) == ("GET", ROUTE, 1)
    assert error.path == URL(SUMMARY).raw_path
    assert str(error).startswith(f"GET {ROUTE}: {status} ")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_may_be_a_refused_address(
    status: int, answers: Answers, make_client: Callable[..., Client]
) -> None:
    """A token can be bound to addresses, so the text says so."""
    answers.get(SUMMARY, status=status)
    assert "IP address" in str(await failure(make_client()))


async def test_a_404_may_be_a_wrong_base_url(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The text of a 404 says that a wrong base URL looks the same."""
    answers.get(SUMMARY, status=404)
    assert "base URL" in str(await failure(make_client()))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"title": "Bad Request", "errors": {"p": ["x"]}}', None),
        (b'["not", "an", "object"]', ["not", "an", "object"]),
        (b"null", None),
        (b"42", 42),
        (b'"text"', "text"),
        (b"Participant was invalid", "Participant was invalid"),
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"", None),
        (b"caf\xe9", "caf�"),
        (b'{"title": "caf\xe9"}', '{"title": "caf�"}'),
        (b'{"title": NaN}', '{"title": NaN}'),
        (b"[" * 100_000, "[" * 100_000),
    ],
    ids=lambda value: repr(value)[:24],
)
async def test_any_body_is_a_problem(
    body: bytes, problem: Any, answers: Answers, make_client: Callable[..., Client]
) -> None:
    """Problem details, another JSON, text, nothing, or bytes that are no text: all survive."""
    answers.get(SUMMARY, status=400, body=body)
    error = await failure(make_client())
    assert isinstance(error, BadRequestError)
    assert error.problem == (json.loads(body) if body.startswith(b'{"title": "B') else problem)


async def test_problem_details_are_parsed(
    answers: Answers, make_client: Callable[..., Client], sample: Callable[[str], Any]
) -> None:
    """RFC 9457, as the manual shows it."""
    answers.get(SUMMARY, status=400, payload=sample("problem"))
    error = await failure(make_client())
    assert isinstance(error, BadRequestError)
    assert error.problem == sample("problem")


@pytest.mark.parametrize("depth", [300, 500, 700, 900])
async def test_a_deep_problem_is_no_other_error(
    depth: int, answers: Answers, make_client: Callable[..., Client]
) -> None:
    """However deep the body of an error is, the status decides what is raised."""
    answers.get(SUMMARY, status=400, body=b"[" * depth + b"]" * depth)
    assert type(await failure(make_client())) is BadRequestError


# Secrets.


async def echo_badly(x: Exchange) -> None:
    """Answer the token in place of JSON."""
    body = f'{{"token": "{TOKEN}"'.encode()
    await x.send(x.head(len(body), f"X-Echo: {TOKEN}") + body)


def shown(error: BaseException) -> str:
    """Gather what a log or a terminal would show of an error."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error)])


ECHO = f"Bearer {TOKEN} is not known; {NUMBER} got 'canary text'"
ECHOES: dict[str, dict[str, Any]] = {
    **{
        f"status {status}": {
            "status": status,
            "payload": {"title": ECHO, TOKEN: [{"a": ECHO}, 5, None]},
            "headers": {"X-Echo": ECHO, "WWW-Authenticate": f'Bearer realm="{TOKEN}"'},
            "reason": ECHO,
        }
        for status in (302, 400, 401, 403, 404, 422, 429, 500, 503)
    },
    "text": {"status": 400, "body": ECHO},
    "bad bytes": {"status": 400, "body": ECHO.encode() + b"\xff"},
    "bad JSON": {"body": ECHO},
    "wrong shape": {"payload": [ECHO]},
    "text for JSON": {"payload": ECHO},
    "payload error": {"exception": aiohttp.ClientPayloadError(ECHO)},
    "os error": {"exception": aiohttp.ClientOSError(ECHO)},
    "disconnected": {"exception": aiohttp.ServerDisconnectedError(ECHO)},
    "invalid URL": {"exception": aiohttp.InvalidURL(f"https://{TOKEN}/{NUMBER}")},
    "response error": {
        "exception": aiohttp.ClientResponseError(
            aiohttp.RequestInfo(URL(SUMMARY), "GET", {"Authorization": TOKEN}, URL(SUMMARY)),  # type: ignore[arg-type]
            (),
            message=ECHO,
        )
    },
    "timeout": {"exception": TimeoutError(ECHO)},
}


@pytest.mark.parametrize("name", ECHOES)
async def test_no_error_shows_a_secret(
    name: str,
    answers: Answers,
    make_client: Callable[..., Client],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither text, repr, traceback nor log has token, number or message, even if echoed."""
    caplog.set_level(logging.DEBUG)
    answers.get(SUMMARY, **ECHOES[name])
    answers.get(FIRST_PAGE, **ECHOES[name])
    client = make_client(TOKEN, retry_for=0)
    found = [await failure(client)]
    if name != "status 404":  # an empty conversation is one, too
        with pytest.raises(IP1Error) as caught:
            await client.v2.conversations.list_messages(NUMBER).collect()
        found.append(caught.value)
    for error in found:
        assert isinstance(error, IP1Error)
        text = shown(error) + caplog.text + repr(client)
        for secret in (TOKEN, NUMBER, "canary text"):
            assert secret not in text
        assert TOKEN not in repr(vars(error))
        assert TOKEN.encode() not in pickle.dumps(error)


async def test_an_unreadable_page_names_no_secret(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The error names the path in the JSON, and nothing that is there."""
    answers.get(FIRST_PAGE, payload=[{"id": "a"}, {"body": "canary text", "sender": NUMBER}])
    with pytest.raises(InvalidResponseError, match=r"\$\[1\]: no readable id") as caught:
        await make_client().v2.conversations.list_messages(NUMBER).collect()
    assert caught.value.route == "/v2/conversations/{participant}"
    assert "canary" not in shown(caught.value)
    assert NUMBER not in shown(caught.value)


async def test_a_token_in_the_name_of_a_header_is_hidden(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """The error does not show names of fields that the server made up."""
    answers.get(SUMMARY, status=400, headers={f"X-{TOKEN}": "1"})
    error = await failure(make_client(TOKEN))
    assert TOKEN not in repr(vars(error))


async def test_a_refused_request_over_a_socket_shows_no_secret(
    make_client: Callable[..., Client],
) -> None:
    """Errors of real connections, refused or reset, show no secret."""
    faults = [Fault(reset="before"), Fault(status=401, body=ECHO.encode(), headers={"X-A": TOKEN})]
    async with Simulator(faults=faults) as sim:
        client = make_client(TOKEN, v2_url=sim.v2_url, retry_for=0)
        found = [await failure(client), await failure(client)]
    found.append(await failure(client))
    kinds = [TransportError, AuthenticationError, TransportError]
    assert [type(error) for error in found] == kinds
    for error in found:
        assert not any(secret in shown(error) for secret in (TOKEN, NUMBER, "canary text"))
        assert TOKEN not in repr(vars(error))


async def ask() -> str:
    """Give the token as a coroutine function may."""
    return TOKEN


TOKENS: dict[str, Any] = {"text": TOKEN, "function": lambda: TOKEN, "coroutine": ask}


def check_hidden(error: BaseException) -> None:
    """Check that the error leads to no other one, and that no local variable shows the token."""
    assert (error.__cause__, error.__context__) == (None, None)
    details = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in details.stack if frame.filename != __file__]
    assert not [frame for frame in ours if "aiohttp" in frame.filename]
    for frame in ours:
        assert TOKEN not in repr(frame.locals), frame


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("fault", [*RECOVERED, *FINAL, echo_badly], ids=lambda f: f.__name__)
async def test_no_error_leads_to_a_secret(
    fault: ServerFault, token: str, make_client: Callable[..., Client]
) -> None:
    """Cause, context and local variables of any failure are free of headers, body and token."""
    async with FaultServer(100, always=fault) as server:
        client = make_client(TOKENS[token], v2_url=server.url, retry_for=3, timeout=0.5)
        with pytest.raises(IP1Error) as single:
            await client.v2.conversations.get_summary(NUMBER)
        check_hidden(single.value)
        if fault is not stale:
            with pytest.raises(IP1Error) as listed:
                await client.v2.conversations.list_messages(NUMBER).collect()
            check_hidden(listed.value)


@pytest.mark.parametrize("token", [f"{TOKEN} x", f"\n{TOKEN}", None], ids=repr)
async def test_a_refused_token_is_in_no_local_variable(
    token: Any, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that can't be used is a secret as well, given or returned by a function."""
    monkeypatch.setenv("IP1_API_TOKEN", f"{TOKEN} y")
    with pytest.raises(ConfigurationError) as refused:
        Client(token)
    check_hidden(refused.value)
    with pytest.raises(ConfigurationError) as returned:
        await make_client(lambda: token).v2.conversations.get_summary(NUMBER)
    check_hidden(returned.value)


def test_another_setting_that_is_refused_shows_no_token() -> None:
    """The token is no plain local variable of what checks the settings."""
    with pytest.raises(ConfigurationError) as caught:
        Client(TOKEN, timeout=-1)
    check_hidden(caught.value)


def test_nothing_of_a_client_shows_its_token() -> None:
    """A client, its groups and their parts can be printed."""
    client = Client(TOKEN, proxy=f"http://user:{TOKEN}@127.0.0.1:1")
    parts = [client, client.v2, client._transport, client.v2.batches._api, client._options]
    assert TOKEN not in repr(parts)
    assert TOKEN not in repr(client.v2.batches.list_messages("b1"))
