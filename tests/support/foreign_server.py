"""A server of one conversation that takes every liberty HTTP and the API's documents leave it.

It is raw bytes over `asyncio`, and shares nothing with the client or with its simulator.
"""

import asyncio
import itertools
import json
import random
import zlib
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
from socket_server import SocketServer, reset, target_of

NUMBER = "46712345678"
DEFAULT_LIMIT = 50  # of the API, where a request names none

Row = str | None  # an id, or a row that counts for offsets and is not printed
Sizes = Callable[[Sequence[Row]], int]
Fault = Literal["503", "reset", "hang"]


def ids(count: int, prefix: str = "m") -> list[Row]:
    """Name that many messages, oldest first."""
    return [f"{prefix}{number:05}" for number in range(count)]


def message(row: str) -> bytes:
    """Write one message: all are of one second, and their texts differ in length."""
    fields = {
        "id": row,
        "direction": "mo",
        "body": "x" * (zlib.crc32(row.encode()) % 300),
        "modified": "2026-03-09T14:35:00Z",
    }
    return json.dumps(fields).encode()


def as_asked(rows: Sequence[Row]) -> int:
    """Print all that was asked for."""
    return len(rows)


def in_turn(*sizes: int) -> Sizes:
    """Print at most so many rows, another number in each answer."""
    turn = itertools.cycle(sizes)
    return lambda _: next(turn)


def once(size: int, answer: int) -> Sizes:
    """Print so many rows in this answer, the first being 1, and all in the others."""
    number = itertools.count(1)
    return lambda rows: size if next(number) == answer else len(rows)


def at_random(low: int, high: int, seed: int) -> Sizes:
    """Print at most a random number of rows."""
    rng = random.Random(seed)
    return lambda _: rng.randint(low, high)


def up_to_bytes(most: int) -> Sizes:
    """Print the rows that fit into so many bytes, and at least one."""

    def size(rows: Sequence[Row]) -> int:
        sums = itertools.accumulate(len(message(row)) for row in rows if row)
        return max(1, sum(total <= most for total in sums))

    return size


def swap(rows: list[Row], first: int, second: int) -> None:
    """Let two rows change places."""
    rows[first], rows[second] = rows[second], rows[first]


def shuffle(rows: list[Row], block: int, rng: random.Random) -> None:
    """Let the rows of each block of so many change places."""
    for begin in range(0, len(rows), block):
        part = rows[begin : begin + block]
        rng.shuffle(part)
        rows[begin : begin + block] = part


@attrs.frozen
class PageRequest:
    """What was asked for.

    Attributes:
        at: The index of the first row, whichever number offsets count from.
    """

    at: int
    limit: int
    order: str


@attrs.define(eq=False)
class ForeignServer(SocketServer):
    """Serves the rows as they are at the moment of each request.

    Attributes:
        rows: Ids, oldest first; tests change them during a read. An id may come twice.
        links: The relations in the `Link` header.
        grid: The page size by which `last` counts; `None` is the requested limit.
        sizes: A function that decides how many of the requested rows an answer has.
        first: The offset of the first row, 0 or 1. With 1, `start=0` means the first row, too.
        past_end: The answer to a start past the end.
        ignores_paging: Send the whole list to every request.
        empty: Numbers of the requests that are answered `[]` with links as if it were a page.
        before: Called with the number of each request, from 1, before it is answered.
        faults: What happens to a request, by its number, instead of an answer.
        requests: What arrived.
    """

    rows: list[Row]
    links: Sequence[str] = ("next", "last")
    grid: int | None = None
    sizes: Sizes = as_asked
    first: int = 0
    past_end: Literal[200, 404] = 404
    ignores_paging: bool = False
    empty: Sequence[int] = ()
    before: Callable[[int], object] = lambda _: None
    faults: dict[int, Fault] = attrs.field(factory=dict)
    requests: list[PageRequest] = attrs.field(init=False, factory=list)

    async def answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send a page of the rows, or let a fault happen."""
        url = urlsplit(target_of(head))
        if unquote(url.path) != f"/v2/conversations/{NUMBER}":
            writer.write(_response(404, b'{"title": "No messages to list"}'))
            return
        self.requests.append(request := self._read(dict(parse_qsl(url.query))))
        number = len(self.requests)
        self.before(number)
        match self.faults.pop(number, None):
            case "503":
                writer.write(_response(503, b"", "Retry-After: 0"))
            case "reset":
                reset(writer)
            case "hang":
                await reader.read()
            case None:
                writer.write(self._page(request, number))

    def _read(self, query: dict[str, str]) -> PageRequest:
        at = max(int(query.get("start", self.first)) - self.first, 0)
        return PageRequest(at, int(query.get("limit", DEFAULT_LIMIT)), query.get("order", "ASC"))

    def _page(self, request: PageRequest, number: int) -> bytes:
        rows = self.rows if request.order == "ASC" else self.rows[::-1]
        if self.ignores_paging:
            return _response(200, _array(rows))
        page = rows[request.at :][: request.limit]
        if not page:
            return _response(self.past_end, b'{"title": "gone"}' if self.past_end == 404 else b"[]")
        page = page[: max(1, self.sizes(page))]
        links = self._links(request, request.at + len(page), len(rows))
        return _response(200, _array([] if number in self.empty else page), *links)

    def _links(self, request: PageRequest, end: int, total: int) -> list[str]:
        """Write a header for each relation, which is as valid as one header for all."""
        grid = self.grid or request.limit
        there = {"next": (end, request.limit), "last": ((total - 1) // grid * grid, grid)}
        if end >= total:
            del there["next"]
        return [
            f"Link: <https://api.ip1sms.com/v2/conversations/{NUMBER}"
            f'?start={at + self.first}&limit={limit}&order={request.order}>; rel="{relation}"'
            for relation, (at, limit) in there.items()
            if relation in self.links
        ]


def _array(rows: Sequence[Row]) -> bytes:
    return b"[" + b",".join(message(row) for row in rows if row) + b"]"


def _response(status: int, body: bytes, *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
