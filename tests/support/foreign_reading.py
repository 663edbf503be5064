"""Read a foreign server through the public API, be interrupted, and judge what came."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import attrs
from foreign_server import NUMBER, Fault, ForeignServer, Row

from ip1_async import Client, Message, Pager, ServerError, TransportError

Kind = Fault | Literal["cancel"]  # what interrupts a reader
Listing = Callable[..., Pager[Message]]


@asynccontextmanager
async def opened(server: ForeignServer, **options: Any) -> AsyncIterator[Listing]:
    """Serve, and give what makes pagers; nothing is retried unless `options` say so."""
    options = {"retry_for": 0, "rate_limit": None, **options}
    async with server, Client("t", v2_url=server.url, **options) as client:
        yield lambda **paging: client.v2.conversations.list_messages(NUMBER, **paging)


async def read(server: ForeignServer, *, concurrency: int = 16, **paging: Any) -> list[str]:
    """Give the ids of the conversation, read item by item."""
    async with opened(server, concurrency=concurrency) as listing:
        return [message.id async for message in listing(**paging)]


async def take(pager: Pager[Message], got: list[str], most: float = math.inf) -> None:
    """Read on until this many ids came."""
    while len(got) < most:
        try:
            got.append((await anext(pager)).id)
        except StopAsyncIteration:
            return


@attrs.define
class Interrupter:
    """Runs pieces of reading one after another; each may be interrupted."""

    task: "asyncio.Task[Any] | None" = None

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Give the result, or what interrupted it."""
        self.task = asyncio.create_task(work)
        await asyncio.wait([self.task])
        if self.task.cancelled():
            return asyncio.CancelledError()
        error = self.task.exception()
        if error and not isinstance(error, (ServerError, TransportError)):
            raise error
        return error or self.task.result()

    def plan(self, server: ForeignServer, kind: Kind, moment: int) -> None:
        """Let a fault or a cancellation happen at one request, besides what happens anyway."""
        if kind != "cancel":
            server.faults[moment] = kind
            return
        anyway = server.before

        def before(number: int) -> None:
            anyway(number)
            if number == moment and self.task:
                self.task.cancel()

        server.before = before


def view(server: ForeignServer, order: str) -> list[Row]:
    """Give the rows in this order."""
    return list(server.rows) if order == "ASC" else server.rows[::-1]


def minimum(count: int, page: int = 200) -> int:
    """Count the pages that this many messages take, if pages overlap by one."""
    return math.ceil((count - 1) / (page - 1))


def judge(got: Sequence[str], always: Sequence[Row]) -> None:
    """Check that every message that was always there came once, in order, and none came twice."""
    assert len(got) == len(set(got)), f"{len(got) - len(set(got))} repeats"
    there = set(always)
    came = [item for item in got if item in there]
    assert len(came) == len(always), f"{len(always) - len(came)} of {len(always)} are missing"
    assert came == always
