"""httpx and pydantic v2 with their defaults, one page after another."""

from datetime import datetime
from decimal import Decimal

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

from benchmarks.contenders import PAGE
from benchmarks.ready_server import PARTICIPANT
from ip1_async import DataCoding, Direction, MessageType


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Status(_Model):
    created: datetime
    code: int  # the service sends codes without a name
    duration: int


class _Message(_Model):
    id: str
    batch_id: str
    owner: str
    sender: str
    recipient: str
    body: str
    direction: Direction
    segments: int
    type: MessageType
    datacoding: DataCoding
    priority: int
    statuses: tuple[_Status, ...]
    modified: datetime
    price: Decimal | None = None
    currency: str | None = None
    reference: str | None = None
    mcc: str | None = None
    mnc: str | None = None


_page = TypeAdapter(list[_Message])


async def read(url: str, messages: int, concurrency: int) -> int:  # noqa: ARG001  # it has none
    """Fetch page by page until one is short."""
    characters = start = 0
    async with httpx.AsyncClient(headers={"Authorization": "Bearer token"}) as client:
        while True:
            paging: dict[str, str | int] = {"start": start, "limit": PAGE, "order": "ASC"}
            response = await client.get(f"{url}/conversations/{PARTICIPANT}", params=paging)
            page = _page.validate_json(response.content)
            for message in page:
                characters += len(message.id) + len(message.body)
            start += len(page)
            if len(page) < PAGE or start >= messages:
                return characters
