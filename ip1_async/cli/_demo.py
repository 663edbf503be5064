"""The command `demo`: it reads a long conversation from a simulator on this machine."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

import attrs
from cyclopts.types import NonNegativeFloat, PositiveInt
from rich.console import RenderableType
from rich.table import Table

from ip1_async import Client, Direction, Message
from ip1_async.cli._output import progress, render, write
from ip1_async.cli._tables import counts_table, status_name
from ip1_async.cli._timing import time_page_after_page
from ip1_async.testing import Simulator

_PARTICIPANT = "46712345678"
_PAGE_SIZE = 200
_SAMPLE_PAGES = 10
_MOST_STATUSES = 8
_WAYS = {Direction.MT: "outgoing", Direction.MO: "incoming"}
_SCENE = """\
{count:,} messages from a simulator on this machine, not from the live service.
It takes {latency:g} s for each answer and allows {rate} requests per second.
"""


async def demo(
    *,
    messages: PositiveInt = 20_000,
    latency: NonNegativeFloat = 0.25,
    rate: PositiveInt = 30,
) -> None:
    """Read a long conversation from a simulator on this machine, and show how long it took.

    Args:
        messages: Length of the conversation.
        latency: Seconds until the simulator answers.
        rate: Requests per second that the simulator allows; it answers any others with 429.
    """
    simulator = Simulator(conversations={_PARTICIPANT: messages}, latency=latency, rate_limit=rate)
    async with simulator, _client(simulator) as client:
        # This comes first: the requests of the other way count against the limit for a second more.
        pages = min(_SAMPLE_PAGES, math.ceil(messages / _PAGE_SIZE))
        page_seconds = await time_page_after_page(client, _PARTICIPANT, pages, _PAGE_SIZE)
        before, begin = len(simulator.requests), time.perf_counter()
        sums = await _read(client)
        seconds = time.perf_counter() - begin
        requests = len(simulator.requests) - before
    result = DemoResult(messages, seconds, requests, simulator.throttled, page_seconds)
    scene = _SCENE.format(count=messages, latency=latency, rate=rate)
    await write(render(scene, *_report(sums), result.table()))


def _report(sums: "MessageSums") -> Iterable[RenderableType]:
    for key in ("direction", "status"):
        yield counts_table(f"by {key}", sums.rows(key), _MOST_STATUSES)
        yield ""
    yield _costs_table(sums.costs)
    yield ""


def _costs_table(costs: dict[str, Decimal]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("cost", width=30)
    table.add_column("sum", width=10, justify="right")
    for currency, amount in sorted(costs.items()):
        table.add_row(currency, f"{amount:,.2f}")
    return table


def _client(simulator: Simulator) -> Client:
    return Client(
        "simulated",
        v2_url=simulator.v2_url,
        v3_url=simulator.v3_url,
        rate_limit=simulator.rate_limit,
    )


async def _read(client: Client) -> "MessageSums":
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
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold", width=30)
        table.add_column()
        for title, fact in (
            ("pages ahead, concurrently", f"{self.seconds:.1f} s"),
            ("", f"{self.requests:,} requests, {self.pages / self.seconds:.1f} pages per second"),
            ("", f"{self.refused} refused by the rate limit (429)"),
            ("one page after another", f"{slow:.1f} s, {slow / self.seconds:.1f} times as long"),
            ("", f"extrapolated to {self.pages:,} pages from the first {len(self.page_seconds)},"),
            ("", f"which took {sum(self.page_seconds):.2f} s, measured"),
        ):
            table.add_row(title, fact)
        return table


@attrs.define
class MessageSums:
    """Sums over messages; the messages are not kept."""

    count: int = 0
    messages: dict[str, Counter[str]] = attrs.field(factory=lambda: defaultdict(Counter))
    segments: dict[str, Counter[str]] = attrs.field(factory=lambda: defaultdict(Counter))
    costs: dict[str, Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))

    def add(self, message: Message) -> None:
        """Count a message."""
        self.count += 1
        latest = message.latest_status
        code = "-" if latest is None or latest.code is None else status_name(latest.code)
        way = next((name for key, name in _WAYS.items() if key == message.direction), "-")
        for key, label in (("direction", way), ("status", code)):
            self.messages[key][label] += 1
            self.segments[key][label] += message.segments or 0
        if message.price is not None:
            # The API writes currencies in capitals or in small letters.
            self.costs[(message.currency or "-").upper()] += message.price

    def rows(self, key: str) -> Iterable[tuple[str, int, int]]:
        """Give label, messages and segments by direction or status."""
        for label, count in self.messages[key].items():
            yield label, count, self.segments[key][label]
