"""A server of batches that records what it accepts, and fails at any byte of a send."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
from socket_server import SocketServer, reset, target_of

MARK = "ip1-async:"


@attrs.define(eq=False)
class Post:
    """One connection for a send."""

    server: "SendServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> Any:
        """Read the whole request, and give what is to be sent."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return json.loads(await self.reader.readexactly(length_of(head)))

    async def accept(self) -> bytes:
        """Accept the whole request, and give the batch."""
        sent = await self.read()
        (key,) = (tag.removeprefix(MARK) for tag in sent["tags"] if tag.startswith(MARK))
        self.server.accepted.append(key)
        batch = {"id": f"b{len(self.server.accepted)}", "tags": sent["tags"]}
        self.server.batches.insert(0, batch)
        return json.dumps(batch).encode()

    async def write(self, data: bytes) -> None:
        """Write, and see it off."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        reset(self.writer)

    async def hang(self) -> None:
        """Say nothing until the client has gone."""
        await self.reader.read()


Act = Callable[[Post], Awaitable[None]]


def length_of(head: bytes) -> int:
    """Read the length of a request's body."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def answer(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", *more, "", ""]).encode() + body


@attrs.define(eq=False)
class SendServer(SocketServer):
    """Accepts batches, lists them, and does something else with the first connections.

    Attributes:
        acts: What to do with each connection in turn; after that all is well.
        idle: Close a connection after each answer without a word, as after a time without use.
        accepted: The keys of what was accepted, in order.
        batches: What was accepted, newest first.
        connections: How many there were.
        met: Set by the first of them.
        lists: How often a page of the list was asked for, and from where.
    """

    acts: list[Act] = attrs.field(factory=list)
    idle: bool = False
    accepted: list[str] = attrs.field(factory=list)
    batches: list[dict[str, Any]] = attrs.field(factory=list)
    connections: int = 0
    met: asyncio.Event = attrs.field(factory=asyncio.Event)
    lists: list[tuple[int, int]] = attrs.field(factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.met.set()
        post = Post(self, reader, writer)
        try:
            await (self.acts.pop(0)(post) if self.acts else self.converse(post))
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    async def converse(self, post: Post) -> None:
        """Serve a connection that no act has taken."""
        await super()._serve(post.reader, post.writer)

    async def answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """List batches, or accept one."""
        if head.startswith(b"GET"):
            body = self._page(target_of(head))
        else:
            body = await self._accept_after(Post(self, reader, writer), head)
        writer.write(answer(body))
        if self.idle:
            writer.close()

    async def _accept_after(self, post: Post, head: bytes) -> bytes:
        reader = asyncio.StreamReader()
        reader.feed_data(head + await post.reader.readexactly(length_of(head)))
        return await Post(self, reader, post.writer).accept()

    def _page(self, target: str) -> bytes:
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        start, limit = int(query["start"]), int(query["limit"])
        self.lists.append((start, limit))
        assert query["order"] == "DESC"
        return json.dumps(self.batches[start : start + limit]).encode()


# What may go wrong with one connection.


def cut(after: int, end: str) -> Act:
    """Read so many bytes of a send, which is none yet, and end."""

    async def act(post: Post) -> None:
        await post.reader.readexactly(after)
        await _end(post, end)

    return act


def lose(end: str) -> Act:
    """Accept a send, and end without an answer."""

    async def act(post: Post) -> None:
        await post.accept()
        await _end(post, end)

    return act


def break_off(after: int, end: str) -> Act:
    """Accept a send, and end within the answer."""

    async def act(post: Post) -> None:
        await post.write(answer(await post.accept())[:after])
        await _end(post, end)

    return act


def refuse(status: str, *headers: str) -> Act:
    """Answer with a status, and accept nothing."""

    async def act(post: Post) -> None:
        await post.read()
        await post.write(answer(b'{"title": "no"}', status, *headers))

    return act


def accept_and_say(status: str, body: bytes | None = None, *headers: str) -> Act:
    """Accept a send, and answer something else than its batch."""

    async def act(post: Post) -> None:
        batch = await post.accept()
        await post.write(answer(batch if body is None else body, status, *headers))

    return act


async def _end(post: Post, end: str) -> None:
    if end == "reset":
        post.reset()
    elif end == "close":
        post.writer.close()
    else:
        await post.hang()


ENDS: Iterable[str] = ("reset", "close", "hang")
