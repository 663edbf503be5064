"""A service to try the page with: three made-up conversations, one of which breaks off."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ip1_async import Client
from ip1_async.testing import Fault, Request, Simulator

CONVERSATIONS = {"46712345678": 1_000, "46798765432": 10_000, "46701020304": 1_000}
STUMBLES = "46701020304"


@asynccontextmanager
async def open_simulated() -> AsyncIterator[Client]:
    """Open a client of a simulator that answers like a service some way off."""
    simulator = Simulator(
        conversations=CONVERSATIONS, latency=(0.1, 0.4), rate_limit=30, faults=stumble(), seed=7
    )
    async with (
        simulator,
        Client("simulated", v2_url=simulator.v2_url, v3_url=simulator.v3_url) as client,
    ):
        yield client


def stumble() -> Callable[[int, Request], Fault | None]:
    """Let one conversation fail at every page but the newest, every other time one asks for it."""
    failed: set[str] = set()

    def choose(_: int, request: Request) -> Fault | None:
        if STUMBLES not in request.path or request.query.get("start", "0") == "0":
            return None
        failed.symmetric_difference_update({request.raw_path})
        return Fault(status=403) if request.raw_path in failed else None

    return choose
