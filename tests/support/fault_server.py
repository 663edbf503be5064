"""A server that fails below HTTP: it serves pages of a list until a fault comes."""

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
from socket_server import SocketServer, reset, target_of

PAGE = 20
# Made beforehand: a client's timeout runs while a fault is at work.
BOMB = gzip.compress(b" " * 50_000_000, compresslevel=1)
Fault = Callable[["Exchange"], Any]


@attrs.define(eq=False)
class Exchange:
    """One request on a connection, and its right answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body: bytes
    link: str

    def head(self, length: int | None, *more: str, status: str = "200 OK") -> bytes:
        """Write a status line and headers."""
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Link: {self.link}"]
        lines += [] if length is None else [f"Content-Length: {length}"]
        return "\r\n".join([*lines, *more, "", ""]).encode()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        reset(self.writer)

    async def send(self, data: bytes) -> None:
        """Write, and wait until the bytes are on their way."""
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0.01)


async def reset_before(x: Exchange) -> None:
    x.reset()


async def reset_in_headers(x: Exchange) -> None:
    await x.send(x.head(len(x.body))[:40])
    x.reset()


async def reset_in_body(x: Exchange) -> None:
    await x.send(x.head(len(x.body)) + x.body[:50])
    x.reset()


async def reset_in_chunk(x: Exchange) -> None:
    await x.send(x.head(None, "Transfer-Encoding: chunked") + b"fff\r\n" + x.body[:50])
    x.reset()


async def short_body(x: Exchange) -> None:
    await x.send(x.head(len(x.body) + 10) + x.body)
    x.writer.close()


async def half_close(x: Exchange) -> None:
    await x.send(x.head(len(x.body)))
    x.writer.write_eof()
    await asyncio.sleep(0.05)
    x.writer.close()


async def drip(x: Exchange) -> None:
    for byte in x.head(len(x.body)) + x.body:
        await x.send(bytes([byte]))


async def silence(x: Exchange) -> None:
    await x.reader.read()


async def stale(x: Exchange) -> None:
    """Answer well, and close the kept connection without a word."""
    await x.send(x.head(len(x.body)) + x.body)
    x.writer.close()


async def garbage(x: Exchange) -> None:
    await x.send(b"\x00\xff\x16 not HTTP at all \r\n\r\n")
    x.writer.close()


async def bad_gateway(x: Exchange) -> None:
    await x.send(x.head(0, status="502 Bad Gateway"))


async def too_many(x: Exchange) -> None:
    await x.send(x.head(0, "Retry-After: 0", status="429 Too Many Requests"))


async def not_json(x: Exchange) -> None:
    await x.send(x.head(len(x.body) - 1) + x.body[:-1])


async def gzip_bomb(x: Exchange) -> None:
    await x.send(x.head(len(BOMB), "Content-Encoding: gzip") + BOMB)


async def broken_gzip(x: Exchange) -> None:
    body = gzip.compress(x.body)[:-40]
    await x.send(x.head(len(body), "Content-Encoding: gzip") + body)


async def part(x: Exchange) -> None:
    await x.send(x.head(len(x.body), status="206 Partial Content") + x.body)


async def redirect(x: Exchange) -> None:
    await x.send(x.head(0, "Location: http://127.0.0.2:9/", status="307 Temporary Redirect"))


RECOVERED: tuple[Fault, ...] = (
    reset_before,
    reset_in_headers,
    reset_in_body,
    reset_in_chunk,
    short_body,
    half_close,
    drip,
    silence,
    stale,
    garbage,
    bad_gateway,
    too_many,
    broken_gzip,
)
FINAL: tuple[Fault, ...] = (not_json, gzip_bomb, part, redirect)


@attrs.define(eq=False)
class FaultServer(SocketServer):
    """Serves `count` messages in pages of 20, and applies a fault to some requests.

    Attributes:
        count: How many messages there are.
        faults: A fault by the number of the request, from 0; it is used up.
        arrivals: When each request came, in the loop's time.
    """

    count: int
    faults: dict[int, Fault] = attrs.field(factory=dict)
    always: Fault | None = None
    arrivals: list[float] = attrs.field(factory=list)

    def ids(self) -> list[str]:
        """Give the ids of all messages, in order."""
        return [f"m{number}" for number in range(self.count)]

    async def answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send the page, or let a fault send something else."""
        number = len(self.arrivals)
        self.arrivals.append(asyncio.get_running_loop().time())
        exchange = Exchange(reader, writer, *self._page(target_of(head)))
        fault = self.faults.pop(number, self.always)
        if fault is None:
            await exchange.send(exchange.head(len(exchange.body)) + exchange.body)
        else:
            await fault(exchange)

    def _page(self, target: str) -> tuple[bytes, str]:
        start = int(parse_qs(urlsplit(target).query).get("start", ["0"])[0])
        page = [{"id": item} for item in self.ids()[start : start + PAGE]]
        last = (self.count - 1) // PAGE * PAGE
        link = f'</?start={last}&limit={PAGE}>; rel="last"'
        if start + PAGE < self.count:
            link += f', </?start={start + PAGE}&limit={PAGE}>; rel="next"'
        return json.dumps(page).encode(), link
