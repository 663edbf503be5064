"""The work: a shard of the account, archived by whoever gets it from the queue."""

import hashlib
import time
from pathlib import Path
from typing import Annotated

import attrs
from taskiq import AsyncBroker, Context, InMemoryBroker, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from examples.account.plan import Plan, State
from ip1_async import Client, archive
from ip1_async.archives import Progress
from ip1_async.limits import from_url

NAME = "archive_shard"
_BETWEEN_NOTES = 0.5  # seconds


async def archive_shard(
    folder: str, shard: int, round_: int, context: Annotated[Context, TaskiqDepends()]
) -> None:
    """Bring a shard up to date; done twice it does no harm, and takes a request a conversation."""
    plan = Plan(Path(folder))
    if plan.is_finished(shard, round_):
        return  # the queue brought it twice
    names = plan.participants(shard)
    state = State(round=round_, conversations=len(names))
    noted = 0.0

    def note(progress: Progress) -> None:
        nonlocal state, noted
        state = attrs.evolve(state, done=progress.finished, messages=progress.received)
        if (now := time.monotonic()) - noted >= _BETWEEN_NOTES:
            noted = now
            plan.note(shard, attrs.evolve(state, at=time.time()))

    try:
        results = await archive(
            context.state.client, names, plan.directory(shard), on_progress=note
        )
    except BlockingIOError:
        return  # another worker has it: who sees to the rest asks again, should that one die
    errors = [result.error for result in results if result.error is not None]
    failed = len(errors)
    total = sum(result.total for result in results)
    state = State(
        round=round_,
        conversations=len(names),
        done=len(names) - failed,
        failed=failed,
        messages=total,
        finished=True,
        error=str(errors[0]) if errors else "",
    )
    plan.note(shard, state)


def make_broker(folder: Path, queue: str | None, limit: str) -> AsyncBroker:
    """Make the queue of an account's shards: in this process, or Redis streams.

    Args:
        folder: Where the account's plan is.
        queue: The URL of a Redis; `None` is a queue in memory.
        limit: The URL of the account's limit (`ip1_async.limits`).
    """
    broker: AsyncBroker = InMemoryBroker()
    if queue is not None:
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        broker = RedisStreamBroker(
            queue,
            queue_name=f"ip1:account:{name}",
            consumer_id="0",  # what was queued before the first worker came counts, too
            xread_count=1,  # no worker hoards shards
            xread_block=500,
            # Without it a worker that is killed with the lock in its hand stops all others.
            unacknowledged_lock_timeout=5.0,
        )
    broker.register_task(archive_shard, NAME)

    async def open_client(state: TaskiqState) -> None:
        state.limiter = from_url(limit)
        state.client = Client(rate_limit=state.limiter)

    async def close_client(state: TaskiqState) -> None:
        await state.client.aclose()
        await state.limiter.aclose()

    broker.add_event_handler(TaskiqEvents.WORKER_STARTUP, open_client)
    broker.add_event_handler(TaskiqEvents.WORKER_SHUTDOWN, close_client)
    return broker
