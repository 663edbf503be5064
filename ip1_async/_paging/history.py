"""What a pager remembers of what it read: the ids of the last pages only."""

from collections.abc import Collection, Sequence

from ip1_async._paging.cursor import CURSOR_IDS, id_key
from ip1_async.errors import PaginationError

REMEMBERED_IDS = 1000
# Pages in a row that may bring nothing but repeats before the server is said to loop.
_MOST_STALLED = 8


class Memory:
    """The last 1,000 ids before the newest page and more, at most twice as many, or a cursor's."""

    def __init__(self, anchors: Sequence[bytes] = ()) -> None:
        """Begin with what a cursor remembers."""
        self._ids: dict[str, None] = {}
        self._older: dict[str, None] = {}
        self._anchors = tuple(anchors)
        self.last: str | None = None

    def __bool__(self) -> bool:
        return bool(self._ids or self._anchors)

    def __contains__(self, item_id: str) -> bool:
        if item_id in self._ids or item_id in self._older:
            return True
        return bool(self._anchors) and id_key(item_id) in self._anchors

    def isdisjoint(self, ids: Collection[str]) -> bool:
        """Whether none of the ids was read."""
        if self._anchors:
            return not any(item_id in self for item_id in ids)
        return self._ids.keys().isdisjoint(ids) and self._older.keys().isdisjoint(ids)

    def read_after(self, item_id: str) -> int:
        """Count the ids read after one that is remembered."""
        ids = self._all()
        return len(ids) - 1 - ids.index(item_id) if item_id in ids else 0

    def add(self, ids: Sequence[str]) -> None:
        """Remember ids in the order they were read."""
        if not ids:
            return
        if len(self._ids) >= REMEMBERED_IDS:
            self._older, self._ids, self._anchors = self._ids, {}, ()
        self._ids.update(dict.fromkeys(ids))
        self.last = ids[-1]

    def anchors(self, unread: int) -> tuple[bytes, ...]:
        """Hash the last ids for a cursor, but for those of the last `unread` items."""
        ids = self._all()
        ids = ids[: len(ids) - unread][-CURSOR_IDS:]
        return (self._anchors + tuple(id_key(item_id) for item_id in ids))[-CURSOR_IDS:]

    def _all(self) -> list[str]:
        return [*self._older, *self._ids]


class Progress:
    """Tells a server that repeats itself from a list that moves."""

    def __init__(self) -> None:
        """Begin before the first page."""
        self.stalled = 0
        """How many pages came again since the last that brought something new."""
        self.idle = 0
        """How many joined pages in a row brought nothing new."""
        self._pages: dict[int, Sequence[str]] = {}  # ids by offset, since the last progress
        self._landmark: str | None = None
        self._count = 0
        self._next_landmark = 1

    def pause(self) -> None:
        """Forget the pages since the last progress: they will be asked for again."""
        self.idle = self.stalled = 0
        self._pages = {}

    def check(self, start: int, ids: Sequence[str]) -> None:
        """Look at a page as it comes.

        Raises:
            PaginationError: Too many pages in a row were repeats, while the list stood still.
        """
        # Other items at the same offset: the list moves, and it is no loop.
        moved = self._pages.get(start, ids) != ids
        repeated = bool(ids) and ids in self._pages.values() and not moved
        self.stalled = self.stalled + 1 if repeated else 0
        if self.stalled >= _MOST_STALLED:
            raise PaginationError("the server repeats the same pages")
        self._pages[start] = ids

    def note(self, start: int, page_ids: Sequence[str], fresh_ids: Sequence[str]) -> None:
        """Look at what a page brought that was not remembered.

        Raises:
            PaginationError: Nothing too often, or an id read long ago.
        """
        if not fresh_ids:
            self.idle += 1
            if self.idle >= _MOST_STALLED:
                raise PaginationError("the server sends nothing but what it sent before")
            return
        # Brent's cycle detection: one id, renewed at every doubling, finds a loop of any length.
        if self._landmark in fresh_ids:
            raise PaginationError("the server's pages lead back to where they were")
        self._count += len(fresh_ids)
        if self._count >= self._next_landmark:
            self._landmark, self._next_landmark = fresh_ids[-1], 2 * self._count
        self.idle = self.stalled = 0
        self._pages = {start: page_ids}
