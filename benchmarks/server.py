"""Run the simulator in its own process, so that only the client is measured."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from ip1_async.testing import Simulator

PARTICIPANT = "46712345678"


def _serve(connection: Connection, options: dict[str, Any]) -> None:
    async def run() -> None:
        async with Simulator(**options) as simulator:
            connection.send(simulator.v2_url)
            await asyncio.to_thread(connection.recv)

    asyncio.run(run())


@contextmanager
def in_process(serve: Callable[..., None], given: Any) -> Iterator[Any]:
    """Serve in a process of its own until the end; give what it sends when it is ready.

    Args:
        serve: Called there with a connection and `given`; it ends when something is sent to it.
        given: Its second argument.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, given))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


@contextmanager
def served(messages: int, **options: Any) -> Iterator[str]:
    """Serve one conversation, and give the base URL of v2."""
    options |= {"conversations": {PARTICIPANT: messages}, "cache_bytes": 1 << 30}
    with in_process(_serve, options) as url:
        yield url
