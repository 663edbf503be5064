"""One call: attempts, retries, timeouts and sizes, over real sockets unless it says otherwise."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import attrs
import pytest
from aiohttp import ClientConnectorCertificateError, ClientConnectorSSLError
from aiohttp.client_reqrep import ConnectionKey
from answers import Answers
from clock import FakeClock
from hypothesis import example, given
from hypothesis import strategies as st

from ip1_async import (
    BadRequestError,
    Client,
    ClientClosedError,
    ConfigurationError,
    HTTPStatusError,
    InvalidResponseError,
    IP1Error,
    RateLimiter,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from ip1_async._http.retry import RetryBudget, parse_retry_after, pause_after
from ip1_async.events import Attempt, Event, Failure
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
SUMMARY = f"https://api.ip1sms.com/v2/conversations/{NUMBER}/summary"
OK = b'{"participant": "46712345678"}'


async def summary(client: Client) -> Any:
    """Make the smallest call."""
    return await client.v2.conversations.get_summary(NUMBER)


async def failure(client: Client) -> IP1Error:
    """Make the smallest call, and give the error that it raises."""
    with pytest.raises(IP1Error) as caught:
        await summary(client)
    return caught.value


def simulator(*faults: Fault | None, **options: Any) -> Simulator:
    """Make a server whose first answers go wrong."""
    return Simulator(conversations={NUMBER: 3}, faults=faults, **options)


@attrs.define
class Notes:
    """A limiter that records its calls."""

    acquired: int = 0
    pauses: list[float] = attrs.field(factory=list)
    wait: Callable[[], Any] = lambda: asyncio.sleep(0)

    async def acquire(self) -> None:
        """Give the permission after the wait."""
        await self.wait()
        self.acquired += 1

    async def pause(self, seconds: float) -> None:
        """Note it."""
        self.pauses.append(seconds)


def answer(body: bytes, *headers: str, length: int | None = None) -> bytes:
    """Write an answer of HTTP."""
    size = len(body) if length is None else length
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


# Retries.


async def test_delays_grow_up_to_the_cap(make_client: Callable[..., Client]) -> None:
    """A call that fails while others succeed backs off: from 0.5 s doubling up to 20 s."""

    def one_path(number: int, request: Request) -> Fault | None:
        return Fault(status=503) if request.path.endswith("/summary") else None

    async with Simulator(conversations={NUMBER: 3}, faults=one_path) as sim:
        told: list[Event] = []
        client = make_client(v2_url=sim.v2_url, retry_for=100, on_event=told.append)
        others = asyncio.create_task(keep_reading(client))
        error = await failure(client)
        others.cancel()
        sent = sum(request.path.endswith("/summary") for request in sim.requests)
    delays = [event.delay for event in told if isinstance(event, Failure)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 20, 20, 20, pytest.approx(8.5, abs=0.1), None]
    assert isinstance(error, ServerError)
    assert (error.status, error.attempts, sent) == (503, 11, 11)
    assert "(11 attempts)" in str(error)


async def keep_reading(client: Client) -> None:
    """Make a call that succeeds, twice a second."""
    while True:
        await client.v2.conversations.list_messages(NUMBER).collect()
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5])
async def test_jitter_is_full(
    chance: float, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A delay lies anywhere between nothing and its bound."""
    clock.chance = chance
    async with simulator(*[Fault(status=500)] * 2) as sim:
        assert await summary(make_client(v2_url=sim.v2_url))
    assert clock.slept == [bound * chance for bound in (0.5, 1)]


async def test_no_time_to_retry_is_one_attempt(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """With `retry_for=0` the client sends a request once."""
    async with simulator(Fault(status=503)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url, retry_for=0))
        assert len(sim.requests) == 1
    assert (error.attempts, clock.slept) == (1, [])


LOST = Fault(reset="before")


@pytest.mark.parametrize(
    "fault",
    [
        LOST,
        Fault(reset="inside"),
        Fault(truncate=True),
        Fault(status=429),
        *[Fault(status=status) for status in (500, 502, 503, 504, 599)],
    ],
    ids=repr,
)
async def test_a_passing_failure_is_retried(
    fault: Fault, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A reset, a cut body, a 429 or a 5xx costs some time and nothing else."""
    async with simulator(fault, fault, fault) as sim:
        assert await summary(make_client(v2_url=sim.v2_url))
    assert clock.slept


async def test_a_refused_connection_is_retried(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A refused connection is retried until `retry_for` ends, then it is a TransportError."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await failure(make_client(v2_url=f"http://127.0.0.1:{port}/v2", retry_for=3))
    assert type(error) is TransportError
    assert clock.slept[:2] == [0.5, 1]
    assert error.attempts == 4


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 451])
async def test_a_refusal_is_not_retried(
    status: int, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """The client does not repeat a request after another 4xx."""
    async with simulator(Fault(status=status)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url))
        assert len(sim.requests) == 1
    assert isinstance(error, HTTPStatusError)
    assert (error.status, error.attempts, clock.slept) == (status, 1, [])


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"NaN"])
async def test_an_answer_that_cannot_be_read_is_not_retried(
    body: bytes, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """The client does not repeat a request after a complete answer that is no JSON."""
    async with simulator(Fault(body=body)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url))
    assert isinstance(error, InvalidResponseError)
    assert (error.attempts, clock.slept) == (1, [])


async def test_the_last_failure_is_raised(make_client: Callable[..., Client]) -> None:
    """Of several failures the last one counts."""
    async with simulator(Fault(status=503), Fault(status=400)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url))
    assert type(error) is BadRequestError
    assert error.attempts == 2


@pytest.mark.parametrize("before", [[], [None]], ids=["fresh", "kept alive"])
async def test_nothing_is_sent_but_by_us(
    before: list[None], make_client: Callable[..., Client]
) -> None:
    """With `retry_for=0` a lost GET is one request, though aiohttp would send it once more."""
    limit = Notes()
    async with simulator(*before, LOST, LOST) as sim:
        client = make_client(v2_url=sim.v2_url, rate_limit=limit, retry_for=0)
        for _ in before:
            await summary(client)
        error = await failure(client)
        assert len(sim.requests) == limit.acquired == len(before) + 1
    assert type(error) is TransportError
    assert error.attempts == 1


# Retry-After.


@pytest.mark.parametrize("status", [429, 503])
async def test_the_server_says_when(
    status: int, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A call waits as long as Retry-After says, if that is longer; all calls pause anyway."""
    limit = Notes()
    faults = [Fault(status=status, headers={"Retry-After": text}) for text in ("0.25", "7")]
    async with simulator(*faults) as sim:
        assert await summary(make_client(v2_url=sim.v2_url, rate_limit=limit))
    assert clock.slept[:2] == [0.5, 7]
    assert limit.pauses == [0.25, 7]


async def test_a_longer_time_than_there_is_fails_at_once(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A too long Retry-After ends the call at once; the error has it, and all calls pause."""
    limit = Notes()
    async with simulator(Fault(status=429, headers={"Retry-After": "3600"})) as sim:
        error = await failure(make_client(v2_url=sim.v2_url, rate_limit=limit))
    assert isinstance(error, RateLimitError)
    assert (error.retry_after, error.attempts, clock.slept) == (3600, 1, [])
    assert limit.pauses == [3600]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_refusal_pauses_nobody(status: int, make_client: Callable[..., Client]) -> None:
    """A `Retry-After` on it, however absurd, says nothing about other calls."""
    limit = Notes()
    async with simulator(Fault(status=status, headers={"Retry-After": "86400"})) as sim:
        error = await failure(make_client(v2_url=sim.v2_url, rate_limit=limit))
    assert isinstance(error, HTTPStatusError)
    assert (error.retry_after, limit.pauses) == (86_400, [])


async def test_a_429_without_a_time_pauses_for_a_second(
    make_client: Callable[..., Client],
) -> None:
    """A 429 pauses all calls of the account; a 503 delays only its own call."""
    limit = Notes()
    garbage = Fault(status=429, headers={"Retry-After": "soon"})
    async with simulator(Fault(status=429), garbage, Fault(status=503)) as sim:
        assert await summary(make_client(v2_url=sim.v2_url, rate_limit=limit))
    assert limit.pauses == [1, 1]


NOW = datetime(2026, 3, 9, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("0.5", 0.5),
        ("-5", 0),
        ("1e3", 1000),
        ("nan", None),
        ("inf", None),
        ("-inf", 0),
        ("1e999", None),
        ("", None),
        ("soon", None),
        ("7 s", None),
        ("Mon, 09 Mar 2026 12:01:30 GMT", 90),
        ("Mon, 09 Mar 2026 11:00:00 GMT", 0),
        ("Mon, 09 Mar 2026 13:00:30 +0100", 30),
        ("Mon, 09 Mar 2026 12:00:10 -0000", 10),
        ("Monday, 09-Mar-26 12:00:05 GMT", 5),
        ("Mon Mar  9 12:00:05 2026", 5),
        ("Mon, 39 Mar 2026 12:01:30 GMT", None),
        ("Mon, 09 Mar 99999 12:01:30 GMT", None),
        ("Mon, 09 Mar 99999999999999999999 12:01:30 GMT", None),
        ("Mon, 09 Mar 2026 12:01:30 +99999999999999999999", None),
        ("Mon, 09 Mar 0001 00:00:00 +2359", None),
    ],
)
def test_a_retry_after_is_read(value: str, seconds: float | None) -> None:
    """Seconds or a date of HTTP, never negative; what can't be read is as good as none."""
    if "0001" in value:
        assert parse_retry_after(value, NOW) in (0, None)
    else:
        assert parse_retry_after(value, NOW) == seconds


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ [\d:]+ [+-]\d+"))
@example("Mon, 09 Mar 2026 12:00:05")
def test_any_retry_after_is_survived(value: str) -> None:
    """No text raises, and none gives a time that is no time."""
    seconds = parse_retry_after(value)
    assert seconds is None or 0 <= seconds < float("inf")


def test_a_date_counts_from_now() -> None:
    """Without a time to count from, the present counts."""
    assert parse_retry_after("Mon, 09 Mar 2015 12:00:00 GMT") == 0
    assert (parse_retry_after("Mon, 09 Mar 2995 12:00:00 GMT") or 0) > 1e9


# When to try again.


def test_delays_stay_bounded_for_good() -> None:
    """The delay stays finite after any number of failures."""
    budget = RetryBudget(retry_for=1e9, failures=10**6)
    assert budget.delay_after(TransportError(), 0.0, 1.0) == 20


def test_a_bad_certificate_is_final() -> None:
    """The client does not repeat a request after a certificate that can't be verified."""
    error = TransportError()
    error.transient = False
    assert RetryBudget(retry_for=60).delay_after(error, 0.0, 1.0) is None


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(TransportError(), 0), (ServerError(), 0), (RateLimitError(), 1), (IP1Error(), 0)],
)
def test_who_holds_back(error: IP1Error, seconds: float) -> None:
    """Only a 429, or an answer with a Retry-After, pauses all calls."""
    assert pause_after(error) == seconds


async def test_waiting_for_the_limit_is_not_retrying(
    make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A hundred seconds in the queue leave the ten for retries as they are."""
    limit = Notes(wait=lambda: asyncio.sleep(100))
    async with simulator(*[Fault(status=503)] * 99) as sim:
        client = make_client(v2_url=sim.v2_url, rate_limit=limit, retry_for=10)
        error = await failure(client)
    assert error.attempts > 3
    assert clock.slept[0] == 0.5


# Timeouts.


async def test_a_hanging_server_is_a_timeout(make_client: Callable[..., Client]) -> None:
    """A timeout is a TransportError, and Python's own TimeoutError."""
    async with simulator(Fault(hang=True)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url, timeout=0.05, retry_for=0))
    assert isinstance(error, RequestTimeoutError)
    assert isinstance(error, TimeoutError)
    assert "0.05 s" in str(error)
    assert error.attempts == 1


async def test_a_timeout_is_retried(make_client: Callable[..., Client], clock: FakeClock) -> None:
    """Every attempt has its own timeout."""
    async with simulator(Fault(hang=True)) as sim:
        assert await summary(make_client(v2_url=sim.v2_url, timeout=0.1))
    assert clock.slept[0] == 0.5


async def test_a_dripping_server_is_a_timeout(
    serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """The timeout includes the body: bytes that keep coming do not prolong it."""

    async def drip(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"", length=10_000))
        for _ in range(10_000):
            writer.write(b" ")
            await asyncio.sleep(0.01)

    error = await failure(make_client(v2_url=await serve(drip), timeout=0.1, retry_for=0))
    assert isinstance(error, RequestTimeoutError)


async def test_the_time_runs_from_the_permission(make_client: Callable[..., Client]) -> None:
    """Waiting for the limit longer than `timeout` is no timeout."""
    limit = Notes(wait=lambda: asyncio.sleep(2.2))
    async with simulator() as sim:
        client = make_client(v2_url=sim.v2_url, rate_limit=limit, timeout=2, retry_for=0)
        assert await summary(client)
    assert limit.acquired == 1


async def test_what_a_middleware_repeats_waits_for_its_permission_too(
    make_client: Callable[..., Client],
) -> None:
    """A caller's own middleware may send again: its wait for the limit is no timeout either."""
    waits = iter([0, 2.2])
    limit = Notes(wait=lambda: asyncio.sleep(next(waits)))

    async def twice(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        (await handler(request)).release()
        return await handler(request)

    async with simulator() as sim, aiohttp.ClientSession(middlewares=[twice]) as session:
        told: list[Event] = []
        client = make_client(
            v2_url=sim.v2_url, session=session, rate_limit=limit, timeout=2, on_event=told.append
        )
        assert await summary(client)
        assert len(sim.requests) == limit.acquired == 2
    assert [event.number for event in told if isinstance(event, Attempt)] == [1, 2]


async def test_a_cancelled_call_passes_its_cancellation(
    make_client: Callable[..., Client],
) -> None:
    """`asyncio.timeout` around a call works as around anything else."""
    arrived = asyncio.Event()

    def hang(number: int, request: Request) -> Fault | None:
        arrived.set()
        return None if number else Fault(hang=True)

    async with Simulator(conversations={NUMBER: 3}, faults=hang) as sim:
        client = make_client(v2_url=sim.v2_url)
        task = asyncio.create_task(summary(client))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await summary(client)


# Bodies.


async def test_a_body_up_to_the_cap_is_read(
    serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """A body may be as large as the cap, and not one byte larger."""

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(OK))

    url = await serve(send)
    assert await summary(make_client(v2_url=url, max_response_bytes=len(OK)))
    error = await failure(make_client(v2_url=url, max_response_bytes=len(OK) - 1))
    assert isinstance(error, InvalidResponseError)
    assert f"over {len(OK) - 1} bytes" in str(error)


async def test_a_compressed_body_is_capped_while_it_grows(
    serve: Callable[..., Any], make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """Some kilobytes of gzip that hold fifty megabytes are given up early, and not retried."""
    bomb = gzip.compress(bytes(50_000_000), 9)
    asked: list[bytes] = []

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(head)
        writer.write(answer(bomb, "Content-Encoding: gzip"))

    error = await failure(make_client(v2_url=await serve(send), max_response_bytes=1_000_000))
    assert isinstance(error, InvalidResponseError)
    assert "over 1000000 bytes" in str(error)
    assert (len(asked), clock.slept) == (1, [])


async def test_a_compressed_body_is_read(
    serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """The client asks for gzip, and reads a compressed body."""

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        assert b"accept-encoding: gzip" in head.lower()
        writer.write(answer(gzip.compress(OK), "Content-Encoding: gzip"))

    assert (await summary(make_client(v2_url=await serve(send)))).participant == NUMBER


@pytest.mark.parametrize("cut", [1, 8, 12, 40])
async def test_gzip_without_its_end_is_cut_short(
    cut: int, serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """A gzip body without its end is a failure, and the client asks again."""
    packed = gzip.compress(OK)
    bodies = iter([packed[:-cut], packed])

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(next(bodies), "Content-Encoding: gzip"))

    told: list[Event] = []
    client = make_client(v2_url=await serve(send), on_event=told.append)
    assert (await summary(client)).participant == NUMBER
    assert [type(event.error) for event in told if isinstance(event, Failure)] == [TransportError]


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
async def test_a_compression_that_nobody_asked_for_is_refused(
    encoding: str, serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """A body in an encoding that the client did not ask for is an error."""

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(OK, f"Content-Encoding: {encoding}"))

    error = await failure(make_client(v2_url=await serve(send)))
    assert isinstance(error, InvalidResponseError)


async def test_a_part_of_an_answer_is_no_answer(make_client: Callable[..., Client]) -> None:
    """Nobody asked for a range, so a 206 is not taken for the whole."""
    async with simulator(Fault(status=206, body=OK)) as sim:
        error = await failure(make_client(v2_url=sim.v2_url))
    assert isinstance(error, InvalidResponseError)
    assert "part" in str(error)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(
    status: int, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A redirect is an error, because it could lead the request anywhere."""
    async with simulator() as elsewhere:
        target = {"Location": f"{elsewhere.v2_url}/conversations/{NUMBER}/summary"}
        async with simulator(Fault(status=status, headers=target, body=b"")) as sim:
            error = await failure(make_client(v2_url=sim.v2_url))
            assert len(sim.requests) == 1
        assert elsewhere.requests == []
    assert isinstance(error, InvalidResponseError)
    assert "redirect" in str(error)
    assert clock.slept == []


async def test_no_cookie_is_kept(make_client: Callable[..., Client]) -> None:
    """The client neither keeps nor sends cookies."""
    async with simulator(Fault(status=503, headers={"Set-Cookie": "a=b"})) as sim:
        await summary(make_client(v2_url=sim.v2_url))
        assert "Cookie" not in sim.requests[-1].headers


async def test_a_proxy_is_asked(
    serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """A request through a proxy names the whole URL."""
    heads: list[bytes] = []

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(answer(OK))

    await summary(make_client(v2_url="http://127.0.0.1:1/v2", proxy=await serve(send)))
    assert heads[0].startswith(b"GET http://127.0.0.1:1/v2/conversations/")


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        answer(b"no gzip", "Content-Encoding: gzip"),
        answer(OK, "X-Long: " + "a" * 100_000),
        b"",
    ],
    ids=lambda text: repr(text[:40]),
)
async def test_broken_http_is_an_error_of_transport(
    bad: bytes, serve: Callable[..., Any], make_client: Callable[..., Client]
) -> None:
    """No answer of a server lets an error of aiohttp out."""

    async def send(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(bad)
        await writer.drain()
        writer.close()

    error = await failure(make_client(v2_url=await serve(send), retry_for=0, timeout=1))
    assert type(error) is TransportError


# Foreign errors (in place of a network).

KEY = ConnectionKey("host", 443, True, True, None, None, None)
Foreign = tuple[Exception, type[IP1Error], bool]
FOREIGN: list[Foreign] = [
    (aiohttp.ClientConnectionError("x"), TransportError, True),
    (aiohttp.ClientOSError(104, "reset"), TransportError, True),
    (aiohttp.ClientPayloadError("x"), TransportError, True),
    (aiohttp.ServerDisconnectedError(), TransportError, True),
    (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown")), TransportError, True),
    (aiohttp.ServerTimeoutError(), RequestTimeoutError, True),
    (aiohttp.ConnectionTimeoutError(), RequestTimeoutError, True),
    (TimeoutError(), RequestTimeoutError, True),
    (ConnectionResetError(104, "reset"), TransportError, True),
    (OSError(), TransportError, True),
    (ssl.SSLError(1, "handshake"), TransportError, True),
    (ClientConnectorSSLError(KEY, ssl.SSLError(1, "x")), TransportError, True),
    (
        ClientConnectorCertificateError(KEY, ssl.CertificateError("wrong name")),
        TransportError,
        False,
    ),
]


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: type(case[0]).__name__)
async def test_a_foreign_error_is_translated(
    case: Foreign, answers: Answers, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """Every error of aiohttp becomes one of ours; all are transient but a bad certificate."""
    foreign, kind, retried = case
    answers.get(SUMMARY, exception=foreign, repeat=True)
    error = await failure(make_client(retry_for=1))
    assert type(error) is kind
    assert error.__cause__ is None
    assert error.__context__ is None
    assert clock.slept == pytest.approx([0.5, 0.5] if retried else [])
    assert error.attempts == len(answers.calls) == (3 if retried else 1)


async def test_an_error_that_is_no_transports_passes(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """A bug is not hidden behind a failure of the network."""
    answers.get(SUMMARY, exception=LookupError("a bug"))
    with pytest.raises(LookupError, match="a bug"):
        await summary(make_client())


async def test_a_client_without_a_limit_survives_a_429(
    make_client: Callable[..., Client],
) -> None:
    """There is nothing to pause then, with or without a time."""
    async with simulator(Fault(status=429), Fault(status=429, headers={"Retry-After": "2"})) as sim:
        assert await summary(make_client(v2_url=sim.v2_url, rate_limit=None))


# Edges.


async def test_a_call_whose_client_is_closed_meanwhile_says_so(
    make_client: Callable[..., Client],
) -> None:
    """A call in flight raises ClientClosedError when the client closes."""
    async with simulator(Fault(hang=True)) as sim:
        client = make_client(v2_url=sim.v2_url)
        call = asyncio.ensure_future(summary(client))
        while not sim.requests:  # noqa: ASYNC110  # the simulator tells nobody
            await asyncio.sleep(0.001)
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await call


async def test_a_call_that_waits_for_the_limit_is_not_sent_after_closing(
    make_client: Callable[..., Client],
) -> None:
    """Once the client is closed nothing is sent, not even over a session of the caller's."""
    permitted = asyncio.Event()

    async def wait() -> None:
        await permitted.wait()

    async with simulator() as sim, aiohttp.ClientSession() as session:
        client = make_client(v2_url=sim.v2_url, session=session, rate_limit=Notes(wait=wait))
        call = asyncio.ensure_future(summary(client))
        await asyncio.sleep(0)
        await client.aclose()
        permitted.set()
        with pytest.raises(ClientClosedError):
            await call
        assert not sim.requests


async def test_an_unreadable_answer_tells_all_its_attempts(
    make_client: Callable[..., Client],
) -> None:
    """A retry before an answer that is no JSON counts."""
    async with simulator(Fault(status=503), Fault(body=b"{")) as sim:
        with pytest.raises(InvalidResponseError) as caught:
            await summary(make_client(v2_url=sim.v2_url))
    assert caught.value.attempts == 2


async def test_the_error_of_a_limiter_is_its_own(make_client: Callable[..., Client]) -> None:
    """What a limiter of the caller's raises passes untouched, and nothing was sent."""

    async def wait() -> None:
        raise ConnectionRefusedError("no limiter there")

    async with simulator() as sim:
        client = make_client(v2_url=sim.v2_url, rate_limit=Notes(wait=wait))
        with pytest.raises(ConnectionRefusedError, match="no limiter there"):
            await summary(client)
        assert not sim.requests


async def test_a_session_that_does_not_decompress_does_so_for_us(
    make_client: Callable[..., Client],
) -> None:
    """Compressed answers are read even over a session made with `auto_decompress=False`."""
    body = gzip.compress(b'{"participant": "zipped"}')
    fault = Fault(status=200, body=body, headers={"Content-Encoding": "gzip"})
    async with (
        simulator(fault) as sim,
        aiohttp.ClientSession(auto_decompress=False) as session,
    ):
        got = await summary(make_client(v2_url=sim.v2_url, session=session))
    assert got.participant == "zipped"


@pytest.mark.parametrize("proxy", ["", "not a url", "127.0.0.1:8080", "socks5://127.0.0.1:1", 5])
def test_what_is_no_proxy_is_refused(proxy: Any) -> None:
    """A proxy needs its scheme; its text, which may hold a password, is not shown."""
    with pytest.raises(ConfigurationError, match=r"^proxy: expected http://"):
        Client("token", proxy=proxy)


def test_an_offset_beyond_any_list_is_refused() -> None:
    """What no server can count is refused before anything is sent."""
    with pytest.raises(ValueError, match="start"):
        Client("token").v2.conversations.list_messages("x", start=2**70)


def test_a_limiter_serves_one_loop_after_another() -> None:
    """A limiter kept by a module works in each `asyncio.run`."""
    limiter = RateLimiter(10_000)

    async def hurry() -> None:
        await asyncio.gather(*(limiter.acquire() for _ in range(20_100)))

    asyncio.run(hurry())
    asyncio.run(hurry())
