"""One conversation, batch or bundle: append what is new, and reread what is recent."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import attrs

from ip1_async._paging.period import Period
from ip1_async._threads import in_thread
from ip1_async.archives import _file
from ip1_async.archives._lines import page_lines
from ip1_async.archives._results import Archived, Kind
from ip1_async.archives._spill import Spill
from ip1_async.client import Client
from ip1_async.errors import CursorLostError
from ip1_async.pagination import Page, Pager


@attrs.define(eq=False)
class Conversation:
    """A conversation on its way into its archive, or a batch or bundle.

    Attributes:
        participant: The number or sender name, as the API writes it, or the id.
        path: Its archive.
        since: Reread everything after the first message that changed since then.
        on_page: Called after each page.
        kind: What it is.
        begin: Leave out of a new archive what is older.
        end: Leave out what is newer.
        total: Messages in the archive.
        added: How many of them were appended.
        changed: How many of them were replaced.
        received: Messages that the server sent, reread ones too.
        expected: The most messages that the server will send; `None` while that is unknown.
    """

    participant: str
    path: Path
    since: datetime | None
    on_page: Callable[[], object]
    kind: Kind = "conversation"
    begin: datetime | None = None
    end: datetime | None = None
    total: int = 0
    added: int = 0
    changed: int = 0
    received: int = 0
    expected: int | None = None
    _not_found: bool = False
    _spill: Spill | None = None
    _period: Period[Any] = attrs.field(init=False)
    _held: dict[str, bytes] = attrs.field(factory=dict)  # lines that may be too new

    def __attrs_post_init__(self) -> None:
        self._period = Period(None, self.end, descending=False)

    async def update(self, client: Client) -> None:
        """Bring the archive up to date.

        Raises:
            IP1Error: The API failed; the messages before that are archived.
            OSError: The archive can't be read or written.
            sqlite3.Error: The temporary database failed.
        """
        try:
            place, reread = await in_thread(self._find_place)
            keep = self._collect if reread else self._append
            try:
                await self._read(self._pager(client, place), keep)
            except CursorLostError:
                known = place.lines if reread else self.total
                await self._read(await in_thread(self._pager_after, client, known), keep)
            if reread:
                await in_thread(self._merge)
            if self.added or self.changed:
                await in_thread(_file.sync, self.path)
        finally:
            if self._spill is not None:
                await in_thread(self._spill.close)

    def result(self, error: Exception | None) -> Archived:
        """Give the result, with the error that stopped it, if any."""
        return Archived(
            participant=self.participant,
            kind=self.kind,
            path=self.path if self.total else None,
            total=self.total,
            added=self.added,
            changed=self.changed,
            not_found=self._not_found,
            error=error,
        )

    def _find_place(self) -> tuple[_file.Place, bool]:
        """Find where to read on, and whether the file already has what follows there."""
        end = _file.find_end(self.path)
        self.total = end.lines
        if self.since is None or not end.lines:
            return end, False
        recent = _file.find_recent(self.path, self.since)
        return recent or end, recent is not None

    def _pager(self, client: Client, place: _file.Place) -> Pager[Any]:
        listing = partial(list_messages(client, self.kind), self.participant)
        if not place.lines and self.begin is not None:
            return listing(since=self.begin)
        return listing(cursor=listing()._cursor_after(place.ids, place.lines))  # noqa: SLF001

    def _pager_after(self, client: Client, known: int) -> Pager[Any]:
        """Read on after the first `known` lines by all their ids, as the last hundred are gone."""
        listing = partial(list_messages(client, self.kind), self.participant)
        if self.begin is not None:  # what the file never had is not wanted
            self._remember()
            return listing(since=self.begin)
        pager = listing()
        pager._resume_after(islice(_file.read_ids(self.path), known), known)  # noqa: SLF001
        return pager

    async def _read(self, pager: Pager[Any], keep: Callable[[Page[Any], bool], None]) -> None:
        async with pager:
            async for page in pager.pages():
                await in_thread(keep, page, pager.shifts > 0)
                self.received += len(page.items)
                self.expected = pager.estimated_total
                self.on_page()
                if self._period.is_over:
                    pager._finish()  # noqa: SLF001
            self._not_found = pager.not_found

    def _append(self, page: Page[Any], moved: bool) -> None:
        lines = self._lines(page)
        if moved:  # if the pager lost its place, it may have begun again
            self._remember()
        if self._spill is not None:
            lines = {item_id: line for item_id, line in lines.items() if item_id not in self._spill}
            self._spill.put((item_id, b"") for item_id in lines)
        if lines:
            _file.append(self.path, lines.values())
        self.added += len(lines)
        self.total += len(lines)

    def _lines(self, page: Page[Any]) -> dict[str, bytes]:
        """Give the lines of the messages of a page, in its order, and of those that were held."""
        lines = page_lines(page.raw)
        chosen = {item.id: lines[item.id] for item in page.items}
        if self.end is None:
            return chosen
        self._held |= chosen
        items, _ = self._period.admit(list(page.items), late=page._late)  # noqa: SLF001
        return {item.id: self._held.pop(item.id) for item in items}

    def _remember(self) -> None:
        """Note the ids of the whole file, if they are not."""
        if self._spill is None:
            self._spill = Spill()
            known = _file.read_ids(self.path) if self.path.exists() else ()
            self._spill.put((item_id, b"") for item_id in known)

    def _collect(self, page: Page[Any], _moved: bool) -> None:
        if self._spill is None:
            self._spill = Spill()
        self._spill.put(self._lines(page).items())

    def _merge(self) -> None:
        if self._spill is not None:
            self.changed, self.added = _file.merge(self.path, self._spill)
            self.total += self.added


def list_messages(client: Client, kind: Kind) -> Callable[..., Pager[Any]]:
    """Give what lists the messages of that kind."""
    doors: dict[Kind, Any] = {
        "conversation": client.v2.conversations,
        "batch": client.v2.batches,
        "bundle": client.v3.bundles,
    }
    listing: Callable[..., Pager[Any]] = doors[kind].list_messages
    return listing
