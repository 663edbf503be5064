"""What endpoints are made of: a path and a model, asked for once or page by page, or sent to."""

import json
import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote, urlencode

import attrs
from yarl import URL

from ip1_async import _codec
from ip1_async._http.call import Target
from ip1_async._http.failures import without_past
from ip1_async._http.links import parse_links
from ip1_async._http.settings import CallOptions
from ip1_async._http.transport import Transport
from ip1_async._paging.types import Paging, RawPage
from ip1_async.errors import ConfigurationError, IP1Error, SendUncertainError
from ip1_async.models import Direction, Order
from ip1_async.pagination import Pager

M = TypeVar("M")
T = TypeVar("T")


@attrs.frozen(eq=False, repr=False)
class Api:
    """One version of the API, as an endpoint group sees it.

    Attributes:
        base: Its URL.
        prefix: What its routes begin with, such as `/v2`.
        transport: Who sends.
        options: What a call may set for itself.
    """

    base: URL
    prefix: str
    transport: Transport
    options: CallOptions

    def above(self) -> Self:
        """Give the API without its version.

        Raises:
            ConfigurationError: The base URL does not end with it.
        """
        base = str(self.base)
        if not base.endswith(self.prefix):
            raise ConfigurationError(f"the base URL has to end with {self.prefix} for this call")
        url = URL(base.removesuffix(self.prefix), encoded=True)
        return attrs.evolve(self, base=url, prefix="")

    def request(
        self,
        template: str,
        *,
        method: str = "GET",
        query: Mapping[str, str] = MappingProxyType({}),
        **segments: str,
    ) -> Target:
        """Fill a path; every segment is percent-encoded whole.

        Raises:
            ValueError: A segment is empty, blank, `.` or `..`.
        """
        _codec.prepare()  # while the answer is on its way
        path = template.format(**{name: _encode(name, text) for name, text in segments.items()})
        # Given as encoded: a URL class would fold dots and decode slashes.
        filters = f"?{urlencode(query)}" if query else ""
        url = URL(f"{self.base}{path}{filters}", encoded=True)
        route, low = f"{self.prefix}{template}", self.options.low_priority
        return Target(url, route, method, low_priority=low)

    async def get(self, model: type[M], target: Target) -> M:
        """Ask for one object."""
        response = await self.transport.call(target, self.options)
        result = _try(lambda: _codec.decode(response.body, model))
        if isinstance(result, IP1Error):
            target.locate(result, response.attempts)
            raise result
        return result

    async def change(self, target: Target) -> None:
        """Put or delete something; what an answer holds is not documented, and not read."""
        await self.transport.call(target, self.options)

    async def send(self, model: type[M], target: Target, payload: Mapping[str, Any], key: str) -> M:
        """Post once what must not arrive twice.

        Raises:
            SendUncertainError: Nobody knows whether it was accepted.
            IP1Error: It was not.
        """
        body = json.dumps(payload, allow_nan=False).encode()
        target = attrs.evolve(target, body=body, key=key)
        response = await self.transport.call(target, self.options)
        result = _try(lambda: _codec.decode(response.body, model))
        if isinstance(result, IP1Error):
            target.locate(result, response.attempts)
            result = SendUncertainError.after(result)
            target.locate(result, response.attempts)
            raise result
        return result

    def pager(
        self,
        model: type[T],
        target: Target,
        paging: Paging,
        *,
        empty_on_404: bool = False,
        direction: Direction | None = None,
    ) -> Pager[T]:
        """List objects.

        Args:
            model: What the list holds.
            target: Where the list is.
            paging: How to read it.
            empty_on_404: A 404 at its beginning is an empty list, and not a list that is missing.
            direction: What the endpoint says about the direction of a message.

        Raises:
            ValueError: The cursor is of another query.
        """
        listing = _Listing(self, model, target, paging.order, empty_on_404, direction)
        most = paging.concurrency or self.options.concurrency
        return Pager(listing, paging, most, self.transport.spawn, self.transport.emit)


@attrs.frozen(eq=False, repr=False)
class _Listing(Generic[T]):
    """A paginated endpoint as the source of a pager."""

    api: Api
    model: type[T]
    target: Target
    order: Order
    empty_on_404: bool
    direction: Direction | None

    @property
    def route(self) -> str:
        return self.target.route

    @property
    def query(self) -> str:
        return f"{self.target.route} {self.target.url.raw_path_qs} {self.order.value}"

    async def fetch(self, start: int, limit: int) -> RawPage:
        # API manual, pagination: start, limit and order.
        url, query = self.target.url, f"start={start}&limit={limit}&order={self.order.value}"
        joint = "&" if url.raw_query_string else "?"
        target = Target(
            URL(f"{url}{joint}{query}", encoded=True),
            self.target.route,
            low_priority=True,
            # Past the end it may be a 404, as an empty conversation is; else it is a failure.
            accepts_404=start > 0 or self.empty_on_404,
        )
        page = await self.api.transport.call(target, self.api.options)
        links = parse_links(page.headers.getall("Link", ()))
        return RawPage(page.body, page.headers, page.missing, links, page.attempts)

    def decode(self, raw: RawPage) -> list[T]:
        result = _try(lambda: _codec.decode_page(raw.body, self.model, self.direction))
        if isinstance(result, IP1Error):
            raise result
        return result

    def identify(self, items: list[T]) -> list[str]:
        model: Any = self.model
        return list(
            map(attrgetter(attrs.fields(model)[0].name), items)
        )  # the first is its identity

    def locate(self, error: IP1Error, attempts: int) -> None:
        self.target.locate(error, attempts)


def _try(decode: Callable[[], M]) -> M | IP1Error:
    """Decode; an error loses the frames that hold the body, which may repeat the token."""
    try:
        return decode()
    except IP1Error as error:
        return without_past(error)


def _encode(name: str, text: str) -> str:
    if not isinstance(text, str) or not text.strip() or text in (".", ".."):
        raise ValueError(f"{name}: expected a text that is not blank, '.' or '..'")
    return quote(text, safe="")


def without_plus(participant: str) -> str:
    """Drop the plus of a number, which the API does not take; a name keeps its own."""
    if participant == "+":
        raise ValueError("participant: expected a number after the +")
    number = isinstance(participant, str) and re.fullmatch(r"\+[0-9]+", participant)
    return participant[1:] if number else participant
