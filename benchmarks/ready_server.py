"""A server that is no bottleneck: its own process sends bytes that are ready.

The simulator writes the messages once. After that, the server only looks up an answer, in a bare
asyncio protocol without a web framework. For a new page, it joins messages that are ready, and
gives them new ids. The base URL contains latency, list length and rate limit, so that one process
with warm pages serves every question.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import attrs

from ip1_async.testing import Simulator

PARTICIPANT = "46712345678"
_WRITTEN = 20_000  # messages the simulator writes; longer lists repeat them with other ids
_PAGE = 200
_CACHE_BYTES = 256 << 20
_ID = b'{"id":"'
_ID_DIGITS = 24
_runs = count()


async def _write_messages(total: int) -> list[bytes]:
    """Let the simulator write messages; give each without its id."""
    async with (
        Simulator(conversations={PARTICIPANT: total}) as simulator,
        aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session,
    ):
        url = f"{simulator.v2_url}/conversations/{PARTICIPANT}?limit={_PAGE}&start="
        bodies = [await _get(session, f"{url}{start}") for start in range(0, total, _PAGE)]
    return [_without_id(message) for body in bodies for message in json.loads(body)]


async def _get(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as response:
        return await response.read()


def _without_id(message: Any) -> bytes:
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    assert text.startswith(_ID)
    return text[len(_ID) + _ID_DIGITS :]


@attrs.define
class _Arrivals:
    """The requests that arrived under one base URL."""

    requests: int = 0
    throttled: int = 0
    arrivals: deque[float] = attrs.field(factory=deque)

    def exceeds(self, limit: int) -> bool:
        """Count an arrival; refused ones count, too."""
        self.requests += 1
        now = time.monotonic()
        self.arrivals.append(now)
        while self.arrivals[0] <= now - 1.0:
            self.arrivals.popleft()
        exceeded = 0 < limit < len(self.arrivals)
        self.throttled += exceeded
        return exceeded


class _Answers:
    """Every answer, as the bytes that go to the client."""

    def __init__(self, messages: list[bytes], host: str) -> None:
        self._messages = messages
        self._host = host
        self._ready: dict[tuple[str, str], bytes] = {}
        self._bytes = 0
        self._tallies: dict[str, _Arrivals] = {}

    def answer(self, target: str) -> tuple[float, bytes]:
        """Give the seconds to wait and the answer."""
        path, _, query = target.partition("?")
        _, run, total, delay, limit, *rest = path.split("/")
        tally = self._tallies.setdefault(run, _Arrivals())
        if rest == ["tally"]:
            return 0.0, _ok(f"[{tally.requests},{tally.throttled}]".encode())
        if tally.exceeds(int(limit)):
            return 0.0, _TOO_MANY
        if rest[-1] == "summary":
            return float(delay), _SUMMARY
        return float(delay), self._page(total, query)

    def _page(self, total: str, query: str) -> bytes:
        page = self._ready.get((total, query))
        if page is None:
            page = self._join(int(total), query)
            if self._bytes < _CACHE_BYTES:
                self._bytes += len(page)
                self._ready[total, query] = page
        return page

    def _join(self, total: int, query: str) -> bytes:
        numbers = parse_qs(query)
        start, limit = int(numbers["start"][0]), int(numbers["limit"][0])
        ready = self._messages
        parts = [
            b"%s%024x%s" % (_ID, index, ready[index % len(ready)])
            for index in range(start, min(start + limit, total))
        ]
        headers = f"Link: {self._links(start, limit, total)}\r\n"
        return _ok(b"[" + b",".join(parts) + b"]", headers.encode())

    def _links(self, start: int, limit: int, total: int) -> str:
        last = start + (total - start - 1) // limit * limit
        starts = {"self": start, "first": 0, "prev": max(start - limit, 0), "last": max(last, 0)}
        if start + limit < total:
            starts["next"] = start + limit
        url = f"<http://{self._host}/v2/conversations/{PARTICIPANT}?start="
        return ", ".join(
            f'{url}{at}&limit={limit}&order=ASC>; rel="{name}"' for name, at in starts.items()
        )


def _ok(body: bytes, headers: bytes = b"") -> bytes:
    kind = b"Content-Type: application/json; charset=utf-8\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"HTTP/1.1 200 OK\r\n" + kind + headers + length + body


_COUNTS = {str(code): {"messages": 40, "sms": 80} for code in (101, 111, 201, 202, 405)}
_SUMMARY = _ok(
    json.dumps(
        {
            "participant": PARTICIPANT,
            "totalMessageCount": 400,
            "totalSmsCount": 800,
            "mobileTerminatedMessages": _COUNTS,
            "mobileOriginatedMessages": {"201": {"messages": 200, "sms": 400}},
        }
    ).encode()
)
_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One kept-alive connection: a request at a time, GET without a body."""

    def __init__(self, pages: _Answers) -> None:
        self._pages = pages
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=8 << 20)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        target = self._received.split(b" ", 2)[1].decode()
        self._received = b""
        delay, answer = self._pages.answer(target)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _serve(total: int) -> None:
    """Listen, print the port, and end when standard input ends."""
    messages = await _write_messages(min(total, _WRITTEN))
    loop = asyncio.get_running_loop()
    pages: _Answers
    server = await loop.create_server(lambda: _Connection(pages), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pages = _Answers(messages, f"127.0.0.1:{port}")
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@attrs.frozen
class ReadyServer:
    """A running server."""

    port: int

    def url(self, messages: int, *, latency: float = 0.0, rate_limit: int = 0) -> str:
        """Give a base URL of v2 for a list with this length, latency in seconds, and rate limit."""
        run = f"run{next(_runs)}"
        return f"http://127.0.0.1:{self.port}/{run}/{messages}/{latency}/{rate_limit}/v2"

    def tally(self, url: str) -> tuple[int, int]:
        """Give the count of requests under a base URL, and how many were refused."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", url.removesuffix("/v2").partition(str(self.port))[2] + "/tally")
        requests, throttled = json.loads(connection.getresponse().read())
        connection.close()
        return requests, throttled


@contextmanager
def served(messages: int) -> Iterator[ReadyServer]:
    """Serve lists; after this number, the messages repeat with other ids."""
    command = [sys.executable, "-m", "benchmarks.ready_server", str(messages)]
    with subprocess.Popen(  # noqa: S603  # our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield ReadyServer(int(process.stdout.readline()))
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
