"""What `demo --send` does: a thousand SMS, their delivery reports, and what became of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from aiohttp import web

from ip1_async import Batch, Client
from ip1_async.cli._output import Advance, progress, render, write
from ip1_async.cli._tables import facts_table
from ip1_async.cli.demo._sums import MessageSums
from ip1_async.testing import Simulator

_MOST_IN_A_BATCH = 1_000
_NAMES = ("Anna", "Björn", "Fatima", "Erik", "Ali", "Sofia", "Linnéa")
_BODY = "Hi {name}, your parcel {parcel} is ready. Show this message when you fetch it."
_SCENE = """\
{count:,} SMS to a simulator on this machine: nobody gets one.
It takes {latency:g} s for each answer and allows {rate} requests per second.
"""


async def demo_send(count: int, latency: float, rate: int) -> None:
    """Send to many people, wait for the reports, read the batches, and say what it took."""
    simulator = Simulator(latency=latency, rate_limit=rate, status_seconds=0.5)
    begin = time.perf_counter()
    async with simulator, client_of(simulator) as client:
        with progress("delivery reports", shown=True) as advance:
            inbox = Inbox(count, advance)
            async with inbox.listen() as url:
                batches = await _send(client, count, url)
                sent = time.perf_counter()
                await inbox.full.wait()
        reported = time.perf_counter()
        sums, agreed = await _read(client, batches, inbox.final)
        read = time.perf_counter()
    numbers = [number for each in simulator.sent for number in each.recipients]
    facts = (
        ("sent", f"{sent - begin:.1f} s, {_many(len(batches), 'batch', 'batches')}"),
        ("", f"{len(numbers):,} accepted, {len(numbers) - len({*numbers})} of them twice"),
        ("reported", f"{reported - sent:.1f} s, {inbox.count:,} delivery reports"),
        ("streamed", f"{read - reported:.1f} s"),
        ("", f"{agreed:,} of {sums.count:,} ended as the last report said"),
    )
    scene = _SCENE.format(count=count, latency=latency, rate=rate)
    await write(render(scene, *sums.report("status"), facts_table(facts)))


def client_of(simulator: Simulator) -> Client:
    """Make a client of a simulator."""
    return Client(
        "simulated",
        v2_url=simulator.v2_url,
        v3_url=simulator.v3_url,
        rate_limit=simulator.rate_limit,
    )


@attrs.define
class Inbox:
    """Takes delivery reports, until each message has had its last.

    Attributes:
        expected: How many messages there are.
        advance: Is called with how many of them are done.
        final: The code of the last report, by the id of the message.
        count: How many reports came.
        full: Is set when all messages are done.
    """

    expected: int
    advance: Advance
    final: dict[str, int] = attrs.field(factory=dict, init=False)
    count: int = attrs.field(default=0, init=False)
    full: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        """Listen on this machine; give the URL for the reports."""
        runner = web.ServerRunner(web.Server(self._take, access_log=None))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/reports"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.BaseRequest) -> web.Response:
        report = await request.json()
        self.count += 1
        if report["duration"]:
            self.final[report["id"]] = report["code"]
            self.advance(len(self.final), self.expected)
        if len(self.final) == self.expected:
            self.full.set()
        return web.Response()


async def _send(client: Client, count: int, url: str) -> list[Batch]:
    people = {
        f"467{place:08d}": {"name": _NAMES[place % len(_NAMES)], "parcel": f"{place:09d}SE"}
        for place in range(count)
    }
    numbers = list(people)
    return [
        await client.v2.batches.send(
            sender="iP1",
            recipients={each: people[each] for each in numbers[start : start + _MOST_IN_A_BATCH]},
            body=_BODY,
            datacoding="gsm",
            delivery_report_url=url,
        )
        for start in range(0, count, _MOST_IN_A_BATCH)
    ]


async def _read(
    client: Client, batches: list[Batch], final: dict[str, int]
) -> tuple[MessageSums, int]:
    """Add up the messages; count those whose status is what the last report said."""
    sums, agreed = MessageSums(), 0
    for batch in batches:
        async for message in client.v2.batches.list_messages(batch.id):
            sums.add(message)
            latest = message.latest_status
            agreed += latest is not None and latest.code == final.get(message.id)
    return sums, agreed


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
