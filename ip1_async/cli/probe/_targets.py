"""What a probe asks for, as the client itself would ask for it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp
import attrs

from ip1_async import Pager, TransportError
from ip1_async.cli._options import Connection

# A sender name nobody has: it fits the 11 characters of one.
_NOBODY = "ProbeNobody"
_CONVERSATION = "/v2/conversations/{participant}"
_ROUTES = (_CONVERSATION, _CONVERSATION, "/v3/bundles/{bundle}/messages")
_HEADERS = ("Authorization", "Accept", "User-Agent")


@attrs.frozen
class Target:
    """A list that can be asked for.

    Attributes:
        url: Where it is, percent-encoded and without a query.
        route: The path with its placeholders, for errors.
        headers: What the client sends with it, the token too.
    """

    url: str
    route: str
    headers: Mapping[str, str] = attrs.field(repr=False)

    def below(self, segment: str) -> "Target":
        """Give what stands one segment further down."""
        return attrs.evolve(self, url=f"{self.url}/{segment}", route=f"{self.route}/{segment}")


@attrs.frozen
class Targets:
    """What is probed: a conversation, one that does not exist, and maybe a bundle."""

    conversation: Target
    nobody: Target
    bundle: Target | None = None


async def find_targets(connection: Connection, participant: str, bundle: str | None) -> Targets:
    """Have the client write its requests and send none: URLs, encoding and token are its own.

    Raises:
        ConfigurationError: A setting can't be used.
        ValueError: The participant or the bundle can't be asked for.
    """
    written: list[Target] = []

    async def keep(
        request: aiohttp.ClientRequest, _handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        headers = {name: request.headers[name] for name in _HEADERS}
        route = _ROUTES[len(written)]
        written.append(Target(str(request.url).partition("?")[0], route, headers))
        raise aiohttp.ClientConnectionError

    unhurried = attrs.evolve(connection, retry_for=0.0, rate_limit=1000.0)
    async with (
        aiohttp.ClientSession(middlewares=(keep,)) as session,
        await unhurried.client(session) as client,
    ):
        conversations = client.v2.conversations
        pagers: list[Pager[Any]] = [
            conversations.list_messages(name) for name in (participant, _NOBODY)
        ]
        if bundle is not None:
            pagers.append(client.v3.bundles.list_messages(bundle))
        for pager in pagers:
            with suppress(TransportError):
                await pager.collect()
    return Targets(*written)
