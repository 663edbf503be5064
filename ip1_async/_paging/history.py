"""What a pager remembers of what it read: every id, in eight bytes each."""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile, islice, pairwise, takewhile
from struct import pack

from ip1_async._paging.cursor import CURSOR_IDS, id_key

Positions = list[int | None]
"""The position in a history of each row of a page; `None` for one that was never read."""

_RECENT = 1000
_NEARBY = 2000
_BLOCK = 8192  # hashes


class History:
    """The ids read so far, in the order they were joined, each with a position from 0.

    An id is kept as a 64-bit hash; two ids of a million share one with a chance of 3 in 10^8. Those
    of the last page, the 1,000 before it and one of every page are kept as text, too: by them a
    usual page is found new without a look at all others. Positions before 0 belong to a cursor's
    ids.
    """

    def __init__(self, anchors: Sequence[bytes] = (), ids: Iterable[str] = ()) -> None:
        """Begin with what a cursor remembers, or with all ids that were read."""
        self._anchors = {key: index - len(anchors) for index, key in enumerate(anchors)}
        self.complete = not anchors
        """Nothing was read but what is remembered; a cursor may have forgotten more."""
        self._hashes = _Hashes()
        self._recent: list[Sequence[str]] = []  # page by page; a deque of none takes 760 bytes
        self._earlier = 0  # ids in them, but for the last page
        self._known: set[str] = set()  # those, late ones, and the last one of every page
        self._again: list[range] = []  # positions of what was read, and may come again
        self._kept = "[]"  # ids as JSON, after all others were forgotten
        self.add(list(ids))

    def __len__(self) -> int:
        return self._hashes.length

    def __bool__(self) -> bool:
        return bool(self._hashes.length or self._anchors)

    @property
    def first(self) -> int:
        """The position of the oldest id that is remembered."""
        return -len(self._anchors)

    def add(self, ids: Sequence[str], *, late: bool = False) -> None:
        """Remember ids in the order they were read; late ones take no part in a cursor."""
        if not ids:
            return
        self._hashes.add(pack(f"{len(ids)}q", *map(hash, ids)))
        self._known.update(ids)
        if late:
            return
        recent = self._recent
        self._earlier += len(recent[-1]) if recent else 0
        recent.append(ids)
        while self._earlier - len(recent[0]) >= _RECENT:
            oldest = recent.pop(0)
            self._earlier -= len(oldest)
            self._known.difference_update(oldest[:-1])

    def go_on_after(self, position: int) -> None:
        """Note where the reader goes on: what was read behind that row comes again.

        Args:
            position: The highest position in the page that is joined.
        """
        again = self._again
        if any(position in part for part in again):
            parts = [range(position + 1, r.stop) if position in r else r for r in again]
            self._again = [part for part in parts if part]
        elif position + 1 < len(self):
            again.append(range(position + 1, len(self)))

    def is_new(self, ids: Sequence[str]) -> bool:
        """Whether none of the ids is recent, late or the last one of a page, nor comes again."""
        if self._again and self._find_again(ids):
            return False
        if self._anchors and len(self) < _RECENT and self._find_anchors(ids):
            return False
        return self._known.isdisjoint(ids)

    def positions(self, ids: Sequence[str], near: int, *, exact: bool) -> Positions:
        """Find the position of every id; `None` for one that was never read.

        Args:
            ids: The ids.
            near: The position where they are looked for first.
            exact: Compare with every id ever read (20 ms per million). Otherwise that is left out
                where some ids were found nearby and the rest looks new.
        """
        found = self._find_anchors(ids)
        begin = max(0, near - _NEARBY)
        found |= _scan(ids, self._hashes.parts(begin, near + _NEARBY))
        rest = [item_id for item_id in ids if item_id not in found]
        if rest and (exact or not found or not self.is_new(rest)):
            found |= _scan(rest, self._hashes.parts(0, len(self)))
        return [found.get(item_id) for item_id in ids]

    def _find_again(self, ids: Sequence[str]) -> bool:
        wanted = set(map(hash, ids))
        for again in self._again:
            parts = self._hashes.parts(max(0, again.start), max(0, again.stop))
            if not all(wanted.isdisjoint(part) for _, part in parts):
                return True
        return any(part.start < 0 for part in self._again) and bool(self._find_anchors(ids))

    def _find_anchors(self, ids: Sequence[str]) -> dict[str, int]:
        anchors = self._anchors
        if not anchors:
            return {}
        keys = ((item_id, id_key(item_id)) for item_id in ids)
        return {item_id: anchors[key] for item_id, key in keys if key in anchors}

    def last(self, unread: int) -> tuple[tuple[bytes, ...], list[str]]:
        """Give what a cursor remembers, but for the last `unread` items: anchors, and then ids."""
        pages = (*reversed(self._recent), json.loads(self._kept))
        newest = chain.from_iterable(map(reversed, pages))
        ids = list(islice(newest, unread, unread + CURSOR_IDS))
        return tuple(self._anchors), ids[::-1]

    def shrunk(self, unread: int) -> "History":
        """Make a history of what a cursor needs, after the last item: nothing is looked for then.

        Args:
            unread: How many of the last items that leaves out.
        """
        # A hundred strings take three times the memory, and their hashes ten times the time.
        anchors, ids = self.last(unread)
        history = History(anchors)
        history._kept = json.dumps(ids)
        return history


class _Hashes:
    """Hashes in order, eight bytes each.

    They are kept in blocks: one array would be moved as it grows, and leave 5 MB of holes where a
    million need 8.
    """

    def __init__(self) -> None:
        self.length = 0
        self._blocks: list[array[int]] = []

    def add(self, hashes: bytes) -> None:
        """Append some."""
        place = 0
        while place < len(hashes):
            used = self.length % _BLOCK
            if not used:
                self._blocks.append(array("q"))
            stop = min(len(hashes), place + 8 * (_BLOCK - used))
            self._blocks[-1].frombytes(hashes[place:stop])
            self.length += (stop - place) // 8
            place = stop

    def parts(self, begin: int, stop: int) -> Iterator[tuple[int, "array[int]"]]:
        """Give those from a position to another in parts, each with the position of its first."""
        for start in range(begin - begin % _BLOCK, min(stop, self.length), _BLOCK):
            block, first = self._blocks[start // _BLOCK], max(0, begin - start)
            yield start + first, block[first : stop - start]


def _scan(ids: Sequence[str], parts: Iterable[tuple[int, "array[int]"]]) -> dict[str, int]:
    wanted = {hash(item_id): item_id for item_id in ids}
    found: dict[str, int] = {}
    for begin, hashes in parts:
        if not wanted.keys().isdisjoint(hashes):
            places = enumerate(hashes, begin)
            found |= {wanted[value]: position for position, value in places if value in wanted}
    return found


def knows(found: Positions) -> bool:
    """Whether any row was read before."""
    return any(position is not None for position in found)


def known_run(found: Positions, front: int) -> list[int]:
    """Give the positions that open a page, where they rise and nothing after them is known.

    What arrived in front of the very first item may come before them.
    """
    first = next((p for p in found if p is not None), None)
    rest = dropwhile(lambda p: p is None, found) if first is not None and first <= front else found
    run = [p for p in takewhile(lambda p: p is not None, rest) if p is not None]
    known = sum(p is not None for p in found)
    return run if len(run) == known and all(a <= b for a, b in pairwise(run)) else []


def fresh_rows(found: Positions, front: int) -> list[int]:
    """Pick the rows that were never read."""
    first = next((i for i, position in enumerate(found) if position is not None), 0)
    # What is in front of all that is remembered has arrived since, or was read long ago.
    begin = first if knows(found) and (found[first] or 0) <= front else 0
    return [i for i in range(begin, len(found)) if found[i] is None]
