"""What endpoints are made of: a path and a model, asked for once or page by page."""

from typing import Generic, TypeVar
from urllib.parse import quote

import attrs
from yarl import URL

from ip1_async import _codec
from ip1_async._http.links import parse_links
from ip1_async._http.settings import Options
from ip1_async._http.transport import Request, Transport
from ip1_async._paging.types import Identified, Paging, RawPage
from ip1_async.errors import IP1Error, NotFoundError
from ip1_async.models import Direction, Order
from ip1_async.pagination import Pager

M = TypeVar("M")
T = TypeVar("T", bound=Identified)


@attrs.frozen(eq=False, repr=False)
class Api:
    """One version of the API, as an endpoint group sees it."""

    base: URL
    version: str
    transport: Transport
    options: Options

    def request(self, template: str, **segments: str) -> Request:
        """Fill a path; every segment is percent-encoded whole.

        Raises:
            ValueError: A segment is empty, blank, `.` or `..`.
        """
        _codec.prepare()  # while the answer is on its way
        path = template.format(**{name: _encode(name, text) for name, text in segments.items()})
        # Given as encoded: a URL class would fold dots and decode slashes.
        return Request(URL(f"{self.base}{path}", encoded=True), f"/{self.version}{template}")

    async def get(self, model: type[M], request: Request) -> M:
        """Ask for one object."""
        answer = await self.transport.get(request, self.options)
        try:
            return _codec.decode(answer.body, model)
        except IP1Error as error:
            request.locate(error, answer.attempts)
            raise

    def pager(
        self,
        model: type[T],
        request: Request,
        paging: Paging,
        *,
        empty_is_404: bool = False,
        direction: Direction | None = None,
    ) -> Pager[T]:
        """List objects.

        Raises:
            ValueError: The cursor is of another query.
        """
        listing = _Listing(self, model, request, paging.order, empty_is_404, direction)
        most = paging.concurrency or self.options.concurrency
        return Pager(listing, paging, most, self.transport.spawn, self.transport.emit)


@attrs.frozen(eq=False, repr=False)
class _Listing(Generic[T]):
    """A paginated endpoint as the source of a pager."""

    api: Api
    model: type[T]
    request: Request
    order: Order
    empty_is_404: bool
    direction: Direction | None

    @property
    def route(self) -> str:
        return self.request.route

    @property
    def query(self) -> str:
        return f"{self.request.route} {self.request.url.raw_path} {self.order.value}"

    async def fetch(self, start: int, limit: int) -> RawPage:
        # API manual, pagination: start, limit and order.
        query = f"start={start}&limit={limit}&order={self.order.value}"
        url = URL(f"{self.request.url}?{query}", encoded=True)
        # An empty conversation is a 404, and so may be any offset past the end.
        request = Request(url, self.route, is_page=True, may_end=start > 0 or self.empty_is_404)
        try:
            answer = await self.api.transport.get(request, self.api.options)
        except NotFoundError as error:
            if not request.may_end:
                raise
            return RawPage(b"", error.headers, missing=True)
        links = parse_links(answer.headers.getall("Link", ()))
        return RawPage(answer.body, answer.headers, links=links, attempts=answer.attempts)

    def decode(self, raw: RawPage) -> list[T]:
        return _codec.decode_page(raw.body, self.model, self.direction)

    def locate(self, error: IP1Error, attempts: int) -> None:
        self.request.locate(error, attempts)


def _encode(name: str, text: str) -> str:
    if not isinstance(text, str) or not text.strip() or text in (".", ".."):
        raise ValueError(f"{name}: expected a text that is not blank, '.' or '..'")
    return quote(text, safe="")
