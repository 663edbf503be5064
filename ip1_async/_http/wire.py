"""One request on the wire, and its whole answer: the one place that does I/O."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import aiohttp
import attrs
from aiohttp import hdrs
from multidict import CIMultiDict

from ip1_async._http.call import Call, Outcome, Response
from ip1_async._http.failures import MOST_CONNECTING, refuse_status, too_large, translate, unpack
from ip1_async._http.session import Sessions


@attrs.frozen(eq=False, repr=False)
class Wire:
    """Sends requests and reads answers.

    Attributes:
        sessions: What to send over.
        proxy: URL of an HTTP proxy.
        max_response_bytes: Cap on one body after decompression.
        parse_json: Reads the body of an error.
    """

    sessions: Sessions
    proxy: str | None
    max_response_bytes: int
    parse_json: Callable[[bytes], Any]

    async def exchange(self, call: Call, innermost: aiohttp.ClientMiddlewareType) -> Outcome:
        """Send a request, and read its answer; what is no answer raises as it comes.

        Args:
            call: What to send.
            innermost: What aiohttp is to call last before it sends.
        """
        target, sessions = call.target, self.sessions
        session = sessions.open(sends=target.is_send)
        options: dict[str, Any] = {}
        if target.is_send and sessions.given is None:
            options["trace_request_ctx"] = call
        call.connected = True  # for all we know; a session of our own knows better
        async with session.request(
            target.method,
            target.url,
            # As a stream: aiohttp would warn of a large body that is given as bytes.
            data=None if target.body is None else BytesIO(target.body),
            headers=_headers(call),
            # Followed, a redirect could carry the request to any host.
            allow_redirects=False,
            raise_for_status=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(sock_connect=min(MOST_CONNECTING, call.timeout)),
            # Middlewares of a request replace those of its session; a caller's are to stay.
            middlewares=(partial(_send_once, call.timeout), *sessions.middlewares, innermost),
            proxy=self.proxy,
            **options,
        ) as response:
            packed = await self._read(response)
            status, headers = response.status, CIMultiDict(response.headers)
        encoding = headers.get(hdrs.CONTENT_ENCODING, "").lower()
        body = unpack(packed, encoding, self.max_response_bytes)
        refusal = refuse_status(status, headers, body, call.token, self.parse_json)
        return refusal or Response(headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self.max_response_bytes:
                response.close()
                raise too_large(self.max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)


def _headers(call: Call) -> dict[str, str]:
    headers: dict[str, str] = {
        hdrs.AUTHORIZATION: f"Bearer {call.token.reveal()}",
        hdrs.ACCEPT: "application/json",
        hdrs.ACCEPT_ENCODING: "gzip",
        hdrs.USER_AGENT: "ip1-async",
    }
    if call.target.body is not None:
        headers[hdrs.CONTENT_TYPE] = "application/json"
    return headers


async def _send_once(
    timeout: float,  # noqa: ASYNC109  # for the text of an error only
    sending: aiohttp.ClientRequest,
    handler: aiohttp.ClientHandlerType,
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a lost request: it does so after errors of its own only."""
    try:
        return await handler(sending)
    except (aiohttp.ClientError, OSError) as error:
        failure = translate(error, timeout)
    assert failure is not None
    raise failure
