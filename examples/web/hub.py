"""What happens, for everybody who has the page open."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from examples.web.stream import line
from examples.web.view import bubble, news
from ip1_async import DeliveryReport, Direction, Message

Record = dict[str, Any]

# Seconds. A feed without a word for longer than that may have lost its connection.
PING = 20.0
MOST_WAITING = 1_000
MOST_THREADS = 50


class Hub:
    """Gives every feed what is new, and a feed that begins the latest of each conversation."""

    def __init__(self) -> None:
        self.feeds: set[asyncio.Queue[Record | None]] = set()
        self._threads: dict[str, Record] = {}  # by participant, the one with the latest at the end
        self._is_closed = False

    def show_message(self, message: Message) -> None:
        """Give all feeds a message that came or was sent."""
        outgoing = message.direction == Direction.MT
        participant = message.recipient if outgoing else message.sender
        if not participant:
            return
        shown = bubble(message)
        thread = {name: shown[name] for name in ("id", "text", "time", "outgoing")}
        self._threads.pop(participant, None)
        self._threads[participant] = {"participant": participant, **thread}
        while len(self._threads) > MOST_THREADS:
            del self._threads[next(iter(self._threads))]
        self._tell({"participant": participant, "message": shown})

    def show_report(self, report: DeliveryReport) -> None:
        """Give all feeds the new state of a message."""
        self._tell({"participant": report.recipient, "update": news(report)})

    def _tell(self, record: Record) -> None:
        for queue in list(self.feeds):
            if queue.qsize() < MOST_WAITING:
                queue.put_nowait(record)
            else:  # nobody reads it; whoever comes back asks for what it missed
                self.feeds.discard(queue)
                queue.put_nowait(None)

    async def feed(self) -> AsyncGenerator[bytes, None]:
        """Write records until the server stops, or the reader is too slow."""
        queue: asyncio.Queue[Record | None] = asyncio.Queue()
        if self._is_closed:
            _end(queue)
        self.feeds.add(queue)
        try:
            yield line(threads=list(self._threads.values()))
            while (record := await _next(queue)) is not None:
                yield line(**record)
        finally:
            self.feeds.discard(queue)

    def close(self) -> None:
        """End all feeds, with a record that says why."""
        self._is_closed = True
        for queue in self.feeds:
            _end(queue)


def _end(queue: asyncio.Queue[Record | None]) -> None:
    queue.put_nowait({"restarting": True})
    queue.put_nowait(None)


async def _next(queue: asyncio.Queue[Record | None]) -> Record | None:
    try:
        return await asyncio.wait_for(queue.get(), PING)
    except TimeoutError:
        return {"ping": True}
