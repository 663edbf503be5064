"""The upper bound for typed messages: msgspec straight into attrs, and nothing else."""

import msgspec

from benchmarks.contenders import PAGE
from benchmarks.contenders._pump import pump
from benchmarks.contenders._wire_models import WireMessage

decode = msgspec.json.Decoder(list[WireMessage]).decode


def _consume(body: bytes) -> int:
    characters = 0
    for message in decode(body):
        characters += len(message.id) + len(message.body)
    return characters


async def read(url: str, messages: int, concurrency: int, page: int = PAGE) -> int:
    """Fetch and decode every page, in the order of arrival."""
    return await pump(url, messages, concurrency, page, _consume)
