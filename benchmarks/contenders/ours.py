"""This package, as its README shows it."""

from benchmarks.contenders import PAGE
from benchmarks.ready_server import PARTICIPANT
from ip1_async import Client


async def read(url: str, messages: int, concurrency: int, page: int = PAGE) -> int:
    """Stream every message."""
    characters = count = 0
    async with Client("token", v2_url=url, rate_limit=None, concurrency=concurrency) as client:
        pager = client.v2.conversations.list_messages(PARTICIPANT, page_size=page)
        async for message in pager:
            count += 1
            characters += len(message.id) + len(message.body or "")
    assert count == messages
    return characters
