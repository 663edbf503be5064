"""How much of the account's limit does a client use, and does it ever exceed the limit?"""

import asyncio
import time
from typing import Any

from benchmarks.contenders import PAGE
from benchmarks.figures import Comparison, Result, Say, Size
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer
from ip1_async import Client

LIMIT = 30  # requests per second
LATENCY = 0.3  # seconds


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Stream at the limit that the server enforces, as a client does by default."""
    messages = size.limited_pages * PAGE
    runs = [_run(server, messages, say) for _ in range(size.runs)]
    what = f"{size.limited_pages} pages at {LATENCY * 1000:.0f} ms, {LIMIT} requests/s enforced"
    shares = [messages / run["seconds"] / (LIMIT * PAGE) for run in runs]
    busy = [100 * run["cpu"] / run["seconds"] for run in runs]
    refused = [float(run["refused"]) for run in runs]
    comparisons = [
        Comparison(what, f"{LIMIT} x page size per second", "x", shares, at_least=0.85),
        Comparison(what, "answers 429", "of them", refused, at_most=0),
        Comparison(f"CPU at the account's limit, page {PAGE}", "one core", "%", busy, at_most=5),
    ]
    return Result(comparisons, {"limit": LIMIT, "latency": LATENCY, "runs": runs})


def _run(server: ReadyServer, messages: int, say: Say) -> dict[str, Any]:
    url = server.url(messages, latency=LATENCY, rate_limit=LIMIT)
    run: dict[str, Any] = isolated(stream, server.url(PAGE), url, messages)
    run["requests"], run["refused"] = server.tally(url)
    say("at the limit: {seconds:.2f} s, {cpu:.2f} s of CPU, {refused} times 429".format(**run))
    return run


def stream(warm_url: str, url: str, messages: int) -> dict[str, float]:
    """Stream one list as a warm-up, then another; give the wall time and CPU time in seconds."""
    asyncio.run(_read(warm_url, PAGE))
    began, began_cpu = time.perf_counter(), time.process_time()
    asyncio.run(_read(url, messages))
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - began_cpu}


async def _read(url: str, messages: int) -> None:
    count = 0
    async with Client("token", v2_url=url) as client:
        async for _ in client.v2.conversations.list_messages(PARTICIPANT):
            count += 1
    assert count == messages
