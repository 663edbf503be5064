"""aiohttp and cattrs with their defaults, one page after another."""

from decimal import Decimal

import aiohttp
from cattrs.preconf.json import make_converter

from benchmarks.contenders import PAGE
from benchmarks.contenders._wire_models import WireMessage
from benchmarks.ready_server import PARTICIPANT

_converter = make_converter()
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))


async def read(url: str, messages: int, concurrency: int) -> int:  # noqa: ARG001  # it has none
    """Fetch page by page until one is short."""
    characters = start = 0
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        while True:
            paging: dict[str, str | int] = {"start": start, "limit": PAGE, "order": "ASC"}
            list_url = f"{url}/conversations/{PARTICIPANT}"
            async with session.get(list_url, params=paging) as response:
                page = _converter.structure(await response.json(), list[WireMessage])
            for message in page:
                characters += len(message.id) + len(message.body)
            start += len(page)
            if len(page) < PAGE or start >= messages:
                return characters
