"""A send is never accepted twice, and what was accepted is never called unsent."""

import asyncio
import contextlib
import gzip
import json
import ssl
from itertools import chain
from typing import Any

import aiohttp
import attrs
import pytest
import trustme
from send_server import (
    ENDS,
    Act,
    Post,
    SendServer,
    accept_and_say,
    answer,
    break_off,
    cut,
    lose,
    refuse,
)

from ip1_async import (
    AuthenticationError,
    BadRequestError,
    Batch,
    Client,
    ClientClosedError,
    ConfigurationError,
    HTTPStatusError,
    IP1Error,
    LimiterError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    SendUncertainError,
    TransportError,
)

KEY = "order-17"
OPTIONS: dict[str, Any] = {"sender": "iP1", "recipients": ["46712345678"], "body": "Hi {x}"}
QUICK: dict[str, Any] = {"rate_limit": None, "timeout": 5, "retry_for": 0}
STEPS = {"reset": 1, "close": 1, "hang": 12}  # bytes; who hangs takes the whole timeout


async def send(client: Client, **changes: Any) -> Batch | IP1Error:
    """Send once, and give what came of it."""
    try:
        return await client.v2.batches.send(**{**OPTIONS, "key": KEY, **changes})
    except IP1Error as error:
        return error


def check(outcome: Batch | IP1Error, server: SendServer) -> None:
    """Hold an outcome against what the server knows."""
    if isinstance(outcome, Batch):
        assert server.accepted == [KEY]
        return
    assert outcome.key == KEY
    assert outcome.route == "/v2/batches"
    assert server.accepted in ([], [KEY])
    if not isinstance(outcome, SendUncertainError):
        assert not server.accepted


async def try_all(acts: list[Act], **options: Any) -> list[Batch | IP1Error]:
    """Send once into each fault, some at a time, and give the outcomes."""
    turn = asyncio.Semaphore(64)

    async def attempt(act: Act) -> Batch | IP1Error:
        async with turn, SendServer([act]) as server:
            async with Client("token", v2_url=server.url, **{**QUICK, **options}) as client:
                outcome = await send(client)
            check(outcome, server)
            return outcome

    return await asyncio.gather(*map(attempt, acts))


async def request_bytes() -> int:
    """Measure how long the request is."""
    size = 0

    async def measure(post: Post) -> None:
        nonlocal size
        head = await post.reader.readuntil(b"\r\n\r\n")
        size = len(head) + len(await post.reader.read(100_000))
        post.reset()

    await try_all([measure])
    return size


@pytest.mark.parametrize("end", ENDS)
async def test_a_fault_at_any_byte_of_a_send_is_uncertain(end: str) -> None:
    """Up to its last byte: who wrote a byte can't know how many of them arrived."""
    size = await request_bytes()
    assert size > 300
    outcomes = await try_all([cut(after, end) for after in range(0, size, STEPS[end])])
    assert {type(outcome) for outcome in outcomes} == {SendUncertainError}


@pytest.mark.parametrize("end", ENDS)
async def test_an_answer_lost_at_any_byte_is_uncertain(end: str) -> None:
    """Up to the last byte of its body."""
    whole = len(answer(json.dumps({"id": "b1", "tags": ["ip1-async:" + KEY]}).encode()))
    acts = [lose(end), *(break_off(after, end) for after in range(1, whole, STEPS[end]))]
    outcomes = await try_all(acts)
    assert {type(outcome) for outcome in outcomes} == {SendUncertainError}


async def test_a_whole_answer_counts_whatever_comes_after_it() -> None:
    """Once the last byte of the batch is there, it was sent."""
    outcomes = await try_all([break_off(1_000, end) for end in ENDS])
    assert [type(outcome) for outcome in outcomes] == [Batch] * 3


PACKED = gzip.compress(b'{"id": "b1"}', mtime=0)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        *((status, b"", ()) for status in ("408 x", "409 x", "425 x", "500 x", "502 x", "503 x")),
        ("503 x", b"", ("Retry-After: 0",)),
        ("599 x", b"", ()),
        ("302 Found", b"", ("Location: /v2/batches",)),
        ("307 Temporary Redirect", b"", ("Location: /v2/batches",)),
        ("200 OK", b"", ()),
        ("200 OK", b"[]", ()),
        ("200 OK", b"{}", ()),
        ("201 Created", b'{"id": ""}', ()),
        ("202 Accepted", b"\xff", ()),
        ("204 No Content", b"", ()),
        ("206 Partial Content", None, ()),
        ("200 OK", PACKED[:-9], ("Content-Encoding: gzip",)),
        ("200 OK", PACKED, ("Content-Encoding: br",)),
        ("200 OK", b" " * 2_000, ()),
    ],
)
async def test_an_answer_that_says_nothing_is_uncertain(
    status: str, body: bytes | None, headers: tuple[str, ...]
) -> None:
    """No status but those of a plain refusal shows that a send was not accepted."""
    acts = [accept_and_say(status, body, *headers), refuse(status, *headers)]
    for outcome in await try_all(acts[: 1 if status[0] == "2" else 2], max_response_bytes=1_000):
        assert isinstance(outcome, SendUncertainError)
        assert isinstance(outcome.failure, IP1Error)
        assert outcome.failure.key == KEY
        assert outcome.__context__ is outcome.failure.__context__ is None


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "299 x"])
async def test_any_success_with_a_batch_is_one(status: str) -> None:
    """Nobody knows which status the service has for it."""
    (outcome,) = await try_all([accept_and_say(status)])
    assert isinstance(outcome, Batch)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 x", BadRequestError),
        ("401 x", AuthenticationError),
        ("402 x", HTTPStatusError),
        ("403 x", PermissionDeniedError),
        ("404 x", NotFoundError),
        ("405 x", HTTPStatusError),
        ("413 x", HTTPStatusError),
        ("422 x", HTTPStatusError),
        ("429 x", RateLimitError),
        ("451 x", HTTPStatusError),
    ],
)
async def test_a_refusal_is_the_usual_error(status: str, kind: type[IP1Error]) -> None:
    """It was not sent, and the error knows the key all the same."""
    (outcome,) = await try_all([refuse(status)])
    assert type(outcome) is kind


async def test_429_is_sent_again() -> None:
    """The server says that it did not take it; the attempts are counted on what follows."""
    async with (
        SendServer([refuse("429 x", "Retry-After: 0"), lose("reset")]) as server,
        Client("token", v2_url=server.url, rate_limit=None) as client,
    ):
        outcome = await send(client)
    assert isinstance(outcome, SendUncertainError)
    assert outcome.attempts == server.connections == 2


@pytest.mark.parametrize("fault", [lose("reset"), lose("hang"), accept_and_say("500 x", b"")])
async def test_time_to_retry_changes_nothing(fault: Act) -> None:
    """An uncertain send is not repeated, however much time is left for that."""
    async with SendServer([fault]) as server:
        client = Client("token", v2_url=server.url, rate_limit=None, timeout=3, retry_for=600)
        async with client:
            outcome = await send(client)
        assert isinstance(outcome, SendUncertainError)
        assert (server.connections, server.accepted) == (1, [KEY])


# Nothing was written.


async def test_a_refused_connection_is_tried_again(unused_tcp_port: int) -> None:
    """What comes when the server is back is sent once; without time to retry it is unsent."""
    url = f"http://127.0.0.1:{unused_tcp_port}/v2"
    async with Client("token", v2_url=url, **QUICK) as client:
        outcome = await send(client)
    assert type(outcome) is TransportError
    assert outcome.unsent
    assert outcome.key == KEY
    async with SendServer() as server:
        pass
    async with Client("token", v2_url=url, rate_limit=None) as client:
        sending = asyncio.create_task(send(client))
        await asyncio.sleep(0.1)
        server = SendServer()
        server._server = await asyncio.start_server(server._connected, "127.0.0.1", unused_tcp_port)
        outcome = await sending
        check(outcome, server)
        assert isinstance(outcome, Batch)
        await server.__aexit__(None, None, None)


async def test_a_name_that_can_not_be_resolved_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address nothing is written."""

    async def resolve(*_: Any, **__: Any) -> Any:
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    async with Client("token", v2_url="https://api.invalid/v2", **QUICK) as client:
        outcome = await send(client)
    assert type(outcome) is TransportError
    assert outcome.unsent


async def test_a_slow_resolver_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeout of the attempt ends it before there is a connection: nothing is uncertain."""

    async def resolve(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    async with Client(
        "token", v2_url="https://api.invalid/v2", **{**QUICK, "timeout": 0.5}
    ) as client:
        outcome = await send(client)
    assert type(outcome) is RequestTimeoutError
    assert outcome.unsent


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    """Make a server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_an_unknown_certificate_is_unsent(authority: trustme.CA) -> None:
    """The handshake ends before a byte of the request."""
    async with SendServer(tls=tls_of(authority)) as server:
        async with Client("token", v2_url=server.url, **QUICK) as client:
            outcome = await send(client)
        check(outcome, server)
    assert type(outcome) is TransportError
    assert (outcome.unsent, outcome.transient) == (True, False)


@attrs.define(eq=False)
class Door(SendServer):
    """Hands bytes on to another server, after the acts."""

    port: int = 0

    async def converse(self, post: Post) -> None:
        """Hand the bytes of both sides on."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            await asyncio.gather(_pump(post.reader, writer), _pump(reader, post.writer))
        finally:
            writer.close()
            await writer.wait_closed()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)


@pytest.mark.parametrize("end", ENDS)
async def test_a_fault_within_the_handshake_is_tried_again(
    end: str, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """At whichever byte of the client's hello it comes, nothing of the request was written."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with SendServer(tls=tls_of(authority)) as server:
        port = int(server.url.split(":")[2].removesuffix("/v2"))
        for after in range(0, 200, 40):
            server.accepted.clear()
            async with Door([cut(after, end)], port=port) as door:
                context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
                monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)
                url = door.url.replace("http:", "https:")
                async with Client("token", v2_url=url, rate_limit=None, timeout=0.5) as client:
                    outcome = await send(client)
            check(outcome, server)
            assert isinstance(outcome, Batch)
            assert door.connections >= 2


# Connections, sessions and middlewares.


async def test_a_connection_that_went_stale_makes_nothing_uncertain() -> None:
    """Each send has a connection of its own, also after reads and sends that kept theirs."""
    async with SendServer() as server:
        async with Client("token", v2_url=server.url, rate_limit=None) as client:
            for number in range(3):
                assert await client.v2.batches.settle(f"{KEY}-{number}", patience=0) is None
                for task in list(server._connections):  # the server drops what is idle
                    task.cancel()
                outcome = await send(client, key=f"{KEY}-{number}")
                assert isinstance(outcome, Batch)
        assert len(server.accepted) == 3


async def test_a_callers_session_keeps_the_promise() -> None:
    """Over a session of the caller's faults are uncertain as well, and refusals are not."""
    acts = [*(lose(end) for end in ENDS), *(cut(after, end) for after in (0, 9) for end in ENDS)]
    async with aiohttp.ClientSession() as session:
        outcomes = await try_all(acts, session=session, timeout=2)
        refused = await try_all([refuse("400 x")], session=session)
    assert {type(outcome) for outcome in outcomes} == {SendUncertainError}
    assert type(refused[0]) is BadRequestError


async def test_a_callers_session_that_is_closed_sends_nothing() -> None:
    """It is no uncertain send."""
    async with aiohttp.ClientSession() as session:
        pass
    async with SendServer() as server:
        client = Client("token", v2_url=server.url, session=session)
        outcome = await send(client)
        check(outcome, server)
    assert type(outcome) is ConfigurationError


@pytest.mark.parametrize("fault", [lose("reset"), accept_and_say("500 x"), refuse("429 x")])
async def test_a_middleware_can_not_send_twice(fault: Act) -> None:
    """What a caller's session would repeat is refused, and stays uncertain."""

    async def again(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            (await handler(request)).release()
        return await handler(request)

    async with (
        SendServer([fault]) as server,
        aiohttp.ClientSession(middlewares=[again]) as session,
    ):
        client = Client("token", v2_url=server.url, session=session, **QUICK)
        outcome = await send(client)
        check(outcome, server)
        assert isinstance(outcome, SendUncertainError)
        assert server.connections == 1


async def test_a_large_send_that_is_cut_off_is_uncertain() -> None:
    """Also where the client is still writing."""
    recipients = {f"467{number:08}": {"x": "y" * 500} for number in range(10_000)}

    async def attempt(act: Act) -> None:
        async with SendServer([act]) as server:
            async with Client("token", v2_url=server.url, rate_limit=None) as client:
                outcome = await send(client, recipients=recipients)
            check(outcome, server)
            assert isinstance(outcome, SendUncertainError)

    for act in (cut(100_000, "reset"), cut(100_000, "close"), lose("reset")):
        await attempt(act)


class OutOfReach:
    """A limiter that gives permissions, and is gone when the server asks for less."""

    async def acquire(self) -> None:
        """Allow everything."""

    async def pause(self, seconds: float) -> None:
        """Fail, as a store does that is away just now."""
        raise LimiterError("the shared limit is out of reach")


async def test_a_limiter_that_cant_pause_hides_no_doubt() -> None:
    """A `LimiterError` says that nothing was sent: a send that may have arrived never gives it."""
    in_doubt = accept_and_say("503 x", None, "Retry-After: 3")
    refused = refuse("429 x", "Retry-After: 3")
    for act, kind in ((in_doubt, SendUncertainError), (refused, RateLimitError)):
        async with SendServer([act]) as server:
            options: dict[str, Any] = {**QUICK, "rate_limit": OutOfReach()}
            async with Client("token", v2_url=server.url, **options) as client:
                outcome = await send(client)
        check(outcome, server)
        assert isinstance(outcome, kind)


# Who leaves early.


async def test_a_cancelled_send_is_settled_by_its_key() -> None:
    """Before, within and after the request: what was accepted is found, and never sent twice."""
    arrived = asyncio.Event()

    def tell(act: Act) -> Act:
        async def told(post: Post) -> None:
            arrived.set()
            await act(post)

        return told

    for act in (tell(cut(0, "hang")), tell(cut(100, "hang")), tell(lose("hang"))):
        arrived.clear()
        async with (
            SendServer([act]) as server,
            Client("token", v2_url=server.url, rate_limit=None) as client,
        ):
            sending = asyncio.create_task(send(client))
            await arrived.wait()
            await asyncio.sleep(0.02)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            batch = await client.v2.batches.settle(KEY, patience=0)
            assert (batch is not None) == bool(server.accepted)


@pytest.mark.parametrize("fault", [cut(0, "hang"), cut(100, "hang"), lose("hang")])
async def test_a_client_that_is_closed_meanwhile_leaves_a_send_uncertain(fault: Act) -> None:
    """Bytes may have been written."""
    async with SendServer([fault]) as server:
        client = Client("token", v2_url=server.url, rate_limit=None)
        sending = asyncio.create_task(send(client))
        await server.met.wait()
        await asyncio.sleep(0.1)
        await client.aclose()
        outcome = await sending
        check(outcome, server)
        assert isinstance(outcome, SendUncertainError)
        assert isinstance(outcome.failure, ClientClosedError)


async def test_a_client_that_is_closed_before_the_turn_sent_nothing() -> None:
    """A send that waits for the limit, or for its next attempt, is not uncertain."""
    async with SendServer([refuse("429 x", "Retry-After: 30")]) as server:
        client = Client("token", v2_url=server.url, rate_limit=None)
        sending = asyncio.create_task(send(client))
        await asyncio.sleep(0.05)
        await client.aclose()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        outcome = await send(client)
        check(outcome, server)
        assert type(outcome) is ClientClosedError


async def test_a_client_that_is_closed_while_it_connects_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a connection there is nothing to be uncertain about."""

    async def resolve(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(0.2)
        raise OSError(-2, "gone")

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    client = Client("token", v2_url="https://api.invalid/v2", rate_limit=None)
    sending = asyncio.create_task(send(client))
    await asyncio.sleep(0.05)
    await client.aclose()
    assert type(await sending) is ClientClosedError


# What every outcome of a sequence holds.


async def test_no_sequence_of_faults_sends_twice() -> None:
    """Refusals that allow another attempt, and then a fault: at most one is accepted."""
    again = refuse("429 x", "Retry-After: 0")
    finals = [lose(end) for end in ENDS] + [
        accept_and_say("500 x"),
        refuse("400 x"),
        cut(9, "close"),
    ]

    async def attempt(acts: list[Act]) -> Batch | IP1Error:
        async with SendServer(acts) as server:
            client = Client("token", v2_url=server.url, rate_limit=None, timeout=3, retry_for=20)
            async with client:
                outcome = await send(client)
            check(outcome, server)
            assert not server.acts
            return outcome

    sequences = [[*[again] * count, final] for count in range(3) for final in finals]
    outcomes = await asyncio.gather(*map(attempt, sequences))
    assert len([*chain(outcomes)]) == 18
