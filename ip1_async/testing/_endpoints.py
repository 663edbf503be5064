"""The endpoints: they turn a request into status, headers and body, and know no socket."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from attrs import define, field, frozen

from ip1_async.testing._data.conversations import Tally
from ip1_async.testing._faults import Request
from ip1_async.testing._links import PagePlace, link_lines
from ip1_async.testing._messages import encode
from ip1_async.testing._options import Options
from ip1_async.testing._pages import PageWriter
from ip1_async.testing._slices import PagingError, read_slice
from ip1_async.testing._store import Conversation, Listing, Store

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_SECTIONS = {400: "6.5.1", 404: "6.5.4", 405: "6.5.5", 500: "6.6.1", 503: "6.6.4"}
_JSON = ("Content-Type", "application/json; charset=utf-8")
_PROBLEM = ("Content-Type", "application/problem+json; charset=utf-8")


@frozen
class Answer:
    """Status, body and headers of an answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (_JSON,)


def refusal(
    status: int, detail: str, request: Request, *headers: tuple[str, str], **more: Any
) -> Answer:
    """Write problem details (RFC 9457)."""
    body = {
        "type": f"https://tools.ietf.org/html/rfc7231#section-{_SECTIONS.get(status, '6')}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    return Answer(status, encode(body), (_PROBLEM, *headers))


@define(eq=False)
class Endpoints:
    """Answers requests from the lists of a store."""

    _options: Options
    _store: Store
    _pages: PageWriter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pages = PageWriter(self._options)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if not self._knows(request.headers):
            return refusal(401, "No valid token", request, ("WWW-Authenticate", "Bearer"))
        if request.method != "GET":
            return refusal(405, "Only GET is answered here", request, ("Allow", "GET"))
        # Split before decoding: a %2F is part of its segment.
        path = request.raw_path.partition("?")[0]
        return self._route(request, [unquote(each) for each in path.split("/")[1:]])

    def _knows(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return False
        return self._options.token is None or token.strip() == self._options.token

    def _route(self, request: Request, path: list[str]) -> Answer:
        store = self._store
        match path:
            case ["v2", "conversations", name, *rest]:
                return self._conversation(request, name, rest)
            case ["v2", "batches", batch, "messages"]:
                return self._listed(request, store.batch(batch), "batch")
            case ["v2", "batches", batch, "messages", message]:
                return _single(request, store.batch_message(batch, message))
            case ["v3", "bundles", bundle, "messages"]:
                return self._listed(request, store.bundle(bundle), "bundle")
            case ["v3", "bundles", bundle, "messages", message]:
                return _single(request, store.bundle_message(bundle, message))
        return _no_route(request)

    def _conversation(self, request: Request, name: str, rest: list[str]) -> Answer:
        listing = self._store.conversation(name)
        match rest:
            case []:
                return self._page(request, listing)
            case ["mt" | "mo" as direction]:
                return self._page(request, listing, direction)
            case ["summary"]:
                return _summary(request, name, listing)
        return _no_route(request)

    def _listed(self, request: Request, listing: Listing | None, noun: str) -> Answer:
        if listing is None:
            return refusal(404, f"No such {noun}", request)
        if not listing.count():
            return Answer(200, b"[]")
        return self._page(request, listing)

    def _page(
        self, request: Request, listing: Listing | None, direction: str | None = None
    ) -> Answer:
        try:
            part = read_slice(request.query, self._options.rules)
        except PagingError as error:
            errors = {error.parameter: [str(error)]}
            return refusal(400, "Paging was invalid", request, errors=errors)
        if listing is None or not listing.count(direction):
            return refusal(404, "No messages to list", request)
        page = self._pages.write(listing, direction, part, request.path)
        if self._options.ignore_paging:
            return Answer(200, page.body)
        if part.first >= page.total and self._options.past_end == "404":
            return refusal(404, "No messages to list", request)
        links = self._links(request, PagePlace(part, page.rows, page.total))
        return Answer(200, page.body, (_JSON, *links))

    def _links(self, request: Request, place: PagePlace) -> list[tuple[str, str]]:
        options = self._options
        lines = link_lines(
            options.link_style,
            place,
            last_style=options.last_style,
            offset_base=options.offset_base,
            url=f"http://{request.headers.get('Host')}{request.raw_path.partition('?')[0]}",
        )
        return [("Link", line) for line in lines]


def _no_route(request: Request) -> Answer:
    return refusal(404, "No such resource", request)


def _single(request: Request, message: Any) -> Answer:
    if message is None:
        return refusal(404, "No such message", request)
    return Answer(200, encode(message))


def _summary(request: Request, name: str, listing: Conversation | None) -> Answer:
    if listing is None or not listing.count():
        return refusal(404, "No such conversation", request)
    tally = listing.tally()
    summary = {
        "participant": name,
        "totalMessageCount": tally.total(),
        "totalSmsCount": sum(key[2] * times for key, times in tally.items()),
        "mobileTerminatedMessages": _by_code(tally, "mt"),
        "mobileOriginatedMessages": _by_code(tally, "mo"),
    }
    return Answer(200, encode(summary))


def _by_code(tally: Tally, wanted: str) -> dict[str, dict[str, int]]:
    codes: dict[str, dict[str, int]] = {}
    for (direction, code, segments), times in sorted(tally.items()):
        if direction == wanted:
            counts = codes.setdefault(str(code), {"messages": 0, "sms": 0})
            counts["messages"] += times
            counts["sms"] += times * segments
    return codes
