"""The command `demo`: it reads a long conversation from a simulator on this machine."""

import math
import time

import attrs
from cyclopts.types import NonNegativeFloat, PositiveInt
from rich.table import Table

from ip1_async import Client
from ip1_async.cli._output import progress, render, write
from ip1_async.cli._tables import facts_table
from ip1_async.cli.demo._send import client_of, demo_send
from ip1_async.cli.demo._sums import MessageSums
from ip1_async.cli.demo._timing import time_page_after_page
from ip1_async.testing import Simulator

_PARTICIPANT = "46712345678"
_PAGE_SIZE = 200
_SAMPLE_PAGES = 10
_SCENE = """\
{count:,} messages from a simulator on this machine, not from the live service.
It takes {latency:g} s for each answer and allows {rate} requests per second.
"""


async def demo(
    *,
    messages: PositiveInt = 20_000,
    latency: NonNegativeFloat = 0.25,
    rate: PositiveInt = 30,
    send: bool = False,
    recipients: PositiveInt = 1_000,
) -> None:
    """Read a long conversation from a simulator on this machine, and show how long it took.

    With --send it sends instead: a batch goes out, its delivery reports arrive, and its messages
    are read.

    For example:

        ip1 demo --messages 2000
        ip1 demo --send --recipients 200

    Args:
        messages: Length of the conversation.
        latency: Seconds until the simulator answers.
        rate: Requests per second that the simulator allows; it answers any others with 429.
        send: Send instead of reading.
        recipients: How many people the messages are sent to, in batches of 1,000 at most.
    """
    if send:
        await demo_send(recipients, latency, rate)
        return
    simulator = Simulator(conversations={_PARTICIPANT: messages}, latency=latency, rate_limit=rate)
    async with simulator, client_of(simulator) as client:
        # First, since the requests of the other count against the limit for another second.
        pages = min(_SAMPLE_PAGES, math.ceil(messages / _PAGE_SIZE))
        page_seconds = await time_page_after_page(client, _PARTICIPANT, pages, _PAGE_SIZE)
        before, begin = len(simulator.requests), time.perf_counter()
        sums = await _read(client)
        seconds = time.perf_counter() - begin
        requests = len(simulator.requests) - before
    result = DemoResult(messages, seconds, requests, simulator.throttled, page_seconds)
    scene = _SCENE.format(count=messages, latency=latency, rate=rate)
    await write(render(scene, *sums.report("direction", "status"), result.table()))


async def _read(client: Client) -> MessageSums:
    sums = MessageSums()
    pager = client.v2.conversations.list_messages(_PARTICIPANT, page_size=_PAGE_SIZE)
    with progress("pages ahead", shown=True) as advance:
        async for page in pager.pages():
            for message in page.items:
                sums.add(message)
            advance(sums.count, pager.estimated_total)
    return sums


@attrs.frozen
class DemoResult:
    """What reading took; times are in seconds."""

    messages: int
    seconds: float
    requests: int
    refused: int
    page_seconds: list[float]

    @property
    def seconds_page_after_page(self) -> float:
        """How long one page after another would have taken, estimated from the first pages."""
        return sum(self.page_seconds) / len(self.page_seconds) * self.pages

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return math.ceil(self.messages / _PAGE_SIZE)

    def table(self) -> Table:
        """Draw the result; it marks what is estimated."""
        slow = self.seconds_page_after_page
        facts = (
            ("pages ahead, concurrently", f"{self.seconds:.1f} s"),
            ("", f"{self.requests:,} requests, {self.pages / self.seconds:.1f} pages per second"),
            ("", f"{self.refused} refused by the rate limit (429)"),
            ("one page after another", f"{slow:.1f} s, {slow / self.seconds:.1f} times as long"),
            ("", f"extrapolated to {self.pages:,} pages from the first {len(self.page_seconds)},"),
            ("", f"which took {sum(self.page_seconds):.2f} s, measured"),
        )
        return facts_table(facts)
