"""The command `bench`: it measures how fast an account can be read from here."""

import statistics
import time
from collections.abc import Iterator

import attrs
from cyclopts.types import PositiveInt
from rich.table import Table

from ip1_async import Message, Pager, Stats
from ip1_async.cli._numbers import DEFAULT_NUMBERS, Numbers
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import note, progress, render, write
from ip1_async.cli._read import explain_missing
from ip1_async.cli._tables import facts_table
from ip1_async.cli.demo._timing import time_page_after_page

_SAMPLE_PAGES = 5


async def bench(
    participant: str,
    /,
    *,
    pages: PositiveInt = 50,
    page_size: PositiveInt = 200,
    concurrency: PositiveInt = 16,
    numbers: Numbers = DEFAULT_NUMBERS,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Measure how fast one of your conversations can be read: latency, pages per second, limit.

    The command reads a few pages one after another, then up to --pages pages concurrently, within
    the rate limit. It counts the messages and keeps none.

    For example:

        ip1 bench 46712345678 --pages 20

    Args:
        participant: A number with country code, or a sender name, with many messages.
        pages: The most pages to read concurrently.
        page_size: Messages to ask for in one request.
        concurrency: The most pages in flight or waiting.
        numbers: How the number is written.
        connection: How to reach the API.
    """
    participant, stats = numbers.read(participant), Stats()
    async with await connection.client(stats=stats) as client:
        alone = await time_page_after_page(client, participant, _SAMPLE_PAGES, page_size)
        if not alone:
            note(f"nothing to measure with: {await explain_missing(client)}")
            return
        before, begin = stats.attempts, time.perf_counter()
        listing = client.v2.conversations.list_messages
        pager = listing(
            participant, max_items=pages * page_size, page_size=page_size, concurrency=concurrency
        )
        count = await _count(pager)
        seconds = time.perf_counter() - begin
    requests = stats.attempts - before
    result = BenchResult(alone, concurrency, count, seconds, requests, connection.rate, stats)
    await write(render(result.table()))


async def _count(pager: Pager[Message]) -> int:
    count = 0
    with progress("pages ahead", shown=True) as advance:
        async for page in pager.pages():
            count += len(page.items)
            advance(count, pager.estimated_total)
    return count


@attrs.frozen
class BenchResult:
    """The measurements; times are in seconds.

    Attributes:
        alone: How long each of the first pages took, one after another.
        concurrency: The most pages in flight or waiting, afterwards.
        messages: How many messages came then.
        seconds: How long they took.
        requests: How many requests they took.
        rate_limit: Requests per second that the client allows itself.
        stats: Counts over both parts.
    """

    alone: list[float]
    concurrency: int
    messages: int
    seconds: float
    requests: int
    rate_limit: float
    stats: Stats

    def table(self) -> Table:
        """Draw the measurements."""
        return facts_table(self._facts(), 24)

    def _facts(self) -> Iterator[tuple[str, str]]:
        median = statistics.median(self.alone)
        low, high = min(self.alone), max(self.alone)
        yield (
            "one page after another",
            f"{median * 1000:,.0f} ms each, {1 / median:,.1f} per second",
        )
        spread = f"{low * 1000:,.0f} to {high * 1000:,.0f} ms"
        yield "", f"{spread}; the first opens the connection"
        rate = self.requests / self.seconds
        yield f"{self.concurrency} pages ahead", f"{rate:,.1f} pages per second"
        speed = self.messages / self.seconds
        yield "", f"{self.messages:,} messages in {self.seconds:,.2f} s, {speed:,.0f} per second"
        yield (
            "share of the limit",
            f"{rate / self.rate_limit:.0%} of {self.rate_limit:g} per second"
            if self.seconds >= 1
            else "unknown: less than a second is only a burst",
        )
        yield (
            "requests",
            f"{self.stats.attempts:,} in all, {self.stats.retries:,} of them failed and repeated",
        )
        yield "", f"{self.stats.pauses:,} pauses because the server asked for them"
