"""What an account has: lists, single things, and changes that may be repeated."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from answers import Answers
from send_server import Post, SendServer, answer

from ip1_async import (
    Batch,
    BlacklistEntry,
    Bundle,
    BundleConversation,
    Capabilities,
    Client,
    ConfigurationError,
    DataCoding,
    DeliveryWindow,
    Direction,
    IP1Error,
    MessageType,
    NotFoundError,
    PriceSummary,
    Sender,
    ServerError,
    StatusCount,
    TransportError,
    to_dict,
    to_json,
)
from ip1_async._codec import decode, decode_page
from ip1_async.testing import Simulator

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
BATCH = {
    "id": "b1",
    "sender": "iP1",
    "body": "Hi {name}",
    "owner": "me",
    "direction": "mt",
    "type": "sms",
    "datacoding": "gsm",
    "priority": 1,
    "templated": True,
    "priceSummary": {"total": 1.5, "currency": "SEK", "average": 0.5},
    "messageSummary": {"201": {"messages": 3, "sms": 3}},
    "deliveryWindows": [{"opens": "2026-03-09T12:00:00Z", "closes": "2026-03-09T12:00:00"}],
    "status": "done",
    "deliveryReportUrl": "https://example.com",
    "reference": "r",
    "tags": ["a", "ip1-async:k"],
}
READ = Batch(
    "b1",
    sender="iP1",
    body="Hi {name}",
    owner="me",
    direction=Direction.MT,
    type=MessageType.SMS,
    datacoding=DataCoding.GSM,
    priority=1,
    templated=True,
    price_summary=PriceSummary(Decimal("1.5"), "SEK", Decimal("0.5")),
    message_summary={201: StatusCount(3, 3)},
    delivery_windows=(DeliveryWindow(NOON, NOON),),
    status="done",
    delivery_report_url="https://example.com",
    reference="r",
    tags=("a", "ip1-async:k"),
)
OTHERS: list[tuple[dict[str, Any], Any]] = [
    ({"sender": "iP1", "created": "2026-03-09T12:00:00"}, Sender("iP1", NOON)),
    ({"msisdn": "467", "created": "2026-03-09T12:00:00"}, BlacklistEntry("467", NOON)),
    (
        {"id": "v1", "brand": "b", "agent": "a", "content": "c", "uniqueId": "u", "tags": ["t"]},
        Bundle("v1", brand="b", agent="a", content="c", unique_id="u", tags=("t",)),
    ),
    (
        {"id": "c1", "recipient": "467", "uniqueId": "u", "started": "2026-03-09T12:00:00Z"},
        BundleConversation("c1", recipient="467", unique_id="u", started=NOON),
    ),
    (
        {"msisdn": "467", "capable": True, "features": ["CHAT_SESSION", "CAROUSEL"]},
        Capabilities("467", capable=True, features=("CHAT_SESSION", "CAROUSEL")),
    ),
]


@pytest.mark.parametrize(("plain", "model"), [(BATCH, READ), *OTHERS])
def test_a_documented_form_is_read_and_written(plain: dict[str, Any], model: Any) -> None:
    """Both ways, alone and in a list; times without a zone are in UTC."""
    assert decode(json.dumps(plain).encode(), type(model)) == model
    assert decode_page(json.dumps([plain]).encode(), type(model)) == [model]
    again = to_dict(model)
    assert decode(to_json(model).encode(), type(model)) == model
    assert again.keys() == plain.keys()


@pytest.mark.parametrize(("plain", "model"), [(BATCH, READ), *OTHERS])
def test_what_is_odd_costs_its_field_only(plain: dict[str, Any], model: Any) -> None:
    """It comes to be in `extra`, as unknown fields do, and goes back from there."""
    identity = next(iter(plain))
    odd: dict[str, Any] = {name: {"odd": 1} for name in plain if name != identity}
    odd[identity] = plain[identity]
    read = decode(json.dumps({**odd, "new": [1]}).encode(), type(model))
    assert getattr(read, identity) == plain[identity]
    assert to_dict(read) == {**odd, "new": [1]} | to_dict(read)
    assert read.extra["new"] == [1]


def test_parts_within_a_batch_are_tolerant_too() -> None:
    """A window and a price keep what they don't know."""
    odd = {**BATCH, "priceSummary": {"total": "?", "vat": 1}, "deliveryWindows": [{"opens": 5}]}
    read = decode(json.dumps(odd).encode(), Batch)
    assert read.price_summary == PriceSummary()
    assert read.price_summary is not None
    assert dict(read.price_summary.extra) == {"total": "?", "vat": 1}
    again = to_dict(read)
    assert (again["priceSummary"], again["deliveryWindows"]) == (
        odd["priceSummary"],
        odd["deliveryWindows"],
    )


async def test_an_account_is_discovered() -> None:
    """Lists, and single things by what the lists say."""
    async with (
        Simulator(batches={"b1": 3}, bundles={"v1": 4}, blacklist=["46700000001"]) as sim,
        Client("t", v2_url=sim.v2_url, v3_url=sim.v3_url, rate_limit=None) as client,
    ):
        (batch,) = await client.v2.batches.list().collect()
        assert (await client.v2.batches.get(batch.id)).id == "b1"
        (bundle,) = await client.v3.bundles.list().collect()
        assert (await client.v3.bundles.get(bundle.id)).id == "v1"
        assert await client.v3.bundles.list(tag="a b&c").collect() == []
        talks = await client.v3.conversations.list(max_items=2).collect()
        assert all(isinstance(talk, BundleConversation) for talk in talks)
        (sender,) = await client.v2.senders.list().collect()
        assert await client.v2.senders.get("iP1") == sender
        (entry,) = await client.v2.blacklist.list().collect()
        assert await client.v2.blacklist.get("+46700000001") == entry
        assert (await client.v3.capabilities.get("+46712345678")).msisdn == "46712345678"
    assert any(request.query.get("tag") == "a b&c" for request in sim.requests)


async def test_a_conversation_is_read_by_its_id(answers: Answers) -> None:
    """As the list shows it."""
    answers.get("https://api.ip1.net/v3/conversations/c%201", payload={"id": "c 1"})
    async with Client("t") as client:
        assert await client.v3.conversations.get("c 1") == BundleConversation("c 1")


async def test_an_account_is_changed() -> None:
    """Senders and numbers come and go, and a batch is cancelled."""
    async with (
        Simulator() as sim,
        Client("t", v2_url=sim.v2_url, v3_url=sim.v3_url, rate_limit=None) as client,
    ):
        await client.v2.senders.register("Shop")
        await client.v2.senders.remove("iP1")
        assert [each.sender async for each in client.v2.senders.list()] == ["Shop"]
        await client.v2.blacklist.add("+46700000001")
        assert [each.msisdn async for each in client.v2.blacklist.list()] == ["46700000001"]
        await client.v2.blacklist.remove("46700000001")
        assert await client.v2.blacklist.list().collect() == []
        batch = await client.v2.batches.send(
            sender="Shop", recipients=["46712345678"], body="Hello"
        )
        await client.v2.batches.cancel(batch.id)
        with pytest.raises(NotFoundError):
            await client.v2.batches.cancel("none")


@pytest.mark.parametrize("name", ["batches", "senders", "blacklist"])
async def test_an_account_without_any_is_empty(name: str) -> None:
    """Also where the server answers 404; the pager says so."""
    async with (
        SendServer([gone]) as server,
        Client("t", v2_url=server.url, rate_limit=None) as client,
    ):
        pager = getattr(client.v2, name).list()
        assert await pager.collect() == []
        assert pager.not_found


@pytest.mark.parametrize("url", ["https://api.ip1.net", "https://api.ip1.net/rcs"])
async def test_capabilities_need_the_usual_url(url: str) -> None:
    """They are beside `/v3`: where the base URL has none, nobody knows where that is."""
    async with Client("t", v3_url=url) as client:
        with pytest.raises(ConfigurationError, match="/v3"):
            await client.v3.capabilities.get("46712345678")


# Repeated like GET.


async def drop(post: Post) -> None:
    """Take a request, and end without an answer."""
    await post.reader.readuntil(b"\r\n\r\n")
    post.reset()


CHANGES: dict[str, Callable[[Client], Awaitable[None]]] = {
    "register": lambda client: client.v2.senders.register("Shop"),
    "add": lambda client: client.v2.blacklist.add("467"),
    "remove sender": lambda client: client.v2.senders.remove("Shop"),
    "remove number": lambda client: client.v2.blacklist.remove("467"),
    "cancel": lambda client: client.v2.batches.cancel("b1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_whose_answer_was_lost_is_repeated(
    change: Callable[[Client], Awaitable[None]],
) -> None:
    """It is the same change."""

    async def fine(post: Post) -> None:
        await post.reader.readuntil(b"\r\n\r\n")
        await post.write(answer(b"", "204 No Content"))

    async with (
        SendServer([drop, fine]) as server,
        Client("t", v2_url=server.url, rate_limit=None) as client,
    ):
        await change(client)
        assert server.connections == 2


async def gone(post: Post) -> None:
    """Say 404."""
    await post.reader.readuntil(b"\r\n\r\n")
    await post.write(answer(b"", "404 Not Found"))


async def broken(post: Post) -> None:
    """Say 500."""
    await post.reader.readuntil(b"\r\n\r\n")
    await post.write(answer(b"", "500 x"))


async def too_many(post: Post) -> None:
    """Say 429."""
    await post.reader.readuntil(b"\r\n\r\n")
    await post.write(answer(b"", "429 x", "Retry-After: 0"))


@pytest.mark.parametrize("first", [drop, broken])
async def test_404_after_a_repeated_delete_is_success(first: Any) -> None:
    """The one before had worked."""
    async with (
        SendServer([first, gone]) as server,
        Client("t", v2_url=server.url, rate_limit=None) as client,
    ):
        await client.v2.batches.cancel("b1")
        assert not server.acts


@pytest.mark.parametrize("acts", [[gone], [too_many, gone]])
async def test_404_of_a_delete_that_never_worked_is_an_error(acts: list[Any]) -> None:
    """Where nothing can have been deleted before, it was not there."""
    async with (
        SendServer(acts) as server,
        Client("t", v2_url=server.url, rate_limit=None) as client,
    ):
        with pytest.raises(NotFoundError) as caught:
            await client.v2.batches.cancel("b1")
    assert (caught.value.method, caught.value.route) == ("DELETE", "/v2/batches/{batch}")
    assert caught.value.key is None


async def test_404_after_a_refused_connection_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of the first attempt was written."""
    connect, calls = aiohttp.TCPConnector.connect, 0

    async def once(self: Any, *args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            key: Any = SimpleNamespace(host="there", port=443)
            raise aiohttp.ClientConnectorError(key, OSError(111, "refused"))
        return await connect(self, *args, **options)

    async with SendServer([gone]) as server:
        monkeypatch.setattr(aiohttp.TCPConnector, "connect", once)
        async with Client("t", v2_url=server.url, rate_limit=None) as client:
            with pytest.raises(NotFoundError):
                await client.v2.batches.cancel("b1")
    assert calls == 2


async def test_a_put_that_finds_nothing_is_an_error() -> None:
    """A 404 is success for what was to go away only."""
    async with (
        SendServer([broken, gone]) as server,
        Client("t", v2_url=server.url, rate_limit=None) as client,
    ):
        with pytest.raises(NotFoundError):
            await client.v2.senders.register("Shop")


@pytest.mark.parametrize("act", [drop, broken])
async def test_a_change_without_time_to_retry_fails(act: Any) -> None:
    """The usual errors; it may have worked."""
    async with (
        SendServer([act]) as server,
        Client("t", v2_url=server.url, rate_limit=None, retry_for=0) as client,
    ):
        with pytest.raises((TransportError, ServerError)) as caught:
            await client.v2.blacklist.add("467")
    assert isinstance(caught.value, IP1Error)
    assert caught.value.method == "PUT"
