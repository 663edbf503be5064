"""This package, page by page."""

from benchmarks.ready_server import PARTICIPANT
from ip1_async import Client


async def read(url: str, messages: int, concurrency: int) -> int:
    """Stream every page."""
    characters = count = 0
    async with Client("token", v2_url=url, rate_limit=None, concurrency=concurrency) as client:
        async for page in client.v2.conversations.list_messages(PARTICIPANT).pages():
            for message in page.items:
                count += 1
                characters += len(message.id) + len(message.body or "")
    assert count == messages
    return characters
