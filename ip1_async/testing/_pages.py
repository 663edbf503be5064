"""Writes pages: it chooses their rows, caps their bytes, and keeps them for later requests."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from ip1_async.testing._data.mixing import key_of, mix
from ip1_async.testing._messages import encode
from ip1_async.testing._options import Options
from ip1_async.testing._rows import Ties, choose_size, count_rows, message_at
from ip1_async.testing._slices import Slice
from ip1_async.testing._store import Listing


class PageCache:
    """The pages that were used last, up to a number of bytes."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Any, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: Any) -> bytes | None:
        """Give a page and count it as used."""
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def put(self, key: Any, page: bytes, most: int) -> None:
        """Keep a page; the cache drops the pages that nobody used for longest."""
        self._pages[key] = page
        self._bytes += len(page)
        while self._bytes > most:
            self._bytes -= len(self._pages.popitem(last=False)[1])


@frozen
class WrittenPage:
    """One page.

    Attributes:
        body: The JSON array.
        rows: How many rows it has.
        total: How many rows the whole list has.
    """

    body: bytes
    rows: int
    total: int


@define(eq=False)
class PageWriter:
    """Writes pages in the way that the options ask for."""

    _options: Options
    _cache: PageCache = field(factory=PageCache, init=False)
    _turns: Counter[str] = field(factory=Counter, init=False)

    def write(self, listing: Listing, direction: str | None, part: Slice, path: str) -> WrittenPage:
        """Write a page of the list at this path."""
        turn = self._turns[path]
        self._turns[path] += 1
        total = count_rows(listing.count(direction), self._options.repeat_rows)
        rows = self._choose_rows(part, total, path, turn)
        positions = self._arrange(rows, listing, direction, path, turn)
        body, count = self._encode(listing, direction, positions)
        return WrittenPage(body, count, total)

    def _choose_rows(self, part: Slice, total: int, path: str, turn: int) -> range:
        options = self._options
        if options.ignore_paging:
            return range(total)
        key = key_of(options.seed, "page sizes", path)
        return part.rows(total, choose_size(options.page_sizes, part.limit, turn, key))

    def _arrange(
        self, rows: range, listing: Listing, direction: str | None, path: str, turn: int
    ) -> Sequence[int]:
        """Find which messages the rows show in this answer."""
        repeat, most = self._options.repeat_rows, self._options.shuffle_ties
        positions = rows if repeat is None else [message_at(row, repeat) for row in rows]
        if most is None:
            return positions
        key = mix(key_of(self._options.seed, "ties", path), turn)
        ties = Ties(listing.seconds(direction), listing.count(direction), most, key)
        return [ties.place(position) for position in positions]

    def _encode(
        self, listing: Listing, direction: str | None, positions: Sequence[int]
    ) -> tuple[bytes, int]:
        """Write a body; give it and the number of its rows, which `max_page_bytes` may cut."""
        most = self._options.max_page_bytes
        if most is not None:
            return _cap(listing.read(positions, direction), most)
        if listing.version is None or not isinstance(positions, range):
            return encode(listing.read(positions, direction)), len(positions)
        key = (listing, listing.version, direction, positions)
        body = self._cache.get(key)
        if body is None:
            body = encode(listing.read(positions, direction))
            self._cache.put(key, body, self._options.cache_bytes)
        return body, len(positions)


def _cap(messages: Sequence[Any], most: int) -> tuple[bytes, int]:
    """Write messages up to a number of bytes, but always the first: a reader has to get on."""
    rows: list[bytes] = []
    size = 1  # there are two brackets, and one comma less than rows
    for message in messages:
        row = encode(message)
        size += len(row) + 1
        if rows and size > most:
            break
        rows.append(row)
    return b"[" + b",".join(rows) + b"]", len(rows)
