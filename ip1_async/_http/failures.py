"""Answers and exceptions to our errors; everything here is pure.

Foreign exceptions quote URLs, headers and bodies, so none is shown as a cause.
"""

import os
import ssl
import zlib
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.client import responses
from typing import Any

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict

from ip1_async._http.retry import parse_retry_after
from ip1_async._http.secret import Secret
from ip1_async.errors import (
    BY_STATUS,
    ConfigurationError,
    HTTPStatusError,
    InvalidResponseError,
    IP1Error,
    RequestTimeoutError,
    ServerError,
    TransportError,
)

MOST_CONNECTING = 10.0
# Raised while there was no connection yet: refused, DNS, TLS, a proxy's refusal, or out of time.
_UNCONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
_GZIP = zlib.MAX_WBITS | 16
_HINTS = {
    401: "the token is wrong, or not allowed from this IP address",
    403: "the token may not do this, or not from this IP address",
    404: "not found; a wrong base URL looks the same",
}


def translate(error: Exception, timeout: float) -> IP1Error | None:
    """Give our own error for a foreign one; `None` for what is a bug, and no failure of a call.

    Args:
        error: What was raised while a request was sent or its answer read.
        timeout: Seconds that the attempt had.
    """
    if isinstance(error, IP1Error):
        return without_past(error)
    if isinstance(error, TimeoutError | OSError | aiohttp.ClientError):
        failure = _transport(error, timeout)
        failure.unsent = isinstance(error, _UNCONNECTED)
        return failure
    if isinstance(error, RuntimeError | ValueError):  # closed by its owner, or with credentials
        return ConfigurationError(f"the session given can't send this ({type(error).__name__})")
    return None


def _transport(error: Exception, timeout: float) -> TransportError:
    if isinstance(error, aiohttp.ServerTimeoutError):
        return RequestTimeoutError(f"no connection within {min(MOST_CONNECTING, timeout):g} s")
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"no complete answer within {timeout:g} s")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        tls = TransportError("the TLS connection failed; the certificate may be wrong")
        tls.transient = not isinstance(error, aiohttp.ClientConnectorCertificateError)
        return tls
    if isinstance(error, aiohttp.ClientConnectorError):
        return TransportError(f"no connection to {error.host}:{error.port}: {_reason(error)}")
    return TransportError(getattr(error, "strerror", None) or type(error).__name__)


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the name can't be resolved"
    # asyncio's own text names an address; where several failed there is no number.
    return os.strerror(error.errno) if error.errno else "no address answers"


def without_past(error: IP1Error) -> IP1Error:
    """Cut what leads from an error to the frames and exceptions that it came through."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def refuse_status(
    status: int,
    headers: CIMultiDict[str],
    body: bytes,
    token: Secret,
    parse_json: Callable[[bytes], Any],
) -> IP1Error | None:
    """Give the error for a status, without the token; `None` for a whole answer."""
    if status == HTTPStatus.PARTIAL_CONTENT:
        return InvalidResponseError("the server sent a part of the answer, which nobody asked for")
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status < HTTPStatus.BAD_REQUEST:
        return InvalidResponseError("the server redirects, which is not followed")
    default = ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatusError
    hint = f" ({_HINTS[status]})" if status in _HINTS else ""
    phrase = responses.get(status, "unknown status")
    error = BY_STATUS.get(status, default)(f"{status} {phrase}{hint}")
    error.status = status
    error.problem = _parse_problem(body, token, parse_json)
    error.headers = CIMultiDict(
        (token.redact(key), token.redact(value)) for key, value in headers.items()
    )
    error.retry_after = parse_retry_after(headers.get(hdrs.RETRY_AFTER, ""))
    return error


def _parse_problem(body: bytes, token: Secret, parse_json: Callable[[bytes], Any]) -> Any:
    try:
        return token.redact(parse_json(body))
    except (ValueError, RecursionError):
        return token.redact(body.decode("utf-8", "replace")) or None


def too_large(most: int) -> InvalidResponseError:
    """Give the error for a body over the cap, in bytes."""
    return InvalidResponseError(f"the body is over {most} bytes")


def unpack(body: bytes, encoding: str, most: int) -> bytes:
    """Decompress a body up to a cap, as 48 KB may hold 50 MB.

    aiohttp itself would take gzip that was cut short for complete.

    Raises:
        InvalidResponseError: It is over the cap, or compressed in another way than gzip.
        TransportError: The gzip is damaged, or has no end.
    """
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise InvalidResponseError("the body is compressed in a way that nobody asked for")
    unzip = zlib.decompressobj(_GZIP)
    with suppress(zlib.error):
        plain = unzip.decompress(body, most + 1)
        if len(plain) > most:
            raise too_large(most)
        if unzip.eof and not unzip.unused_data:
            return plain
    raise TransportError("the compressed body is damaged or cut short")
