"""What do single calls and short conversations cost, beside bare requests for the same?"""

import asyncio
import gc
import json
import time
from typing import Any

import aiohttp

from benchmarks.contenders import PAGE
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer
from ip1_async import Client

_IN_A_CONVERSATION = 50  # messages
_AT_ONCE = 16  # conversations
_WARM = 50
_CONVERSATIONS = "conversations of 50 messages"
_TARGETS = {"get_summary": 1.35, _CONVERSATIONS: 2.5}


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Send the same requests through the client and without it, in turn."""
    counts = {"get_summary": size.calls, _CONVERSATIONS: size.calls // 10}
    seconds: dict[str, list[float]] = {name: [] for name in _WAYS}
    for run in range(size.runs):
        for name, samples in seconds.items():
            count = counts[_WAYS[name][0]]
            samples.append(isolated(cpu, name, server.url(_IN_A_CONVERSATION), count))
            say(f"calls, {run + 1}/{size.runs}: {samples[-1]:.3f} s of CPU, {name}")
    comparisons = [
        Comparison(
            f"{counts[what]:,} {what}",
            theirs,
            "x its CPU",
            ratios(seconds[what], seconds[theirs]),
            at_most=_TARGETS[what],
        )
        for theirs, what in (("aiohttp + json", "get_summary"), ("bare requests", _CONVERSATIONS))
    ]
    return Result(comparisons, {"seconds": seconds})


def cpu(name: str, url: str, count: int) -> float:
    """Give the seconds of CPU that so many calls take, with everything warm."""
    _, call = _WAYS[name]
    asyncio.run(call(url, _WARM))
    gc.collect()
    began = time.process_time()
    asyncio.run(call(url, count))
    return time.process_time() - began


async def _summaries(url: str, count: int) -> None:
    async with Client("token", v2_url=url, rate_limit=None) as client:
        get = client.v2.conversations.get_summary
        await asyncio.gather(*(get(PARTICIPANT) for _ in range(count)))


async def _bare_summaries(url: str, count: int) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:

        async def get() -> Any:
            async with session.get(f"{url}/conversations/{PARTICIPANT}/summary") as response:
                return json.loads(await response.read())

        await asyncio.gather(*(get() for _ in range(count)))


async def _conversations(url: str, count: int) -> None:
    async with Client("token", v2_url=url, rate_limit=None) as client:

        async def read(numbers: range) -> None:
            for number in numbers:
                pager = client.v2.conversations.list_messages(f"467{number:08}")
                assert len(await pager.collect()) == _IN_A_CONVERSATION

        await asyncio.gather(*(read(range(each, count, _AT_ONCE)) for each in range(_AT_ONCE)))


async def _bare_conversations(url: str, count: int) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:

        async def read(numbers: range) -> None:
            for number in numbers:
                page = f"{url}/conversations/467{number:08}?start=0&limit={PAGE}&order=ASC"
                async with session.get(page) as response:
                    await response.read()

        await asyncio.gather(*(read(range(each, count, _AT_ONCE)) for each in range(_AT_ONCE)))


# Which of our calls it is, or is compared with.
_WAYS = {
    "get_summary": ("get_summary", _summaries),
    "aiohttp + json": ("get_summary", _bare_summaries),
    _CONVERSATIONS: (_CONVERSATIONS, _conversations),
    "bare requests": (_CONVERSATIONS, _bare_conversations),
}
