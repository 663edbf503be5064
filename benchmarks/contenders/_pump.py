"""Send a fixed number of requests at once, at fixed offsets, in any order: the least that works."""

import asyncio
from collections.abc import Callable

import aiohttp

from benchmarks.ready_server import PARTICIPANT


async def pump(
    url: str, messages: int, concurrency: int, page: int, consume: Callable[[bytes], int]
) -> int:
    """Fetch every page and pass its body to a function; give the sum of the results."""
    starts = iter(range(0, messages, page))
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        list_url = f"{url}/conversations/{PARTICIPANT}?limit={page}&order=ASC&start="

        async def work() -> int:
            total = 0
            for start in starts:
                async with session.get(f"{list_url}{start}") as response:
                    body = await response.read()
                total += consume(body)
            return total

        return sum(await asyncio.gather(*(work() for _ in range(concurrency))))
