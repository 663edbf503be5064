"""Sends plain GETs, one after another, to see what the client's pagers do not show.

The probe counts its requests, waits between them, repeats none and follows no redirect. It keeps
the whole answers for itself; the report shows only the findings.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import attrs
from multidict import CIMultiDict
from yarl import URL

from ip1_async import AuthenticationError, Limiter, RateLimiter
from ip1_async.cli._output import Advance
from ip1_async.cli.probe._resources import Resource

MOST_REQUESTS = 20
RATE = 1.0  # requests per second
_MOST_BYTES = 32 << 20
_OK, _UNAUTHORIZED, _TOO_MANY = 200, 401, 429


@attrs.frozen(kw_only=True)
class Reply:
    """An answer, or the reason why none came.

    Attributes:
        start: The offset that the probe asked for.
        limit: The page size that the probe asked for.
        status: The HTTP status; 0 if no answer came.
        value: The body as JSON; `None` if it is no JSON.
        failure: Why no answer came.
        host: The host that the probe asked.
    """

    start: int = 0
    limit: int = 0
    status: int = 0
    headers: CIMultiDict[str] = attrs.field(factory=CIMultiDict)
    value: Any = None
    failure: str = ""
    host: str = ""

    @property
    def is_list(self) -> bool:
        """Whether a list came, maybe an empty one."""
        return self.status == _OK and isinstance(self.value, list)

    @property
    def items(self) -> list[dict[str, Any]]:
        """The objects of the list; none if no list came."""
        return [each for each in self.value if isinstance(each, dict)] if self.is_list else []

    @property
    def ids(self) -> list[str]:
        """The ids of the objects, in order."""
        return [str(item.get("id")) for item in self.items]

    @property
    def outcome(self) -> str:
        """The answer in a few words that quote nothing of it."""
        if self.failure:
            return self.failure
        if self.is_list:
            return f"{len(self.items)} messages" if self.items else "[] (an empty list, 200)"
        return f"{self.status} with {self._body_form()}"

    def _body_form(self) -> str:
        if isinstance(self.value, dict):
            return "problem details" if "title" in self.value else "a JSON object"
        return "no JSON" if self.value is None else "other JSON"


NOT_ASKED = Reply(failure="not asked")


@attrs.define(eq=False)
class Requester:
    """Sends the requests of one probe.

    Attributes:
        session: Opens the connections.
        timeout: Seconds for one request.
        limiter: Spaces the requests.
        shared: Counts them for the other processes, too.
        advance: Shows the progress; the requester calls it with the number of requests.
        answers: All answers, in order.
        sent: How many requests the requester has sent.
    """

    session: aiohttp.ClientSession
    timeout: float
    limiter: RateLimiter
    shared: Limiter | None
    advance: Advance
    answers: list[Reply] = attrs.field(factory=list, init=False)
    sent: int = attrs.field(default=0, init=False)
    _stopped: bool = attrs.field(default=False, init=False)

    async def ask(self, resource: Resource, **query: int | str) -> Reply:
        """Send one GET, unless the probe has sent all it may; a failure is an answer, too.

        Raises:
            AuthenticationError: The answer is 401; all others would be the same.
        """
        start, limit = int(query.get("start", 0)), int(query.get("limit", 0))
        if self._stopped:
            return attrs.evolve(NOT_ASKED, failure="not asked after a 429")
        if self.sent == MOST_REQUESTS:
            return attrs.evolve(NOT_ASKED, failure=f"not asked: {MOST_REQUESTS} requests are sent")
        await self.limiter.acquire()
        if self.shared is not None:
            await self.shared.acquire()
        self.sent += 1
        answer = attrs.evolve(await self._send(resource, query), start=start, limit=limit)
        self.advance(self.sent, None)
        self.answers.append(answer)
        self._stopped = answer.status == _TOO_MANY
        if answer.status == _UNAUTHORIZED:
            raise _unauthorized(resource)
        return answer

    async def _send(self, resource: Resource, query: Mapping[str, int | str]) -> Reply:
        tail = "&".join(f"{name}={value}" for name, value in query.items())
        url = URL(f"{resource.url}?{tail}" if tail else resource.url, encoded=True)
        try:
            async with (
                asyncio.timeout(self.timeout),
                self.session.get(
                    url,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(),
                    middlewares=(_once(),),
                ) as response,
            ):
                body = await _read(response)
        except TimeoutError:
            return Reply(failure=f"no answer within {self.timeout:g} s")
        except (aiohttp.ClientError, OSError) as error:
            # Its text may quote the URL.
            return Reply(failure=f"no usable answer ({type(error).__name__})")
        headers = CIMultiDict(response.headers)
        return Reply(
            status=response.status, headers=headers, value=_parse(body), host=url.authority
        )


def _once() -> aiohttp.ClientMiddlewareType:
    """Make a middleware that stops aiohttp from repeating a request on a new connection."""
    sent = False

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        nonlocal sent
        if sent:
            raise aiohttp.ClientConnectionError
        sent = True
        return await handler(request)

    return send


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read a body; the cap counts bytes after decompression, while they arrive."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            response.close()
            raise aiohttp.ClientPayloadError
    return bytes(body)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _unauthorized(resource: Resource) -> AuthenticationError:
    error = AuthenticationError(
        "401 Unauthorized (the token is wrong, or not allowed from this IP address)"
    )
    error.method, error.route = "GET", resource.route
    return error
