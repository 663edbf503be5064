"""The example's web app: what it sends, and that it sends nothing twice."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from web_server import NUMBER, Served, in_process, serve, until

from examples.web import outbox, server
from ip1_async.testing import Fault, Request, Simulator


def answer(**fields: Any) -> dict[str, Any]:
    """Make what the page sends."""
    return {"key": str(uuid4()), "participant": NUMBER, "text": "It comes today.", **fields}


def posts(fault: Fault) -> Any:
    """Let every send go wrong."""
    return lambda _, request: fault if request.method == "POST" else None


async def post(served: Served, path: str, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the app, as its page does."""
    headers = {"origin": served.url}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{served.url}{path}", json=question) as response,
    ):
        outcome: dict[str, Any] = await response.json()
        return outcome


async def test_an_answer_is_sent_and_shown() -> None:
    """The outcome has the batch and its message; the coding is the one that costs less."""
    simulator = Simulator()
    async with in_process(simulator) as http:
        outcome = (await http.post("/api/send", json=answer())).json()
        await http.post("/api/send", json=answer(text="Сьогодні"))
    [sent, other] = simulator.sent
    assert outcome["state"] == "sent"
    assert (outcome["batch"], outcome["message"]["batch"]) == (sent.id, sent.id)
    assert outcome["message"]["text"] == "It comes today."
    assert sent.recipients == (NUMBER,)
    assert (sent.payload["datacoding"], other.payload["datacoding"]) == ("gsm", "ucs")


async def test_a_key_is_sent_once_at_the_same_time_and_later() -> None:
    """However often a key is posted, there is one send, and all get its outcome."""
    simulator = Simulator(latency=0.05)
    question = answer()
    async with in_process(simulator) as http:
        asking = [http.post("/api/send", json=question) for _ in range(10)]
        outcomes = [each.json() for each in await asyncio.gather(*asking)]
        outcomes.append((await http.post("/api/send", json=question)).json())
        outcomes.append((await http.post("/api/settle", json={"key": question["key"]})).json())
    [sent] = simulator.sent
    assert {(each["state"], each["batch"]) for each in outcomes} == {("sent", sent.id)}


@pytest.mark.parametrize(
    "fault", [Fault(accepted=True, reset="before"), Fault(accepted=True, status=500)]
)
async def test_a_lost_answer_is_uncertain_and_can_be_settled(fault: Fault) -> None:
    """An uncertain send says so, is never repeated, and is found when one looks for it."""
    simulator = Simulator(faults=posts(fault))
    question = answer()
    async with in_process(simulator) as http:
        first = (await http.post("/api/send", json=question)).json()
        second = (await http.post("/api/send", json=question)).json()
        third = (await http.post("/api/settle", json={"key": question["key"]})).json()
    [sent] = simulator.sent
    assert first["state"] == "uncertain"
    assert "may or may not have been accepted" in first["problem"]
    assert (second["state"], second["batch"]) == ("sent", sent.id)
    assert third == second


async def test_what_nobody_finds_stays_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A send that is not in the list is not called unsent, and is not sent again."""
    monkeypatch.setattr(outbox, "LOOK_FOR", 0.0)
    simulator = Simulator(faults=posts(Fault(status=500)))
    question = answer()
    async with in_process(simulator) as http:
        for path in ("/api/send", "/api/settle", "/api/send"):
            body = question if path == "/api/send" else {"key": question["key"]}
            assert (await http.post(path, json=body)).json()["state"] == "uncertain"
    assert sum(request.method == "POST" for request in simulator.requests) == 1


async def test_a_look_that_fails_leaves_it_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the list of batches can't be read, nothing is known."""
    monkeypatch.setattr(outbox, "LOOK_FOR", 0.0)

    def choose(_: int, request: Request) -> Fault:
        return Fault(status=500 if request.method == "POST" else 403)

    question = answer()
    async with in_process(Simulator(faults=choose)) as http:
        await http.post("/api/send", json=question)
        outcome = (await http.post("/api/settle", json={"key": question["key"]})).json()
    assert outcome["state"] == "uncertain"
    assert "403" in outcome["problem"]


@pytest.mark.parametrize(
    ("fields", "faults", "reason"),
    [
        ({}, [Fault(status=402)], "402"),
        ({"participant": "iP1"}, (), "recipient"),
        ({"text": " \n"}, (), "body"),
    ],
)
async def test_what_was_refused_is_unsent_and_may_be_tried_again(
    fields: dict[str, Any], faults: Any, reason: str
) -> None:
    """A refusal is certain, its text has no number, and its key is free for another try."""
    simulator = Simulator(faults=faults)
    question = answer(**fields)
    async with in_process(simulator) as http:
        outcome = (await http.post("/api/send", json=question)).json()
        again = (await http.post("/api/send", json={**answer(), "key": question["key"]})).json()
    assert outcome["state"] == "unsent"
    assert reason in outcome["problem"]
    assert NUMBER not in outcome["problem"]
    assert again["state"] == "sent"
    assert len(simulator.sent) == 1


async def test_a_key_that_was_given_up_is_never_sent() -> None:
    """A page that asks for a key that never came is told so for certain: it can't come later."""
    simulator = Simulator()
    question = answer()
    async with in_process(simulator) as http:
        settled = (await http.post("/api/settle", json={"key": question["key"]})).json()
        late = (await http.post("/api/send", json=question)).json()
    assert (settled["state"], late["state"]) == ("unsent", "unsent")
    assert not simulator.requests


async def test_a_message_that_cannot_be_read_was_sent_all_the_same() -> None:
    """The outcome then has no message."""
    simulator = Simulator(
        faults=lambda _, request: None if request.method == "POST" else Fault(status=403)
    )
    async with in_process(simulator) as http:
        outcome = (await http.post("/api/send", json=answer())).json()
    assert (outcome["state"], outcome["message"]) == ("sent", None)


async def test_a_restart_under_way_sends_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server that stops says "uncertain"; the next one knows the key, and finds the batch."""
    monkeypatch.setattr(server, "LAST_WORDS", 0.1)
    journal = str(tmp_path / "answers.db")
    simulator = Simulator(faults=posts(Fault(accepted=True, hang=True)))
    question = answer()
    async with serve(simulator, journal=journal) as served:
        asking = asyncio.create_task(post(served, "/api/send", question))
        await until(lambda: bool(simulator.sent))
        served.server.should_exit = True
        outcome = await asking
    simulator.faults = ()
    async with serve(simulator, journal=journal) as served:
        repeated = await post(served, "/api/send", question)
    [sent] = simulator.sent
    assert outcome["state"] == "uncertain"
    assert (repeated["state"], repeated["batch"]) == ("sent", sent.id)
    check_privacy(Path(journal))


def check_privacy(journal: Path) -> None:
    """Only this user reads the file, and it has no number."""
    assert journal.stat().st_mode & 0o777 == 0o600
    assert NUMBER.encode() not in journal.read_bytes()


async def test_a_browser_that_leaves_does_not_break_off_a_send() -> None:
    """What was begun is brought to its end, and its key has the outcome."""
    simulator = Simulator(faults=posts(Fault(delay=0.3)))
    question = answer()
    async with serve(simulator) as served:
        asking = asyncio.create_task(post(served, "/api/send", question))
        await until(lambda: simulator.in_flight > 0)
        asking.cancel()
        await asyncio.wait([asking])
        outcome = await post(served, "/api/settle", {"key": question["key"]})
    assert outcome["state"] == "sent"
    assert len(simulator.sent) == 1


async def test_nothing_is_sent_by_another_site() -> None:
    """A forged POST is refused before its body is read, whatever it looks like."""
    body = json.dumps(answer())
    json_type, text = "application/json", "text/plain"
    forged = [
        (403, {"origin": "http://evil.example", "content-type": json_type}),
        (403, {"origin": "null", "content-type": json_type}),
        (403, {"origin": "", "content-type": json_type}),
        (403, {"origin": "http://localhost:9000", "content-type": json_type}),
        (403, {"origin": "http://localhost.evil.example", "content-type": json_type}),
        (415, {"content-type": text}),
        (415, {"content-type": "application/x-www-form-urlencoded"}),
        (415, {"content-type": ""}),
        (400, {"host": "evil.example", "origin": "http://evil.example"}),
        (400, {"host": "localhost.evil.example:80", "content-type": json_type}),
        (400, {"host": "", "content-type": json_type}),
    ]
    simulator = Simulator()
    async with in_process(simulator) as http:
        for status, headers in forged:
            for path in ("/api/send", "/api/settle", "/api/messages", "/api/live"):
                refused = await http.post(path, content=body, headers=headers)
                assert refused.status_code == status, headers
        assert (await http.get("/api/send")).status_code == 405
    assert not simulator.requests


@pytest.mark.parametrize("field", [{"key": "1"}, {"text": "a" * 2001}, {"text": None}, {"key": ""}])
async def test_what_is_no_answer_is_refused(field: dict[str, Any]) -> None:
    """A bad key or a text that is too long is a 422."""
    simulator = Simulator()
    async with in_process(simulator) as http:
        refused = await http.post("/api/send", json=answer(**field))
    assert refused.status_code == 422
    assert not simulator.requests
