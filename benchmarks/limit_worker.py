"""One of several processes on one account: it sends its calls, and says how long each waited."""

import asyncio
import json
import random
import sys
import threading
import time

import aiohttp
import attrs

from benchmarks.limit_contenders import MAKERS
from ip1_async import Client, Event
from ip1_async.events import Attempt, Waiting

DUE = "X-Due"  # header: the moment at which a request would arrive if the machine were never late


@attrs.frozen
class Job:
    """What a worker does.

    Attributes:
        kind: The limiter.
        where: Its URL or file.
        v2_url: The server.
        participant: Whose summary is asked for; the server knows the worker by it.
        calls: How many calls.
        one_by_one: Whether each waits for the one before, and half a second.
        jitter: Most seconds that a request needs to the server.
        step: Seconds by which the process's clock is set, in its first second.
    """

    kind: str
    where: str
    v2_url: str
    participant: str
    calls: int
    one_by_one: bool = False
    jitter: float = 0.1
    step: float = 0.0


async def work(job: Job) -> list[float]:
    """Get warm, say so, work, and give the seconds that each call waited for its permission."""
    waits: list[float] = []
    waited = 0.0

    def note(event: Event) -> None:
        nonlocal waited
        if isinstance(event, Waiting):
            waited = event.seconds
        elif isinstance(event, Attempt):
            waits.append(waited)
            waited = 0.0

    async def delay(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        jitter = random.random() * job.jitter
        request.headers[DUE] = repr(time.monotonic() + jitter)
        await asyncio.sleep(jitter)
        return await handler(request)

    limiter = await MAKERS[job.kind](job.where)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, middlewares=(delay,)) as session,
        Client(
            "token", v2_url=job.v2_url, rate_limit=limiter, session=session, on_event=note
        ) as client,
    ):
        # The first request of a process takes longer than the next ones may be late.
        async with Client("token", v2_url=job.v2_url, rate_limit=None, session=session) as free:
            await asyncio.gather(*(free.v2.conversations.get_summary("1") for _ in range(5)))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        if job.step:
            step_clock(job.step)
        get = client.v2.conversations.get_summary
        if job.one_by_one:
            for _ in range(job.calls):
                await asyncio.sleep(0.3 + 0.4 * random.random())
                await get(job.participant)
        else:
            await asyncio.gather(*(get(job.participant) for _ in range(job.calls)))
    await limiter.aclose()
    return waits


def step_clock(seconds: float) -> None:
    """Set the clock of this process."""
    real, real_ns = time.time, time.time_ns

    def shift() -> None:
        time.time = lambda: real() + seconds
        time.time_ns = lambda: real_ns() + round(seconds * 1e9)

    alarm = threading.Timer(0.7, shift)
    alarm.daemon = True
    alarm.start()


def main(arguments: str) -> None:
    """Work, and print the waits."""
    print(json.dumps(asyncio.run(work(Job(**json.loads(arguments))))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
