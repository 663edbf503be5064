"""What a type checker must say of a user's program: read by mypy and pyright, never run.

Each ignore below is an error that must be there: both checkers refuse an ignore that they do not
need.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, assert_type

import aiohttp

from ip1_async import (
    Batch,
    Bundle,
    BundleMessage,
    Capabilities,
    Client,
    ConversationSummary,
    DataCoding,
    DeliveryReport,
    Direction,
    HTTPStatusError,
    IP1Error,
    Limiter,
    Message,
    MessageStatusCode,
    MessageType,
    Order,
    Page,
    Pager,
    RateLimiter,
    RequestTimeoutError,
    Sender,
    Status,
    StatusCount,
    TransportError,
    campaigns,
    preview,
    segments,
    to_dict,
    to_json,
)
from ip1_async.campaigns import Part, Plan, Result
from ip1_async.testing import Fault, Simulator
from ip1_async.testing import Request as ReceivedRequest
from ip1_async.webhooks import Receiver, SQLiteSeen, parse


async def endpoints(client: Client) -> None:
    """Every call has its own type."""
    assert_type(client.v2.conversations.list_messages("x"), Pager[Message])
    assert_type(await client.v2.conversations.get_summary("x"), ConversationSummary)
    assert_type(client.v2.batches.list_messages("x"), Pager[Message])
    assert_type(await client.v2.batches.get_message("x", "y"), Message)
    assert_type(client.v3.bundles.list_messages("x"), Pager[BundleMessage])
    assert_type(await client.v3.bundles.get_message("x", "y"), BundleMessage)
    assert_type(client.v2.batches.list(), Pager[Batch])
    assert_type(
        await client.v2.batches.send(sender="x", recipients=["1"], body="x", type="flash"), Batch
    )
    assert_type(await client.v2.batches.settle("x"), Batch | None)
    assert_type(await client.v3.bundles.settle("x"), Bundle | None)
    assert_type(client.v2.senders.list(), Pager[Sender])
    assert_type(await client.v3.capabilities.get("1"), Capabilities)


async def paging(client: Client) -> None:
    """A pager keeps the type of its items through every way to read it."""
    async with client.v3.bundles.list_messages("x") as pager:
        assert_type(pager, Pager[BundleMessage])
    assert_type(await anext(pager), BundleMessage)
    assert_type(await pager.collect(), list[BundleMessage])
    assert_type(pager.pages(), AsyncIterator[Page[BundleMessage]])
    async for bundle_message in pager:
        assert_type(bundle_message, BundleMessage)
    for _ in client.v2.batches.list_messages("x"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    async for page in client.v2.batches.list_messages("x").pages():
        assert_type(page, Page[Message])
        assert_type(page.items, tuple[Message, ...])
        assert_type(page.cursor, str)
        assert_type(page.start, int)
        assert_type(page.limit, int)
        assert_type(page.raw, bytes)
        assert_type(page.headers, Mapping[str, str])
    assert_type(pager.cursor, str)
    assert_type(pager.estimated_total, int | None)
    assert_type(pager.shifts, int)
    assert_type(pager.not_found, bool)
    iter(pager)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


def arguments(client: Client) -> None:
    """Texts and members are taken where they are known, and nothing else."""
    list_messages = client.v2.conversations.list_messages
    list_messages("x", direction="mt", order="DESC", start=1, page_size=2, max_items=None)
    list_messages("x", direction=Direction.MO, order=Order.ASC, concurrency=None, cursor="c")
    list_messages("x", direction="out")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    list_messages("x", order="asc")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    list_messages("x", "mt")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    list_messages(46712345678)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    list_messages("x", limit=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.v2.batches.list_messages("x", direction="mt")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def messages(message: Message) -> None:
    """A message's fields say what may be missing, and can't be assigned."""
    assert_type(message.id, str)
    assert_type(message.body, str | None)
    assert_type(message.price, Decimal | None)
    assert_type(message.modified, datetime | None)
    assert_type(message.segments, int | None)
    assert_type(message.direction, Direction | str | int | None)
    assert_type(message.type, MessageType | str | int | None)
    assert_type(message.datacoding, DataCoding | str | int | None)
    assert_type(message.statuses, tuple[Status, ...])
    assert_type(message.latest_status, Status | None)
    assert_type(message.is_delivered, bool)
    assert_type(message.extra, Mapping[str, Any])
    message.owner = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    message.text  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # noqa: B018
    message.body.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def other_models(
    status: Status, count: StatusCount, summary: ConversationSummary, message: BundleMessage
) -> None:
    """The other models do the same."""
    assert_type(status.code, MessageStatusCode | int | None)
    assert_type(status.created, datetime | None)
    assert_type(status.block, int | None)
    assert_type(status.is_final, bool)
    assert_type(count.messages, int | None)
    assert_type(summary.total_message_count, int | None)
    assert_type(summary.mobile_terminated_messages, dict[int, StatusCount])
    assert_type(message.status, str | None)
    assert_type(message.price, Decimal | None)
    status.code = 201  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def constructors() -> None:
    """A model is made as any attrs class is; only `id` must be given."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    message = Message("1", price=Decimal("0.5"), statuses=(Status(moment, 201, 1),))
    assert_type(to_dict(message), dict[str, Any])
    assert_type(to_json(BundleMessage(id="1", modified=moment)), str)
    ConversationSummary(mobile_terminated_messages={201: StatusCount(messages=1, sms=2)})
    Message()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Message("1", price=0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class SharedLimiter:
    """A limiter of the user's own."""

    async def acquire(self) -> None:
        """Ask another process."""

    async def pause(self, seconds: float) -> None:
        """Tell the other processes."""


class HalfALimiter:
    """It can't pause."""

    async def acquire(self) -> None:
        """Ask another process."""


async def fetch_token() -> str:
    """Ask a vault."""
    return "token"


async def clients(session: aiohttp.ClientSession) -> None:
    """A client takes what its page says, and keeps its type."""
    Client()
    Client("token", rate_limit=None, session=session)
    Client(fetch_token, rate_limit=SharedLimiter())
    Client(lambda: "token", rate_limit=RateLimiter(10))
    assert_type(Client().with_options(timeout=1.0, retry_for=0, concurrency=1), Client)
    async with Client() as client:
        assert_type(client, Client)
    limiter: Limiter = SharedLimiter()
    await limiter.pause(1)
    Client(b"token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client("token", "url")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client(rate_limit=HalfALimiter())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client().with_options(rate_limit=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class OwnClient(Client):
    """A user's subclass."""


def subclasses(client: OwnClient) -> None:
    """A copy is of the class that was copied."""
    assert_type(client.with_options(timeout=1), OwnClient)


def errors(error: IP1Error, status_error: HTTPStatusError) -> None:
    """An error's facts have types."""
    assert_type(error.method, str | None)
    assert_type(error.route, str | None)
    assert_type(error.path, str | None)
    assert_type(error.attempts, int)
    assert_type(error.cursor, str | None)
    assert_type(status_error.status, int)
    assert_type(status_error.problem, Any)
    assert_type(status_error.headers, Mapping[str, str])
    assert_type(status_error.retry_after, float | None)
    _: TimeoutError = RequestTimeoutError()
    _base: TransportError = RequestTimeoutError()
    error.status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # noqa: B018


async def hooks(client: Client) -> None:
    """A decorated handler keeps its type, and a handler of something else is refused."""
    receiver = Receiver(client, secret="secret", seen=SQLiteSeen("seen.db"))

    async def reported(report: DeliveryReport) -> None:
        assert_type(report.code, MessageStatusCode | int | None)

    def received(message: Message) -> None: ...

    assert_type(await receiver.on_delivery_report(reported)(DeliveryReport("1")), None)
    receiver.on_incoming(received)
    receiver.on_incoming(reported)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    receiver.fallback(received)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    assert_type(await receiver.answer(b""), HTTPStatus)
    assert_type(parse(b""), DeliveryReport | Message)
    assert_type(segments("").count, int)
    assert_type(preview("", {"467": {"name": "Anna"}}).cost, Decimal | None)


async def run_campaigns(client: Client, journal: Path) -> None:
    """A campaign has a typed plan and result."""

    async def confirm(plan: Plan) -> bool:
        return len(plan.recipients) < 10

    result = await campaigns.send(
        client, journal=journal, sender="iP1", recipients=["467"], body="x", confirm=confirm
    )
    assert_type(result, Result)
    assert_type(result.uncertain, tuple[Part, ...])
    assert_type(result.error, IP1Error | None)
    assert_type(await campaigns.resolve(journal, "k", "sent"), Part)
    await campaigns.resolve(journal, "k", "lost")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def simulators() -> None:
    """The simulator takes numbers, lists and functions."""

    def choose(number: int, request: ReceivedRequest) -> Fault | None:
        return Fault(status=503) if number == 0 and request.path else None

    async with Simulator(conversations={"467": 10, "468": [{"id": "1"}]}, faults=choose) as server:
        assert_type(server, Simulator)
        assert_type(server.v2_url, str)
        assert_type(server.requests, list[ReceivedRequest])
        assert_type(server.port, int)
        assert_type(server.requests[0].status, int | None)
    Simulator(latency=(0.1, 0.2), rate_limit=30, link_style="none", seed=1)
    Simulator(link_style="odd")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Simulator({"467": 10})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def test_with_fixtures(ip1_client: Client, ip1_simulator: Simulator) -> None:
    """A user's test names the fixtures' types itself."""
    pager = ip1_client.v2.conversations.list_messages("46712345678")
    assert_type(await pager.collect(), list[Message])
    ip1_simulator.append("46712345678", 2)
