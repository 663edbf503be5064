"""Reads `start`, `limit` and `order`."""

from collections.abc import Mapping

from attrs import frozen

PARAMETERS = ("start", "limit", "order")


class PagingError(Exception):
    """A parameter of paging is wrong; `parameter` names it."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(reason)
        self.parameter = parameter


@frozen
class Rules:
    """How a server reads the paging of a request."""

    default_page_size: int
    max_page_size: int
    over_limit: str
    offset_base: int


@frozen
class Slice:
    """The part of a list that a request asks for; `first` counts from 0."""

    first: int
    limit: int
    descending: bool

    def rows(self, total: int, size: int) -> range:
        """Give the rows of a page of that size, in the order of the answer."""
        stop = min(self.first + size, total)
        if self.descending:
            return range(total - 1 - self.first, total - 1 - stop, -1)
        return range(self.first, stop)


def read_slice(query: Mapping[str, str], rules: Rules) -> Slice:
    """Read the paging of a request.

    Raises:
        PagingError: A value is no number, or out of bounds.
    """
    start = _number(query, "start", rules.offset_base, least=0)
    limit = _number(query, "limit", rules.default_page_size, least=1)
    order = query.get("order", "ASC").upper()
    if order not in {"ASC", "DESC"}:
        raise PagingError("order", "Not ASC or DESC")
    if limit > rules.max_page_size and rules.over_limit == "400":
        raise PagingError("limit", f"At most {rules.max_page_size}")
    first = max(start - rules.offset_base, 0)
    return Slice(first, min(limit, rules.max_page_size), order == "DESC")


def _number(query: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise PagingError(name, f"Not a number of at least {least}")
    return int(text)
