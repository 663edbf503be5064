"""A service to try the page with: made-up conversations, and customers who write back.

One of the conversations breaks off while it is read, and loses the answer to what is sent there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ip1_async import Client
from ip1_async.testing import Fault, Request, Sent, Simulator

CONVERSATIONS = {"46712345678": 1_000, "46798765432": 10_000, "46701020304": 1_000}
STUMBLES = "46701020304"
NEW_CUSTOMER = "46733221100"
QUESTION = "Hi! My parcel was to come today, but nobody rang. Can you look?"
REPLY = "Thank you, that was quick!"
# Seconds.
FIRST_WORDS, THINKING = 5.0, 4.0


@asynccontextmanager
async def open_simulated(hook_url: str | None = None) -> AsyncIterator[Client]:
    """Open a client of a simulator that answers like a service some way off."""
    simulator = Simulator(
        conversations=CONVERSATIONS,
        latency=(0.1, 0.4),
        rate_limit=30,
        faults=stumble(),
        seed=7,
        incoming_url=hook_url,
    )
    async with (
        simulator,
        Client("simulated", v2_url=simulator.v2_url, v3_url=simulator.v3_url) as client,
    ):
        customers = asyncio.create_task(live(simulator))
        try:
            yield client
        finally:
            customers.cancel()
            await asyncio.wait([customers])


async def live(simulator: Simulator) -> None:
    """Let a new customer ask something, and everybody thank for an answer."""
    await asyncio.sleep(FIRST_WORDS)
    simulator.receive(NEW_CUSTOMER, "iP1", QUESTION)
    answered = 0
    while True:
        await asyncio.sleep(THINKING)
        sent: list[Sent] = simulator.sent[answered:]
        answered += len(sent)
        for each in sent:
            simulator.receive(each.recipients[0], "iP1", REPLY)


def stumble() -> Callable[[int, Request], Fault | None]:
    """Let one conversation fail at every page but the newest, every other time one asks for it.

    What is sent there is accepted, but the answer is lost.
    """
    failed: set[str] = set()

    def choose(_: int, request: Request) -> Fault | None:
        if request.method == "POST" and STUMBLES.encode() in request.body:
            return Fault(accepted=True, reset="before")
        if STUMBLES not in request.path or request.query.get("start", "0") == "0":
            return None
        failed.symmetric_difference_update({request.raw_path})
        return Fault(status=403) if request.raw_path in failed else None

    return choose
