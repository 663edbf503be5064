"""The eight read calls: what is sent, and what the documented answers become."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses
from answers import NEEDS_WRITER, Answers
from yarl import URL

from ip1_async import (
    BundleMessage,
    Client,
    ConversationSummary,
    Direction,
    HTTPStatusError,
    Message,
    MessageStatusCode,
    NotFoundError,
    Order,
    StatusCount,
)
from ip1_async._codec import decode
from ip1_async.testing import Simulator

V2, V3 = "https://api.ip1sms.com/v2", "https://api.ip1.net/v3"
NUMBER, BATCH, BUNDLE = "46712345678", "5bc86b6e85c7209830f96936", "65eb3d14f784682890abc24f"
PAGING = "?limit=200&order=ASC&start=0"
V2_MESSAGES = ["message", "message_incoming_sparse", "message_integer_enums"]

Call = Callable[[Client], Awaitable[Any]]
LISTS: dict[str, tuple[Call, str]] = {
    "conversation": (
        lambda c: c.v2.conversations.list_messages(NUMBER).collect(),
        f"{V2}/conversations/{NUMBER}{PAGING}",
    ),
    "outgoing": (
        lambda c: c.v2.conversations.list_messages(NUMBER, direction="mt").collect(),
        f"{V2}/conversations/{NUMBER}/mt{PAGING}",
    ),
    "incoming": (
        lambda c: c.v2.conversations.list_messages(NUMBER, direction=Direction.MO).collect(),
        f"{V2}/conversations/{NUMBER}/mo{PAGING}",
    ),
    "batch": (
        lambda c: c.v2.batches.list_messages(BATCH).collect(),
        f"{V2}/batches/{BATCH}/messages{PAGING}",
    ),
    "bundle": (
        lambda c: c.v3.bundles.list_messages(BUNDLE).collect(),
        f"{V3}/bundles/{BUNDLE}/messages{PAGING}",
    ),
}
OBJECTS: dict[str, tuple[Call, str]] = {
    "summary": (
        lambda c: c.v2.conversations.get_summary(NUMBER),
        f"{V2}/conversations/{NUMBER}/summary",
    ),
    "batch message": (
        lambda c: c.v2.batches.get_message(BATCH, "m1"),
        f"{V2}/batches/{BATCH}/messages/m1",
    ),
    "bundle message": (
        lambda c: c.v3.bundles.get_message(BUNDLE, "m1"),
        f"{V3}/bundles/{BUNDLE}/messages/m1",
    ),
}
CALLS = LISTS | OBJECTS


def expected(obj: Any, model: Any) -> Any:
    """Read one object as the codec does, which has tests of its own."""
    return decode(json.dumps(obj).encode(), model)


def check_request(answers: Answers, url: str) -> None:
    """Exactly one GET was sent, with what belongs to it."""
    assert answers.urls == [URL(url, encoded=True)]
    (call,) = answers.calls
    assert call["headers"] == {
        "Authorization": "Bearer token",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "ip1-async",
    }
    assert call["allow_redirects"] is False


@pytest.mark.xfail(NEEDS_WRITER, reason="aioresponses knows no stream_writer", raises=TypeError)
async def test_aioresponses_works_without_help() -> None:
    """When this test passes, the workaround in tests/support/answers.py can go."""
    with aioresponses() as mock:
        mock.get("http://127.0.0.1/", payload={})
        async with aiohttp.ClientSession() as session, session.get("http://127.0.0.1/") as response:
            assert await response.json() == {}


# Exact payloads.


@pytest.mark.parametrize("name", ["conversation", "batch"])
async def test_documented_messages_are_listed(
    name: str,
    answers: Answers,
    make_client: Callable[..., Client],
    sample: Callable[[str], Any],
) -> None:
    """A page of every documented message becomes as many models."""
    call, url = LISTS[name]
    payload = [sample(each) for each in V2_MESSAGES]
    answers.get(url, payload=payload)
    assert await call(make_client()) == [expected(obj, Message) for obj in payload]
    check_request(answers, url)


@pytest.mark.parametrize(
    ("name", "direction"), [("outgoing", Direction.MT), ("incoming", Direction.MO)]
)
async def test_the_endpoint_decides_the_direction(
    name: str,
    direction: Direction,
    answers: Answers,
    make_client: Callable[..., Client],
    sample: Callable[[str], Any],
) -> None:
    """Integers and gaps mean the endpoint's own direction."""
    call, url = LISTS[name]
    payload = [{**sample("message_integer_enums"), "direction": number} for number in (0, 1)]
    payload = [{**obj, "id": str(index)} for index, obj in enumerate([*payload, {"id": ""}])]
    answers.get(url, payload=payload)
    found = await call(make_client())
    assert [message.direction for message in found] == [direction] * 3
    check_request(answers, url)


async def test_documented_bundle_messages_are_listed(
    answers: Answers, make_client: Callable[..., Client], sample: Callable[[str], Any]
) -> None:
    """Version 3 has a host and a model of its own."""
    call, url = LISTS["bundle"]
    answers.get(url, payload=sample("bundle_messages"))
    found = await call(make_client())
    assert found == [expected(obj, BundleMessage) for obj in sample("bundle_messages")]
    assert [message.price for message in found] == [Decimal("0.45")] * 2
    check_request(answers, url)


async def test_the_documented_summary_is_read(
    answers: Answers, make_client: Callable[..., Client], sample: Callable[[str], Any]
) -> None:
    """One object, no paging."""
    call, url = OBJECTS["summary"]
    answers.get(url, payload=sample("summary"))
    assert await call(make_client()) == expected(sample("summary"), ConversationSummary)
    check_request(answers, url)


@pytest.mark.parametrize("name", V2_MESSAGES)
async def test_a_documented_message_is_read(
    name: str,
    answers: Answers,
    make_client: Callable[..., Client],
    sample: Callable[[str], Any],
) -> None:
    """A single message is an object of the same shape."""
    call, url = OBJECTS["batch message"]
    answers.get(url, payload=sample(name))
    assert await call(make_client()) == expected(sample(name), Message)
    check_request(answers, url)


async def test_a_documented_bundle_message_is_read(
    answers: Answers, make_client: Callable[..., Client], sample: Callable[[str], Any]
) -> None:
    """A single one of version 3 as well."""
    call, url = OBJECTS["bundle message"]
    obj = sample("bundle_messages")[1]
    answers.get(url, payload=obj)
    assert await call(make_client()) == expected(obj, BundleMessage)
    check_request(answers, url)


@pytest.mark.parametrize("name", CALLS)
async def test_every_call_raises_the_documented_problem(
    name: str,
    answers: Answers,
    make_client: Callable[..., Client],
    sample: Callable[[str], Any],
) -> None:
    """It carries the parsed body and its route, without numbers or ids."""
    call, url = CALLS[name]
    answers.get(url, status=400, payload=sample("problem"))
    with pytest.raises(HTTPStatusError) as caught:
        await call(make_client())
    assert caught.value.problem == sample("problem")
    assert caught.value.path == URL(url).raw_path
    assert caught.value.route is not None
    filled = {"participant": NUMBER, "batch": BATCH, "bundle": BUNDLE, "message": "m1"}
    assert caught.value.route.format(**filled) == caught.value.path


@pytest.mark.parametrize("name", CALLS)
async def test_a_404_is_an_error_but_for_an_empty_conversation(
    name: str, answers: Answers, make_client: Callable[..., Client]
) -> None:
    """`No messages to list` is documented for conversations; elsewhere a 404 is a real one."""
    call, url = CALLS[name]
    answers.get(url, status=404, payload={"detail": "No messages to list"}, repeat=True)
    if name in ("conversation", "outgoing", "incoming"):
        assert await call(make_client()) == []
    else:
        with pytest.raises(NotFoundError):
            await call(make_client())


# Over a socket.


async def test_every_call_over_a_socket(make_client: Callable[..., Client]) -> None:
    """The simulator answers all eight."""
    async with Simulator(
        conversations={NUMBER: 450}, batches={BATCH: 250}, bundles={BUNDLE: 210}, token="token"
    ) as sim:
        client = make_client(v2_url=sim.v2_url, v3_url=sim.v3_url)
        found = {name: await call(client) for name, (call, _) in LISTS.items()}
        summary = await client.v2.conversations.get_summary(NUMBER)
        message = await client.v2.batches.get_message(BATCH, found["batch"][5].id)
        bundle_message = await client.v3.bundles.get_message(BUNDLE, found["bundle"][5].id)
    assert [len(found[name]) for name in ("conversation", "batch", "bundle")] == [450, 250, 210]
    by_way = {way: [m for m in found["conversation"] if m.direction is way] for way in Direction}
    assert found["outgoing"] == by_way[Direction.MT]
    assert found["incoming"] == by_way[Direction.MO]
    assert summary.total_message_count == 450
    delivered = [m for m in found["outgoing"] if m.is_delivered]
    assert summary.mobile_terminated_messages[MessageStatusCode.DELIVERED_TO_HANDSET] == (
        StatusCount(len(delivered), sum(m.segments for m in delivered))
    )
    listed = found["batch"][5]
    assert message.latest_status == listed.latest_status
    assert len(message.statuses) >= len(listed.statuses) == 1
    assert bundle_message == found["bundle"][5]
    assert not any(item.extra for items in found.values() for item in items)


@pytest.mark.parametrize("order", ["DESC", Order.DESC])
async def test_paging_is_sent_as_asked(order: Any, make_client: Callable[..., Client]) -> None:
    """The query has order, start and page size."""
    async with Simulator(conversations={NUMBER: 20}) as sim:
        pager = make_client(v2_url=sim.v2_url).v2.conversations.list_messages(
            NUMBER, order=order, start=3, page_size=9, max_items=2
        )
        assert len(await pager.collect()) == 2
        assert sim.requests[0].query == {"order": "DESC", "start": "3", "limit": "9"}


@pytest.mark.parametrize(
    ("participant", "segment"),
    [
        (NUMBER, NUMBER),
        ("+46712345678", "46712345678"),
        ("++46712345678", "%2B%2B46712345678"),
        ("+46 712", "%2B46%20712"),
        ("My Shop", "My%20Shop"),
        (" padded ", "%20padded%20"),
        ("Åsa", "%C3%85sa"),
        ("店", "%E5%BA%97"),
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("../summary", "..%2Fsummary"),
        ("...", "..."),
        ("%2E%2E", "%252E%252E"),
        ("50%", "50%25"),
        ("a?b#c", "a%3Fb%23c"),
        ("a&b=c;d", "a%26b%3Dc%3Bd"),
        ("{participant}", "%7Bparticipant%7D"),
        ("a\r\nb", "a%0D%0Ab"),
        ("~a-b_c.d", "~a-b_c.d"),
    ],
)
async def test_a_participant_is_one_segment(
    participant: str, segment: str, make_client: Callable[..., Client]
) -> None:
    """Any sender name reaches the server whole, as one segment of the path."""
    async with Simulator() as sim:
        conversations = make_client(v2_url=sim.v2_url).v2.conversations
        await conversations.list_messages(participant, direction="mt").collect()
        with pytest.raises(NotFoundError):
            await conversations.get_summary(participant)
        listed, single = sim.requests
    assert listed.raw_path == f"/v2/conversations/{segment}/mt?start=0&limit=200&order=ASC"
    assert single.raw_path == f"/v2/conversations/{segment}/summary"


@pytest.mark.parametrize(
    ("text", "segment"), [("a/b", "a%2Fb"), ("+123", "%2B123"), ("x y", "x%20y"), ("é", "%C3%A9")]
)
async def test_an_id_is_opaque(text: str, segment: str, make_client: Callable[..., Client]) -> None:
    """Every id is sent as it is given; only a participant's number loses its plus."""
    async with Simulator() as sim:
        client = make_client(v2_url=sim.v2_url, v3_url=sim.v3_url)
        calls = [
            client.v2.batches.get_message(text, text),
            client.v3.bundles.get_message(text, text),
            client.v2.batches.list_messages(text).collect(),
            client.v3.bundles.list_messages(text).collect(),
        ]
        for call in calls:
            with pytest.raises(NotFoundError):
                await call
    paths = [request.raw_path.partition("?")[0] for request in sim.requests]
    assert paths == [
        f"/v2/batches/{segment}/messages/{segment}",
        f"/v3/bundles/{segment}/messages/{segment}",
        f"/v2/batches/{segment}/messages",
        f"/v3/bundles/{segment}/messages",
    ]


# Wrong arguments.


async def test_a_plus_alone_is_no_number(
    answers: Answers, make_client: Callable[..., Client]
) -> None:
    """A participant of `+` alone raises before anything is sent."""
    conversations = make_client().v2.conversations
    with pytest.raises(ValueError, match="participant"):
        conversations.list_messages("+")
    with pytest.raises(ValueError, match="participant"):
        await conversations.get_summary("+")
    assert answers.urls == []


NO_IDS = ["", " ", "\t\n", "\u3000", ".", "..", None, 5, b"46712345678"]


@pytest.mark.parametrize("bad", NO_IDS)
async def test_an_id_that_is_none_is_refused(
    bad: Any, answers: Answers, make_client: Callable[..., Client]
) -> None:
    """An id that is empty, blank, `.` or `..` raises before anything is sent."""
    client = make_client()
    for make in (
        lambda: client.v2.conversations.list_messages(bad),
        lambda: client.v2.conversations.list_messages(bad, direction="mo"),
        lambda: client.v2.batches.list_messages(bad),
        lambda: client.v3.bundles.list_messages(bad),
    ):
        with pytest.raises(ValueError, match="not blank"):
            make()
    for call in (
        client.v2.conversations.get_summary(bad),
        client.v2.batches.get_message(bad, "m1"),
        client.v2.batches.get_message(BATCH, bad),
        client.v3.bundles.get_message(bad, "m1"),
        client.v3.bundles.get_message(BUNDLE, bad),
    ):
        with pytest.raises(ValueError, match="not blank"):
            await call
    assert answers.urls == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order", "asc"),
        ("order", ""),
        ("order", None),
        ("order", []),
        ("start", -1),
        ("start", 1.0),
        ("start", "0"),
        ("start", True),
        ("start", None),
        ("page_size", 0),
        ("page_size", -5),
        ("page_size", 2.5),
        ("page_size", None),
        ("max_items", -1),
        ("max_items", 1.5),
        ("concurrency", 0),
        ("concurrency", -1),
        ("concurrency", "4"),
        ("cursor", ""),
        ("cursor", "garbage"),
        ("cursor", 5),
    ],
)
def test_paging_that_makes_no_sense_is_refused(name: str, value: Any, answers: Answers) -> None:
    """A bad argument of a listing is a ValueError at the call, and names the argument."""
    client = Client("token")
    paging = {name: value}
    for make, text in (
        (client.v2.conversations.list_messages, NUMBER),
        (client.v2.batches.list_messages, BATCH),
        (client.v3.bundles.list_messages, BUNDLE),
    ):
        with pytest.raises(ValueError, match=f"^{name}: "):
            make(text, **paging)
    assert answers.urls == []


@pytest.mark.parametrize("direction", ["MT", "", "both", 0, 1, True])
def test_a_direction_that_is_none_is_refused(direction: Any) -> None:
    """A direction is `mt`, `mo` or `None`; anything else is a ValueError."""
    with pytest.raises(ValueError, match=r"^direction: "):
        Client("token").v2.conversations.list_messages(NUMBER, direction=direction)


def test_a_cursor_and_a_start_are_one_too_many() -> None:
    """`cursor` together with `start` is a ValueError."""
    conversations = Client("token").v2.conversations
    cursor = conversations.list_messages(NUMBER, start=5).cursor
    with pytest.raises(ValueError, match=r"^cursor: "):
        conversations.list_messages(NUMBER, cursor=cursor, start=5)
    assert conversations.list_messages(NUMBER, cursor=cursor, start=0)


def test_a_cursor_of_another_listing_is_refused() -> None:
    """A cursor of another participant, direction, order or kind of list is a ValueError."""
    client = Client("token")
    conversations = client.v2.conversations
    cursor = conversations.list_messages(NUMBER).cursor
    conversations.list_messages(f"+{NUMBER}", cursor=cursor, page_size=5)
    for make in (
        lambda: conversations.list_messages("46700000000", cursor=cursor),
        lambda: conversations.list_messages(NUMBER, direction="mt", cursor=cursor),
        lambda: conversations.list_messages(NUMBER, order="DESC", cursor=cursor),
        lambda: client.v2.batches.list_messages(NUMBER, cursor=cursor),
        lambda: client.v3.bundles.list_messages(NUMBER, cursor=cursor),
    ):
        with pytest.raises(ValueError, match="another query"):
            make()


async def test_one_client_serves_many_tasks(make_client: Callable[..., Client]) -> None:
    """Calls of several tasks go on side by side."""
    async with Simulator(conversations={NUMBER: 300}, latency=0.01) as sim:
        conversations = make_client(v2_url=sim.v2_url).v2.conversations
        messages, *summaries = await asyncio.gather(
            conversations.list_messages(NUMBER).collect(),
            *(conversations.get_summary(NUMBER) for _ in range(5)),
        )
        assert sim.peak_in_flight >= 6
    assert isinstance(messages, list)
    assert len(messages) == 300
    assert summaries == [summaries[0]] * 5
