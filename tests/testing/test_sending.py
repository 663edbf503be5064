"""What is sent to the simulator, and what becomes of it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from api_caller import RCS, RECIPIENTS, SMS, api_of, until
from clock import FakeClock
from yarl import URL

from ip1_async.testing import Fault, Simulator

ONE, TWO = RECIPIENTS
BATCH = "5bc86b6e85c7209830f96936"
BUNDLE = "65eb3d14f784682890abc24f"
EVERY_STEP = 60  # status_seconds until the last message is done


def code_of(message: Any) -> int:
    """Give the code of the only status that a list shows."""
    (status,) = message["statuses"]
    code: int = status["code"]
    return code


def window(opens: float, closes: float) -> dict[str, str]:
    """Make a window from so many hours from now to so many."""
    now = datetime.now(UTC)
    return {
        "opens": (now + timedelta(hours=opens)).isoformat(),
        "closes": (now + timedelta(hours=closes)).isoformat(),
    }


# --- batches


@pytest.mark.parametrize("path", ["/v2/batches", "/v2/batches/"])
async def test_a_send_becomes_a_batch(path: str) -> None:
    """The answer is the batch, with or without a slash at the end; the list leaves out sums."""
    sim = Simulator()
    async with api_of(sim) as api:
        payload = SMS | {"reference": "r", "tags": ["t"], "priority": 2}
        status, batch = await api("POST", path, payload)
        assert status == 201
        assert batch.items() >= {"sender": "iP1", "reference": "r", "tags": ["t"]}.items()
        assert await api.read(path) == [batch]
        whole = await api.read(f"/v2/batches/{batch['id']}")
        assert whole.keys() - batch.keys() == {"priceSummary", "messageSummary"}
        assert whole["messageSummary"] == {"101": {"messages": 2, "sms": 2}}
        assert whole["priceSummary"] == {"total": 0.1032, "average": 0.0516, "currency": "EUR"}
        (sent,) = sim.sent
        assert (sent.id, sent.recipients, sent.payload) == (batch["id"], (ONE, TWO), payload)


async def test_messages_stand_in_their_batch_and_conversations() -> None:
    """A message is in its batch and at the end of its recipient's conversation."""
    sim = Simulator(conversations={ONE: 5, "46709": [{"id": "own"}]})
    async with api_of(sim) as api:
        batch = await api.send(recipients=[ONE, TWO, "46709"])
        messages = await api.read(f"/v2/batches/{batch['id']}/messages")
        assert [each["recipient"] for each in messages] == [ONE, TWO, "46709"]
        assert {each["batchId"] for each in messages} == {batch["id"]}
        for message in messages:
            conversation = await api.read(f"/v2/conversations/{message['recipient']}")
            assert conversation[-1] == message
            assert len(conversation) == {ONE: 6, TWO: 1, "46709": 2}[message["recipient"]]
        again = await api.send()
        assert len(await api.read(f"/v2/conversations/{TWO}")) == 2
        assert len(await api.read(f"/v2/batches/{again['id']}/messages")) == 2


async def test_messages_go_on_with_time(clock: FakeClock) -> None:
    """From 101 a message reaches a final status; alone it shows its history, in a list the last."""
    numbers = [f"467{number:08d}" for number in range(300)]
    runs: list[Any] = []
    for seed in (1, 1, 2):
        async with api_of(Simulator(seed=seed, status_seconds=2)) as api:
            path = f"/v2/batches/{(await api.send(recipients=numbers))['id']}"
            assert (await api.read(path))["messageSummary"].keys() == {"101"}
            await asyncio.sleep(5)
            assert len((await api.read(path))["messageSummary"]) > 1
            await asyncio.sleep(EVERY_STEP)
            summary = (await api.read(path))["messageSummary"]
            runs.append(summary)
            assert sum(each["messages"] for each in summary.values()) == 300
            assert min(map(int, summary)) == 201
            first = (await api.read(f"{path}/messages"))[0]
            history = (await api.read(f"{path}/messages/{first['id']}"))["statuses"]
            assert history[0]["code"] == 101
            assert history[-1:] == first["statuses"]
            assert [each["duration"] for each in history] == [0] * (len(history) - 1) + [1]
            times = [each["created"] for each in history]
            assert times == sorted(set(times))
    assert runs[0] == runs[1] != runs[2]
    assert runs[0]["201"]["messages"] > 240


async def test_statuses_need_no_patience() -> None:
    """With no seconds between statuses, a message is done at once."""
    async with api_of(Simulator(status_seconds=0)) as api:
        path = f"/v2/batches/{(await api.send())['id']}/messages"
        async with asyncio.timeout(60):
            while {code_of(each) // 100 for each in await api.read(path)} & {1}:
                pass


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"body": "a" * 70}, 1),
        ({"body": "a" * 71}, 2),
        ({"body": "a" * 160, "datacoding": "gsm"}, 1),
        ({"body": "]" * 153, "datacoding": "gsm"}, 3),
        ({"body": "中" * 66 + "😀" + "中" * 66}, 3),
    ],
)
async def test_segments_and_prices_follow_the_text(changes: Any, count: int) -> None:
    """A message costs its segments, in the coding that was asked for."""
    async with api_of(Simulator()) as api:
        batch = await api.send(**changes)
        message = (await api.read(f"/v2/batches/{batch['id']}/messages"))[0]
        assert message["segments"] == count
        assert message["price"] == pytest.approx(0.0416 * count)


async def test_placeholders_are_filled() -> None:
    """A value of the number's own goes before a default; a list of numbers has no template."""
    body = "{name}, {code} {other}"
    async with api_of(Simulator()) as api:
        named: Any = {"default": {"name": "you", "code": 1}, ONE: {"name": "Åsa"}, TWO: None}
        for recipients, texts in (
            (named, ["Åsa, 1 {other}", "you, 1 {other}"]),
            ({ONE: {"name": "Åsa"}}, ["Åsa, {code} {other}"]),
            ([ONE], [body]),
        ):
            batch = await api.send(body=body, recipients=recipients)
            assert batch["templated"] == isinstance(recipients, dict)
            messages = await api.read(f"/v2/batches/{batch['id']}/messages")
            assert [each["body"] for each in messages] == texts


async def test_some_messages_are_rejected(clock: FakeClock) -> None:
    """A blocked number ends in 405, a text that GSM lacks in 404, a window that is over in 202."""
    async with api_of(Simulator(blacklist=[ONE])) as api:
        cases: list[tuple[dict[str, Any], int]] = [
            ({"recipients": [ONE]}, 405),
            ({"recipients": [TWO], "body": "中", "datacoding": "gsm"}, 404),
            ({"recipients": [TWO], "deliveryWindows": [window(-2, -1)]}, 202),
        ]
        for changes, code in cases:
            batch = await api.send(**changes)
            await asyncio.sleep(EVERY_STEP)
            (message,) = await api.read(f"/v2/batches/{batch['id']}/messages")
            assert code_of(message) == code


REJECTED: dict[str, list[Any]] = {
    "sender": ["", None, "1" * 16, "a" * 12, "å"],
    "body": [None, "", " \n", "a" * 2001, 5],
    "recipients": [
        *[None, [], {}, "46700000001", ["1" * 16], ["+467"], [5], [["1"]]],
        *[{"default": {}}, {"467": "a"}],
    ],
    "type": ["mms"],
    "datacoding": ["utf8"],
    "priority": [3],
    "tags": ["t", [1]],
    "deliveryWindows": [5, ["a"], [{}], [{"opens": "today", "closes": "then"}]],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in REJECTED.items() for value in values]
)
async def test_what_the_documents_reject_is_400(field: str, value: Any) -> None:
    """A bad batch is answered with problem details that name the field, and is not sent."""
    sim = Simulator()
    async with api_of(sim) as api:
        status, problem = await api("POST", "/v2/batches", {**SMS, field: value})
        assert (status, list(problem["errors"])) == (400, [field])
        assert await api.read("/v2/batches") == []
        assert not sim.sent


async def test_a_body_has_to_be_an_object() -> None:
    """No JSON, or another kind of it, is 400."""
    sim = Simulator()
    headers = {"Authorization": "Bearer any"}
    async with sim, aiohttp.ClientSession(headers=headers) as session:
        for body in (b"", b"{", b"\xff", b"[]"):
            async with session.post(f"{sim.v2_url}/batches", data=body) as response:
                assert response.status == 400
    assert not sim.sent


@pytest.mark.parametrize("value", ["1" * 15, "iP1", "My shop 1"])
async def test_good_senders_are_taken(value: str) -> None:
    """A number up to 15 digits, or a name up to 11 characters, which may have a space."""
    async with api_of(Simulator()) as api:
        assert (await api.send(sender=value))["sender"] == value


async def test_a_list_may_hide_tags() -> None:
    """The documents don't say that a list shows tags, so it may leave them out."""
    async with api_of(Simulator(tags_in_lists=False)) as api:
        batch = await api.send(tags=["t"])
        assert (await api.read("/v2/batches"))[0]["tags"] == []
        assert (await api.read(f"/v2/batches/{batch['id']}"))["tags"] == ["t"]


async def test_batches_are_paginated() -> None:
    """Batches page like messages, in both orders, and links keep other parameters."""
    async with api_of(Simulator(batches={BATCH: 3, "empty": 0, "odd": [5]})) as api:
        ids = [BATCH, "empty", "odd", *[(await api.send())["id"] for _ in range(3)]]
        page = await api.read("/v2/batches?start=1&limit=3")
        assert [each["id"] for each in page] == ids[1:4]
        page = await api.read("/v2/batches?limit=2&order=DESC")
        assert [each["id"] for each in page] == ids[:-3:-1]
        whole = await api.read(f"/v2/batches/{BATCH}")
        messages = await api.read(f"/v2/batches/{BATCH}/messages")
        assert whole["sender"] == messages[0]["sender"]
        assert sum(each["messages"] for each in whole["messageSummary"].values()) == 3
        assert (await api.read("/v2/batches/empty"))["messageSummary"] == {}
        assert (await api("GET", "/v2/batches/unknown"))[0] == 404


# --- cancelling


async def test_a_scheduled_batch_waits_for_its_window(clock: FakeClock) -> None:
    """Before its window opens a batch is scheduled and accepted, afterwards it goes out."""
    async with api_of(Simulator()) as api:
        windows = [window(-2, -1), window(2, 3), window(5, 6)]
        path = f"/v2/batches/{(await api.send(deliveryWindows=windows))['id']}"
        await asyncio.sleep(3600)
        batch = await api.read(path)
        assert (batch["status"], batch["messageSummary"].keys()) == ("Scheduled", {"101"})
        await asyncio.sleep(3600 + EVERY_STEP)
        batch = await api.read(path)
        assert (batch["status"], "101" in batch["messageSummary"]) == ("Sent", False)


async def test_an_open_window_lets_a_batch_go() -> None:
    """A batch whose window is open is sent at once."""
    async with api_of(Simulator()) as api:
        assert (await api.send(deliveryWindows=[window(-1, 1)]))["status"] == "Sent"


async def test_a_scheduled_batch_can_be_canceled(clock: FakeClock) -> None:
    """After DELETE its messages end in 203 and stay there; a second DELETE removes the record."""
    sim = Simulator()
    async with api_of(sim) as api:
        path = f"/v2/batches/{(await api.send(deliveryWindows=[window(1, 2)]))['id']}"
        assert await api("DELETE", path) == (204, None)
        await asyncio.sleep(3600 + EVERY_STEP)
        batch = await api.read(path)
        assert (batch["status"], batch["messageSummary"].keys()) == ("Canceled", {"203"})
        assert (await api("DELETE", path))[0] == 204
        assert (await api("GET", path))[0] == 404
        assert len(sim.sent) == 1


async def test_a_sent_batch_is_deleted() -> None:
    """DELETE removes the record of a batch that was sent, but no message from a conversation."""
    sim = Simulator(batches={BATCH: 2}, conversations={ONE: 0})
    async with api_of(sim) as api:
        batch = await api.send()
        (message, _) = await api.read(f"/v2/batches/{batch['id']}/messages")
        for batch_id in (batch["id"], BATCH):
            path = f"/v2/batches/{batch_id}"
            assert (await api("DELETE", path))[0] == 204
            for tail in ("", "/messages", f"/messages/{message['id']}"):
                assert (await api("GET", path + tail))[0] == 404
            assert (await api("DELETE", path))[0] == 404
        assert await api.read("/v2/batches") == []
        assert await api.read(f"/v2/conversations/{ONE}") == [message]


# --- bundles


async def test_a_bundle_has_messages_and_conversations(clock: FakeClock) -> None:
    """A bundle's messages go on too; each brand, agent and recipient has one conversation."""
    numbers: dict[str, Any] = {f"467{number:08d}": {} for number in range(200)}
    async with api_of(Simulator(bundles={BUNDLE: 3})) as api:
        status, bundle = await api("POST", "/v3/bundles", RCS | {"recipients": numbers})
        assert status == 201
        assert await api.read(f"/v3/bundles/{bundle['id']}") == bundle
        path = f"/v3/bundles/{bundle['id']}/messages?limit=200"
        assert {each["status"] for each in await api.read(path)} == {"Sent"}
        await asyncio.sleep(EVERY_STEP)
        found = Counter(each["status"] for each in await api.read(path))
        assert found.keys() == {"Sent", "Delivered", "Read", "Failed", "Expired"}
        assert found["Delivered"] > 140
        await api("POST", "/v3/bundles", RCS)
        chats = await api.read("/v3/conversations?limit=200")
        assert {each["recipient"] for each in chats} == numbers.keys() | {ONE}
        assert await api.read(f"/v3/conversations/{chats[0]['id']}") == chats[0]
        assert (await api("GET", "/v3/conversations/unknown"))[0] == 404


async def test_bundles_are_found_by_tag() -> None:
    """A tag chooses among bundles, and the links of their pages keep it."""
    sim = Simulator(bundles={BUNDLE: 3})
    async with api_of(sim) as api:
        for tags in (["a"], ["b", "å & c"], []):
            assert (await api("POST", "/v3/bundles", RCS | {"tags": tags}))[0] == 201
        listed = await api.read("/v3/bundles")
        assert listed[0]["id"] == BUNDLE
        assert await api.read(f"/v3/bundles/{BUNDLE}") == listed[0]
        assert await api.read("/v3/bundles?tag=%C3%A5+%26+c") == [listed[2]]
        assert await api.read("/v3/bundles?tag=unknown") == []
        headers = {"Authorization": "Bearer any"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{sim.v3_url}/bundles?tag=%C3%A5+%26+c&limit=1") as response,
        ):
            assert URL(response.links["last"]["url"]).query["tag"] == "å & c"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"brand": ""}, "brand"),
        ({"agent": None}, "agent"),
        ({"content": None}, "content"),
        ({"recipients": [ONE]}, "recipients"),
    ],
)
async def test_a_bad_bundle_is_400(changes: Any, field: str) -> None:
    """A bundle needs brand, agent, content or a card, and an object of recipients."""
    async with api_of(Simulator()) as api:
        status, problem = await api("POST", "/v3/bundles", {**RCS, **changes})
        assert (status, list(problem["errors"])) == (400, [field])
        card = {"content": None, "card": {"title": "a"}}
        assert (await api("POST", "/v3/bundles", {**RCS, **card}))[0] == 201


@pytest.mark.parametrize(("twice", "status"), [("409", 409), ("same", 201)])
async def test_a_unique_id_is_sent_once(twice: Any, status: int) -> None:
    """A second bundle with the same id is refused, or is the first one; without one it is new."""
    sim = Simulator(unique_id_twice=twice)
    async with api_of(sim) as api:
        payload = RCS | {"uniqueId": "u"}
        _, first = await api("POST", "/v3/bundles", payload)
        found, second = await api("POST", "/v3/bundles", payload)
        assert (found, second == first) == (status, twice == "same")
        assert len(sim.sent) == 1
        await api("POST", "/v3/bundles", RCS)
        await api("POST", "/v3/bundles", RCS)
        assert len(sim.sent) == 3


# --- around


@pytest.mark.parametrize(
    ("path", "noun", "first"),
    [("/v2/me/senders", "sender", "iP1"), ("/v2/blacklist", "msisdn", "46700")],
)
async def test_entries_are_put_and_deleted(path: str, noun: str, first: str) -> None:
    """PUT is the same when repeated, and a second DELETE is 404; times have no zone."""
    async with api_of(Simulator(blacklist=["46700"])) as api:
        status, entry = await api("PUT", f"{path}/46799")
        assert (status, entry[noun], len(entry["created"])) == (200, "46799", 19)
        assert await api("PUT", f"{path}/46799") == (200, entry)
        assert await api.read(f"{path}/46799") == entry
        assert [each[noun] for each in await api.read(path)] == [first, "46799"]
        assert await api("DELETE", f"{path}/46799") == (204, None)
        assert (await api("DELETE", f"{path}/46799"))[0] == 404
        assert (await api("GET", f"{path}/46799"))[0] == 404
        assert (await api("GET", f"{path}/46799/more"))[0] == 404


async def test_a_number_is_posted_to_the_blacklist() -> None:
    """POST adds a number; senders have no POST."""
    async with api_of(Simulator()) as api:
        status, entry = await api("POST", "/v2/blacklist", {"msisdn": "467"})
        assert (status, await api.read("/v2/blacklist")) == (201, [entry])
        assert (await api("POST", "/v2/blacklist", {}))[0] == 400
        assert (await api("POST", "/v2/me/senders", {}))[0] == 405


@pytest.mark.parametrize(
    "path", ["/v2/nothing", "/v3/nothing", "/nothing", "/v2/batches/1/nothing"]
)
async def test_another_path_leads_nowhere(path: str) -> None:
    """What the documents don't have is 404, whatever the method."""
    async with api_of(Simulator()) as api:
        for method in ("GET", "POST"):
            status, problem = await api(method, path)
            assert (status, problem["detail"]) == (404, "No such resource")


async def test_capabilities_are_outside_of_v3() -> None:
    """Some numbers can receive RCS, some can't, and the seed decides which."""
    async with api_of(Simulator()) as api:
        found = [await api.read(f"/phones/467{number}/capabilities") for number in range(20)]
        assert {each["capable"] for each in found} == {True, False}
        assert all(bool(each["features"]) == each["capable"] for each in found)


# --- faults


@pytest.mark.parametrize(
    ("fault", "answer", "accepted"),
    [
        (Fault(status=500), 500, False),
        (Fault(status=500, accepted=True), 500, True),
        (Fault(body=b"", accepted=True), 200, True),
        (Fault(reset="before"), None, False),
        (Fault(reset="before", accepted=True), None, True),
        (Fault(reset="inside"), None, True),
        (Fault(reset="inside", status=503), None, False),
        (Fault(truncate=True), None, True),
        (Fault(truncate=True, accepted=True), None, True),
        (Fault(headers={"X-Odd": "yes"}), 201, True),
    ],
)
async def test_an_answer_can_be_lost(fault: Fault, answer: int | None, accepted: bool) -> None:
    """A fault says whether the send was accepted before its answer went wrong."""
    sim = Simulator(faults=[fault])
    async with api_of(sim) as api:
        try:
            status, _ = await api("POST", "/v2/batches", SMS)
        except aiohttp.ClientError:
            status = None
        assert (status, len(sim.sent)) == (answer, int(accepted))
        assert len(await api.read("/v2/batches")) == int(accepted)


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("fault", [{"hang": True}, {"delay": 60.0}])
async def test_an_answer_can_be_late(fault: Any, accepted: bool) -> None:
    """A client that gives up was accepted or was not, as the fault says."""
    sim = Simulator(faults=[Fault(**fault, accepted=accepted)])
    async with api_of(sim) as api:
        task = asyncio.create_task(api("POST", "/v2/batches", SMS))
        await until(lambda: bool(sim.requests and sim.requests[0].body))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(await api.read("/v2/batches")) == len(sim.sent) == int(accepted)


async def test_a_share_of_faults_loses_answers_of_accepted_sends() -> None:
    """Among usual faults some sends were accepted and some not, but never one with a 429."""
    sim = Simulator(faults=0.5)
    lost = Counter[tuple[Any, bool]]()
    async with api_of(sim) as api:
        for _ in range(200):
            before = len(sim.sent)
            try:
                status, _ = await api("POST", "/v2/batches", SMS)
            except aiohttp.ClientError:
                status = None
            lost[status, len(sim.sent) > before] += 1
    assert lost.keys() == {(201, True), (429, False), (503, True), (503, False)} | {
        (None, True),
        (None, False),
    }


async def test_a_send_that_breaks_off_is_not_accepted() -> None:
    """Half a request is no send."""
    sim = Simulator()
    async with sim:
        _, writer = await asyncio.open_connection("127.0.0.1", sim.port)
        head = "POST /v2/batches HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\n"
        writer.write(f'{head}Content-Length: 99\r\n\r\n{{"sender":'.encode())
        await writer.drain()
        await until(lambda: bool(sim.requests))
        writer.close()
        await writer.wait_closed()
        await until(lambda: not sim.in_flight)
        assert not sim.sent
