"""Ways in which people use a pager, each in a loop of its own: `usage_shapes.py [uvloop]`.

Run under `python -X dev -W error`: nothing may be printed, and no task may be left.
"""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ip1_async import Client, Message, Pager
from ip1_async.testing import Simulator

PARTICIPANT = "46712345678"
LONGEST_HOLD = 1.0  # seconds; what is usual is measured, where nothing else runs
Shape = Callable[[Client], Awaitable[None]]


def listing(client: Client) -> Pager[Message]:
    return client.v2.conversations.list_messages(PARTICIPANT, page_size=50)


async def whole(client: Client) -> None:
    assert len(await listing(client).collect()) == 1_000


async def break_in_first_page(client: Client) -> None:
    async for _ in listing(client):
        break


async def break_in_third_page(client: Client) -> None:
    count = 0
    async for _ in listing(client):
        count += 1
        if count == 120:
            break


async def return_from_loop(client: Client) -> None:
    async def first() -> Message | None:
        async for message in listing(client):
            return message
        return None

    assert await first()


async def exception_in_body(client: Client) -> None:
    with suppress(LookupError):
        async for _ in listing(client):
            raise LookupError


async def cancelled(client: Client) -> None:
    task = asyncio.ensure_future(listing(client).collect())
    await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def timed_out(client: Client) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.02):
            await listing(client).collect()


async def gathered(client: Client) -> None:
    lists = await asyncio.gather(*(listing(client).collect() for _ in range(5)))
    assert [len(messages) for messages in lists] == [1_000] * 5


async def nested(client: Client) -> None:
    outer = 0
    async for _ in listing(client):
        outer += 1
        if outer % 400 == 0:
            async for _ in listing(client):
                break
    assert outer == 1_000


async def second_loop(client: Client) -> None:
    pager = listing(client)
    count = 0
    async for _ in pager:
        count += 1
        if count == 60:
            break
    assert len([message async for message in pager]) == 940


async def anext_and_leave(client: Client) -> None:
    await anext(listing(client))


async def never_iterated(client: Client) -> None:
    listing(client)


async def managed(client: Client) -> None:
    async with listing(client) as pager:
        await anext(pager)


async def kept_past_the_client(client: Client) -> None:
    pager = listing(client)
    for _ in range(60):
        await anext(pager)
    KEPT.append(pager)


async def page_wise(client: Client) -> None:
    async for page in listing(client).pages():
        assert page.items
        break


async def not_managed(client: Client) -> None:
    other = client.with_options(timeout=5)
    await other.v2.conversations.get_summary(PARTICIPANT)


KEPT: list[Pager[Message]] = []
SHAPES: tuple[Shape, ...] = (
    whole,
    break_in_first_page,
    break_in_third_page,
    return_from_loop,
    exception_in_body,
    cancelled,
    timed_out,
    gathered,
    nested,
    second_loop,
    anext_and_leave,
    never_iterated,
    managed,
    kept_past_the_client,
    page_wise,
    not_managed,
)


async def run(shape: Shape) -> None:
    """Use a client in one shape, and see that nothing is left."""
    async with Simulator(conversations={PARTICIPANT: 1_000}, latency=0.005) as simulator:
        async with Client(
            "token", v2_url=simulator.v2_url, v3_url=simulator.v3_url, rate_limit=None
        ) as client:
            await shape(client)
        ours = [task for task in asyncio.all_tasks() if "_Listing" in repr(task)]
        assert not ours, ours


def main() -> None:
    """Run all shapes; end with the number of those that were run."""
    factory = None
    if "uvloop" in sys.argv:
        import uvloop  # noqa: PLC0415  # only where it is asked for

        factory = uvloop.new_event_loop
    for shape in SHAPES:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.get_loop().slow_callback_duration = LONGEST_HOLD
            runner.run(run(shape))
        gc.collect()
    sys.stdout.write(f"{len(SHAPES)}\n")


if __name__ == "__main__":
    main()
