"""Mutated answers give items or an `IP1Error`; nothing hangs, and no error shows private data."""

import asyncio
import json
import pickle
import random
import traceback
from typing import Any

import pytest
from fault_server import Exchange, FaultServer

from ip1_async import Client, IP1Error

TOKEN = "canary-token-5f2c"
NUMBER = "46733300111"
TEXT = "canary text of a message"
ANSWERS = 5_000
AT_ONCE = 50

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Echo: Bearer {token}\r\n"
    'Link: <https://api.ip1sms.com/v2/x/{number}?start=1&limit=1>; rel="next"\r\n'
    "Content-Length: {length}\r\n\r\n"
)
WORDS: tuple[bytes, ...] = (
    b"\x00",
    b"\xff\xfe",
    b"\r\n",
    b"\r\n\r\n",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"null",
    b"[" * 3_000,
    b'{"id":',
    b'"\\ud800"',
    b"99999999999999999999",
    b"HTTP/1.1 503 x\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Length: 5\r\n",
    b"Location: http://127.0.0.2:9/\r\n",
    b"Retry-After: 9e9\r\n",
    b"301",
    b"429",
    b"500",
)


def answer(source: random.Random) -> bytes:
    """Make a good answer of one message."""
    status = {"created": "2026-01-02T03:04:05Z", "code": 201, "duration": 1}
    message = {
        "id": f"id{source.random()}",
        "recipient": NUMBER,
        "body": f"{TEXT} {TOKEN}",
        "direction": source.choice(["mt", 1, None, [TOKEN]]),
        "price": source.choice([0.04, "0.35", "x", {TEXT: NUMBER}]),
        "statuses": source.choice([[status], status, None, [None], TOKEN]),
        "modified": source.choice(["2026-01-02T03:04:05.1234567+01:00", "soon", 7]),
    }
    body = json.dumps(source.choice([[message], [message, message], message, [[TEXT]], TOKEN]))
    head = HEAD.format(token=TOKEN, number=NUMBER, length=len(body))
    return (head + body).encode()


def mutate(data: bytes, source: random.Random) -> bytes:
    """Cut, repeat, overwrite or insert, up to four times."""
    for _ in range(source.randrange(5)):
        at = source.randrange(len(data) + 1)
        to = min(len(data), at + source.choice([0, 1, 5, 40]))
        new = source.choice([b"", data[at:to] * 2, source.choice(WORDS), source.randbytes(3)])
        data = data[:at] + new + data[to:]
    return data


def told(error: IP1Error) -> str:
    """Give everything of an error that may end up in a log."""
    copy = pickle.loads(pickle.dumps(error))
    texts = (*traceback.format_exception(error), str(copy), repr(copy), repr(error.cursor))
    return "".join(texts)


def check_privacy(error: IP1Error) -> None:
    """Check that no text shows private data, and nothing shows the token."""
    text = told(error)
    assert not [canary for canary in (TOKEN, NUMBER, TEXT) if canary in text], text
    assert TOKEN not in repr(getattr(error, "problem", None))
    assert TOKEN not in repr(getattr(error, "headers", None))


@pytest.mark.parametrize("seed", range(5))
async def test_a_mutated_answer_gives_items_or_an_error_of_ours(seed: int) -> None:
    """For any answer, the call ends in time, with items or with an `IP1Error`."""
    source = random.Random(seed)
    outcomes = {True: 0, False: 0}

    async def send_mutated(exchange: Exchange) -> None:
        exchange.writer.write(mutate(answer(source), source))
        await exchange.writer.drain()
        exchange.writer.close()

    async def call(client: Client) -> None:
        pager = client.v2.conversations.list_messages(NUMBER, max_items=1)
        try:
            items: list[Any] = await asyncio.wait_for(pager.collect(), 20)
            assert all(item.id for item in items)
            outcomes[True] += 1
        except IP1Error as error:
            outcomes[False] += 1
            check_privacy(error)

    async with (
        FaultServer(1, always=send_mutated) as server,
        Client(TOKEN, v2_url=server.url, retry_for=0, timeout=10, rate_limit=None) as client,
    ):
        for _ in range(ANSWERS // 5 // AT_ONCE):
            await asyncio.gather(*(call(client) for _ in range(AT_ONCE)))
    assert min(outcomes.values()) > 100, outcomes
