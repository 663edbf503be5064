"""Everything the package raises.

```
IP1Error
├── ConfigurationError          also a ValueError
├── ClientClosedError
├── TransportError              no usable answer: DNS, refused, reset, TLS, truncated body
│   └── RequestTimeoutError     also a TimeoutError
├── InvalidResponseError        an answer that can't be used: not JSON, wrong shape, too large, ...
├── HTTPStatusError             .status .problem .headers .retry_after
│   ├── BadRequestError         400
│   ├── AuthenticationError     401
│   ├── PermissionDeniedError   403
│   ├── NotFoundError           404
│   ├── RateLimitError          429
│   └── ServerError             5xx
├── SendUncertainError          a send may or may not have been accepted: .failure
├── LimiterError                the shared limit can't be reached; nothing was sent
└── PaginationError             the list can't be read to its end as it is: .missing
    └── CursorLostError         nothing that the cursor remembers is in the list any more
```

Texts name the route (`/v2/conversations/{participant}`), never a number, a message or the token.
"""

from collections.abc import Mapping
from typing import Any


class IP1Error(Exception):
    """Base of every error of this package.

    Attributes:
        method: HTTP method of the failed call, or `None` if nothing was to be sent.
        route: The path with its placeholders; safe to log.
        path: The path as sent, percent-encoded. It holds the participant, so no text shows it.
        attempts: How many requests were sent for this call.
        cursor: Where a pager can resume, just after the last item that it yielded.
        key: The mark of the send that failed, or `None` where it was none.
    """

    method: str | None = None
    route: str | None = None
    path: str | None = None
    attempts: int = 0
    cursor: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Give the message with method, route and the number of attempts."""
        text = super().__str__()
        if self.route is None:
            return text
        tries = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{self.method} {self.route}: {text}{tries}"


class ConfigurationError(IP1Error, ValueError):
    """A setting of the client can't be used; the client raises this before it sends anything."""


class ClientClosedError(IP1Error):
    """The client, or the event loop that it belongs to, was closed."""


class TransportError(IP1Error):
    """No usable answer came: DNS, connection refused or reset, TLS, or a body cut short.

    Attributes:
        transient: Whether the same request may succeed later; after a bad certificate it will not.
        unsent: Whether certainly not a byte of it was written: refused, DNS, TLS.
    """

    transient: bool = True
    unsent: bool = False


class RequestTimeoutError(TransportError, TimeoutError):
    """One attempt took longer than `timeout` seconds."""


class InvalidResponseError(IP1Error):
    """The answer can't be used: not JSON, a wrong shape, too large, just a part, or a redirect."""


class SendUncertainError(IP1Error):
    """A send may or may not have been accepted; `settle(error.key)` finds out.

    Nothing repeats it. Whoever does so under another key may send everything twice.

    Attributes:
        failure: What came back instead of a batch.
    """

    failure: IP1Error | None = None

    @classmethod
    def after(cls, failure: IP1Error) -> "SendUncertainError":
        """Make the error from what came back."""
        error = cls(f"may or may not have been accepted: {failure.args[0]}")
        error.failure = failure
        return error


class LimiterError(IP1Error):
    """The limit that processes share can't be reached; the request was not sent."""


class PaginationError(IP1Error):
    """The pager can't read the list to its end: the pages loop, or the list changes too fast.

    Attributes:
        missing: How many items of the list the pager could not find, or `None` if unknown.
    """

    missing: int | None = None


class CursorLostError(PaginationError):
    """Nothing that the cursor remembers is in the list any more: begin again, and compare ids."""


class HTTPStatusError(IP1Error):
    """The server answered with a status of 400 or more.

    Attributes:
        status: The HTTP status code.
        problem: The parsed body: RFC 9457 problem details, another JSON value, text, or `None`.
        headers: The response headers, case-insensitive.
        retry_after: How many seconds the server asked the client to wait, or `None`.
    """

    status: int
    problem: Any = None
    headers: Mapping[str, str] = {}
    retry_after: float | None = None


class BadRequestError(HTTPStatusError):
    """400: the participant or the paging is invalid."""


class AuthenticationError(HTTPStatusError):
    """401: the token is wrong, or is not allowed from this IP address."""


class PermissionDeniedError(HTTPStatusError):
    """403: the token is not allowed to do this, or not from this IP address."""


class NotFoundError(HTTPStatusError):
    """404: no such batch, bundle, message or participant."""


class RateLimitError(HTTPStatusError):
    """429: the account sent more requests than it may."""


class ServerError(HTTPStatusError):
    """5xx: the server failed."""


BY_STATUS: Mapping[int, type[HTTPStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}
