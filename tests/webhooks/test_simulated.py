"""Sent, reported and answered: client, simulator and receiver, over sockets in virtual time."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

import pytest
from aiohttp import web

from ip1_async import Client, DeliveryReport, Message
from ip1_async.testing import Simulator
from ip1_async.webhooks import Receiver

PHONES = [f"4670000{number:04}" for number in range(60)]
REPEATS = 6300  # seconds, for ten of them


@pytest.mark.parametrize("report_id", ["id", "messageId"])
async def test_every_report_and_answer_comes_once(
    make_client: Callable[..., Client], report_id: Literal["id", "messageId"]
) -> None:
    """Though most hooks of a burst are over the cap, by iP.1's repeats all are handled, once."""
    events: list[Any] = []
    async with Simulator(report_id=report_id) as simulator:
        client = make_client(v2_url=simulator.v2_url)
        receiver = Receiver(client, secret="s3cret")
        receiver.fallback(events.append)
        app = web.Application()
        app.router.add_post("/hooks/{secret}", receiver.aiohttp())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/s3cret"
        simulator.incoming_url = url
        batch = await client.v2.batches.send(
            sender="iP1", recipients=PHONES, body="Hello", delivery_report_url=url
        )
        for number in PHONES[:9]:
            simulator.receive(number, "iP1", "Yes", batch_id=batch.id if number[-1] < "4" else None)
        await asyncio.sleep(REPEATS)
        messages = await client.v2.batches.list_messages(batch.id).collect()
        await runner.cleanup()
    assert set(Counter(map(repr, events)).values()) == {1}
    reported = {(each.id, each.code) for each in events if isinstance(each, DeliveryReport)}
    told = {
        (call.payload.get("id") or call.payload["messageId"], call.payload["code"])
        for call in simulator.hook_calls
        if "code" in call.payload
    }
    assert reported == told
    assert {each.id for each in messages if each.sender == "iP1"} == {item for item, _ in told}
    assert [each.body for each in events if isinstance(each, Message)] == ["Yes"] * 9
    assert 503 in {call.status for call in simulator.hook_calls}
