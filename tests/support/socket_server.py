"""A server on bare sockets: the class that derives from it decides every byte of an answer."""

import asyncio
import socket
import ssl
import struct
from types import TracebackType
from typing import Self

import attrs


@attrs.define(eq=False)
class SocketServer:
    """Listens on loopback, and answers the requests of each connection one after another.

    Attributes:
        tls: Serve https with this.
    """

    tls: ssl.SSLContext | None = attrs.field(default=None, kw_only=True)
    _server: asyncio.Server = attrs.field(init=False)
    _connections: set["asyncio.Task[None]"] = attrs.field(init=False, factory=set)

    @property
    def url(self) -> str:
        """Base URL of v2."""
        port = self._server.sockets[0].getsockname()[1]
        return f"http{'s' if self.tls else ''}://127.0.0.1:{port}/v2"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                await self.answer(head, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client went away
        finally:
            writer.close()

    async def answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request; `head` is its first line and its headers."""
        raise NotImplementedError


def target_of(head: bytes) -> str:
    """Give the path and query of a request."""
    return head.split()[1].decode()


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST instead of FIN."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
