"""Faults below HTTP, at every page: recovered, or a typed error from which the rest follows."""

import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme
from fault_server import FINAL, RECOVERED, Fault, FaultServer, reset_before, silence

from ip1_async import (
    Client,
    InvalidResponseError,
    IP1Error,
    Message,
    Pager,
    RequestTimeoutError,
    TransportError,
)

MakeClient = Callable[..., Client]


@pytest.fixture
def client_of(make_client: MakeClient) -> MakeClient:
    """Make clients of a server, in virtual time."""

    def make(server: FaultServer, **options: Any) -> Client:
        return make_client("secret-token", v2_url=server.url, **({"timeout": 0.5} | options))

    return make


def listing(client: Client, **paging: Any) -> Pager[Message]:
    """List the server's messages."""
    return client.v2.conversations.list_messages("46700000001", page_size=20, **paging)


async def read_into(read: list[Message], pager: Pager[Message]) -> None:
    """Read to the end or to an error, which leaves what came before it."""
    async for message in pager:
        read.append(message)  # noqa: PERF401  # as said


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("fault", RECOVERED, ids=lambda fault: fault.__name__)
async def test_a_passing_fault_costs_nothing_but_time(
    fault: Fault, position: int, client_of: MakeClient
) -> None:
    """A passing fault at any page costs no message: all come, once each."""
    async with FaultServer(100, {position: fault}) as server, client_of(server) as client:
        got = await listing(client).collect()
    assert [message.id for message in got] == server.ids()


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("fault", FINAL, ids=lambda fault: fault.__name__)
async def test_an_unusable_answer_is_an_error_to_resume_from(
    fault: Fault, position: int, client_of: MakeClient
) -> None:
    """An answer that can't be used ends in a typed error; its cursor brings exactly the rest."""
    async with FaultServer(100, {position: fault}) as server, client_of(server) as client:
        read: list[Message] = []
        with pytest.raises(InvalidResponseError) as caught:
            await read_into(read, listing(client))
        assert caught.value.route == "/v2/conversations/{participant}"
        rest = await listing(client, cursor=caught.value.cursor).collect()
    assert [message.id for message in read + rest] == server.ids()


@pytest.mark.parametrize("fault", RECOVERED[:8] + RECOVERED[9:], ids=lambda f: f.__name__)
async def test_a_lasting_fault_ends_in_our_own_error(fault: Fault, client_of: MakeClient) -> None:
    """With `retry_for=0` a fault is one attempt and a typed error, never one of aiohttp's."""
    async with (
        FaultServer(100, always=fault) as server,
        client_of(server, retry_for=0, timeout=0.2) as client,
    ):
        with pytest.raises(IP1Error) as caught:
            await listing(client).collect()
        assert caught.value.attempts == len(server.arrivals) == 1
    assert "4670" not in str(caught.value)


async def test_every_request_is_asked_for_and_counted(client_of: MakeClient) -> None:
    """Each request that arrives took a permission, also after lost connections."""
    permissions = 0

    class Counting:
        async def acquire(self) -> None:
            nonlocal permissions
            permissions += 1

        async def pause(self, seconds: float) -> None:
            raise AssertionError

    async with (
        FaultServer(100, {2: reset_before, 3: reset_before}) as server,
        client_of(server, rate_limit=Counting()) as client,
    ):
        await listing(client, concurrency=1).collect()
        assert permissions == len(server.arrivals) > 6


async def test_a_silent_server_ends_each_attempt_at_its_timeout(client_of: MakeClient) -> None:
    """A server that never answers is a timeout, and nothing of it stays behind."""
    async with FaultServer(9, always=silence) as server:
        client = client_of(server, timeout=0.1, retry_for=0)
        with pytest.raises(RequestTimeoutError):
            await client.v2.conversations.get_summary("46700000001")
        await client.aclose()


@pytest.fixture
def wrong_name() -> ssl.SSLContext:
    """Make a server's TLS whose certificate is for another host."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("other.example").configure_cert(context)
    return context


async def test_a_certificate_of_another_name_is_refused(
    wrong_name: ssl.SSLContext, client_of: MakeClient
) -> None:
    """TLS is verified; a wrong name is no passing fault, and sends nothing."""
    async with FaultServer(9, tls=wrong_name) as server, client_of(server) as client:
        with pytest.raises(TransportError, match="TLS") as caught:
            await listing(client).collect()
        assert not server.arrivals
    assert caught.value.attempts == 1
