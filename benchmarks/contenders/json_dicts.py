"""The loop most people write first: aiohttp, json, dicts, one page after another."""

import aiohttp

from benchmarks.contenders import PAGE
from benchmarks.ready_server import PARTICIPANT


async def read(url: str, messages: int, concurrency: int) -> int:  # noqa: ARG001  # it has none
    """Fetch page by page until one is short."""
    characters = start = 0
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        while True:
            paging: dict[str, str | int] = {"start": start, "limit": PAGE, "order": "ASC"}
            list_url = f"{url}/conversations/{PARTICIPANT}"
            async with session.get(list_url, params=paging) as response:
                page = await response.json()
            for message in page:
                characters += len(message["id"]) + len(message["body"])
            start += len(page)
            if len(page) < PAGE or start >= messages:
                return characters
