"""Answers: status, headers and body, and how the service refuses."""

from http.client import responses
from typing import Any

from attrs import frozen

from ip1_async.testing._faults import Request
from ip1_async.testing._messages import encode

_SECTIONS = {400: "6.5.1", 404: "6.5.4", 405: "6.5.5", 500: "6.6.1", 503: "6.6.4"}
JSON = ("Content-Type", "application/json; charset=utf-8")
_PROBLEM = ("Content-Type", "application/problem+json; charset=utf-8")


@frozen
class Answer:
    """Status, body and headers of an answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (JSON,)


NO_CONTENT = Answer(204, b"", ())


def refusal(
    status: int, detail: str, request: Request, *headers: tuple[str, str], **more: Any
) -> Answer:
    """Write problem details (RFC 9457)."""
    body = {
        "type": f"https://tools.ietf.org/html/rfc7231#section-{_SECTIONS.get(status, '6')}",
        "title": responses.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    return Answer(status, encode(body), (_PROBLEM, *headers))
