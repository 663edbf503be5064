"""What a probe asks for: the URLs, and the headers of all requests."""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote

import attrs

from ip1_async.cli._options import Connection

# A sender name that nobody has; a sender name can have 11 characters.
_NOBODY = "ProbeNobody"


@attrs.frozen
class Resource:
    """A list that the probe can ask for.

    Attributes:
        url: Its URL, percent-encoded and without a query.
        route: The path with its placeholders, for errors.
    """

    url: str
    route: str

    def below(self, segment: str) -> "Resource":
        """Give the resource one segment further down the path."""
        return Resource(f"{self.url}/{segment}", f"{self.route}/{segment}")


@attrs.frozen
class Resources:
    """The lists to probe.

    Attributes:
        headers: The headers of all requests; they hold the token.
        conversation: The messages of the participant.
        nobody: A conversation that does not exist.
        bundle: The messages of a bundle, if the user gave one.
    """

    headers: Mapping[str, str] = attrs.field(repr=False)
    conversation: Resource
    nobody: Resource
    bundle: Resource | None


async def find_resources(connection: Connection, participant: str, bundle: str | None) -> Resources:
    """Give the URLs and headers; the client checks the settings and the names first.

    Raises:
        ConfigurationError: A setting can't be used.
        ValueError: The participant or the bundle can't be used.
    """
    async with await connection.client() as client:
        client.v2.conversations.list_messages(participant)
        if bundle is not None:
            client.v3.bundles.list_messages(bundle)
    v2 = _base(connection.v2_url, "IP1_V2_URL", "https://api.ip1sms.com/v2")
    v3 = _base(connection.v3_url, "IP1_V3_URL", "https://api.ip1.net/v3")
    return Resources(
        headers=_headers(await connection.token()),
        conversation=_conversation(v2, participant),
        nobody=_conversation(v2, _NOBODY),
        bundle=None if bundle is None else _bundle(v3, bundle),
    )


def _headers(token: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "User-Agent": "ip1-async",
    }


def _conversation(base: str, participant: str) -> Resource:
    # The API takes a number without its plus; a name keeps it.
    is_number = re.fullmatch(r"\+[0-9]+", participant)
    segment = quote(participant[1:] if is_number else participant, safe="")
    return Resource(f"{base}/conversations/{segment}", "/v2/conversations/{participant}")


def _bundle(base: str, bundle: str) -> Resource:
    return Resource(
        f"{base}/bundles/{quote(bundle, safe='')}/messages", "/v3/bundles/{bundle}/messages"
    )


def _base(given: str | None, variable: str, default: str) -> str:
    return (given or os.environ.get(variable) or default).rstrip("/")
