"""How much memory does a pager hold that was read to its end, and is kept?"""

import asyncio
import gc
import tracemalloc

from benchmarks.figures import Comparison, Result, Say, Size
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer
from ip1_async import Client

_MESSAGES = 1_000
_PAGERS = 50


def measure(server: ReadyServer, size: Size, say: Say) -> Result:  # noqa: ARG001  # one run says it
    """Count what Python holds for a number of them."""
    kilobytes = isolated(held, server.url(_MESSAGES)) / 1024
    say(f"a finished pager holds {kilobytes:.1f} KB")
    what = f"a finished pager of {_MESSAGES:,} messages, held"
    return Result([Comparison(what, "", "KB", [kilobytes], at_most=5.0)], {"kilobytes": kilobytes})


def held(url: str) -> float:
    """Give the bytes that each of some finished pagers holds."""
    return asyncio.run(_held(url))


async def _held(url: str) -> float:
    async with Client("token", v2_url=url, rate_limit=None) as client:

        async def finish() -> object:
            pager = client.v2.conversations.list_messages(PARTICIPANT)
            assert len(await pager.collect()) == _MESSAGES
            return pager

        warm = [await finish() for _ in range(_PAGERS)]
        tracemalloc.start()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        pagers = [await finish() for _ in range(_PAGERS)]
        del warm
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        return (after - before) / len(pagers)
