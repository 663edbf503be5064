"""The example's web app: what it streams, and what else it answers."""

import json
from collections import Counter

import pytest
from web_server import NUMBER, connect, fail_at, ids, in_process, read

from examples.web import app as web
from examples.web.stream import line
from examples.web.view import bubble, delivery_state, status_text
from ip1_async import Message, MessageStatusCode, Status
from ip1_async.testing import Fault, Simulator


async def newest_first(simulator: Simulator) -> list[Message]:
    """Read the conversation without the app."""
    async with connect(simulator) as client:
        return await client.v2.conversations.list_messages(NUMBER, order="DESC").collect()


# What it streams.


async def test_every_message_comes_once_and_the_newest_first() -> None:
    """Every page is one record, and the last record says that the list has ended."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with in_process(simulator) as http:
        records = await read(http)
        expected = [message.id for message in await newest_first(simulator)]
    assert ids(records) == expected
    assert records[0]["total"] == pytest.approx(450, abs=200)  # a bound, by the last page
    assert records[-1] == {"end": True, "missing": False}


async def test_a_conversation_that_is_not_there_is_no_error() -> None:
    """The page can say that a wrong base URL looks the same."""
    async with in_process(Simulator()) as http:
        assert await read(http) == [{"end": True, "missing": True}]


async def test_a_failure_is_a_record_and_its_cursor_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After an error, the cursor brings the rest without a gap or a repeat."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(status=403)))
    async with in_process(simulator) as http:
        first = await read(http)
        assert "403 Forbidden" in first[-1]["error"]
        rest = await read(http, cursor=first[-1]["cursor"])
        while "error" in rest[-1]:
            rest += await read(http, cursor=rest[-1]["cursor"])
        expected = [message.id for message in await newest_first(simulator)]
    assert 0 < len(ids(first)) < 450
    assert ids(first) + ids(rest) == expected
    assert "a stream stopped" in caplog.text
    assert NUMBER not in caplog.text + first[-1]["error"]


async def test_every_record_says_where_to_go_on() -> None:
    """A browser that lost its connection resumes after the last record that it read."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with in_process(simulator) as http:
        first, *others = await read(http)
        assert ids(await read(http, cursor=first["cursor"])) == ids(others)


@pytest.mark.parametrize(
    ("status", "state", "text"),
    [
        (None, "sending", "no status yet"),
        (Status(), "sending", "no status yet"),
        (Status(code=MessageStatusCode.SENDING), "sending", "sending"),
        (Status(code=MessageStatusCode.DELIVERED_TO_GSM), "sending", "delivered to GSM"),
        (Status(code=MessageStatusCode.REFUNDED), "failed", "refunded"),
        (Status(code=MessageStatusCode.DELIVERED_TO_HANDSET), "delivered", "delivered to handset"),
        (Status(code=MessageStatusCode.EXPIRED), "failed", "expired"),
        (Status(code=MessageStatusCode.INSUFFICIENT_FUNDS), "failed", "insufficient funds"),
        (Status(code=599), "failed", "status 599"),
    ],
)
def test_what_became_of_a_message(status: Status | None, state: str, text: str) -> None:
    """Only 201 is delivered; a final status that is another one is a failure, with its reason."""
    assert delivery_state(status) == state
    assert status_text(status) == text


def test_a_message_of_which_only_the_id_is_known_has_a_bubble() -> None:
    """A message with an id only can be shown."""
    drawn = bubble(Message(id="1"))
    assert drawn["id"] == "1"
    assert (drawn["text"], drawn["price"], drawn["time"], drawn["state"]) == ("", None, None, None)


def test_half_an_emoji_survives() -> None:
    """A text that was cut inside a character does not end the stream."""
    assert json.loads(line(text="\ud83d")) == {"text": "\ud83d"}


# Single answers.


async def test_the_summary_counts_what_the_stream_brings() -> None:
    """The summary counts the same states and segments as the messages of the stream have."""
    async with in_process(Simulator(conversations={NUMBER: 450})) as http:
        sums = (await http.post("/api/summary", json={"participant": NUMBER})).json()
        messages = [m for record in await read(http) for m in record.get("messages", ())]
    states = Counter(message["state"] or "received" for message in messages)
    assert {name: sums[name] for name in states} == states
    assert sums["messages"] == 450
    assert sums["segments"] == sum(message["segments"] for message in messages)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault(status=404), 404), (Fault(status=401), 502), (Fault(hang=True), 504)],
)
async def test_an_error_is_a_status_and_a_line(
    fault: Fault,
    status: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error names the route, and neither the answer nor the log has a number."""
    monkeypatch.setattr(web, "RETRY_FOR", 0)
    simulator = Simulator(conversations={NUMBER: 1}, faults=[fault])
    timeout = 0.2 if fault.hang else 30.0  # a busy machine answers late, but a hang never ends
    async with in_process(simulator, timeout=timeout) as http:
        answer = await http.post("/api/summary", json={"participant": NUMBER})
    assert answer.status_code == status
    assert "/v2/conversations/{participant}/summary" in answer.json()["detail"]
    assert "{participant}" in caplog.text
    assert NUMBER not in answer.text + caplog.text
