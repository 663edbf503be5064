"""A listing as a stream: JSON objects, one on a line."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from examples.web.view import bubble
from ip1_async import ClientClosedError, IP1Error, Message, Pager

DATA_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


class RecordStream(StreamingResponse):
    """Send records for as long as somebody reads them."""

    def __init__(self, records: AsyncGenerator[bytes, None]) -> None:
        super().__init__(records, headers=DATA_HEADERS, media_type="application/x-ndjson")
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send until the end, or until the browser leaves."""
        # The base class leaves it to `send` to notice that, where the server speaks ASGI 2.4:
        # too late for a pager that waits for the rate limit.
        try:
            async with aclosing(self._records), asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self.stream_response(send))
                leaving = tasks.create_task(self.listen_for_disconnect(receive))
                sending.add_done_callback(lambda _: leaving.cancel())
                leaving.add_done_callback(lambda _: sending.cancel())
        except* OSError:
            log.debug("the browser left")


async def records(pager: Pager[Message]) -> AsyncGenerator[bytes, None]:
    """Write a record for each page, then one that says how it ended.

    Sending waits while the browser does not read, and then so does the pager.
    """
    async with pager:
        try:
            async for page in pager.pages():
                bubbles = [bubble(message) for message in page.items]
                yield line(messages=bubbles, cursor=page.cursor, total=pager.estimated_total)
        except ClientClosedError:  # the server stops; the page asks again after its last record
            yield line(restarting=True)
        except IP1Error as error:
            log.warning("a stream stopped: %s", error)
            yield line(error=str(error), cursor=error.cursor)
        else:
            yield line(end=True, missing=pager.not_found)


def line(**record: Any) -> bytes:
    """Write a record; half an emoji, where a text was cut, survives as an escape."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"
