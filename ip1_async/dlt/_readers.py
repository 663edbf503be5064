"""What reads lists and archives page by page, and remembers where the next run begins."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import dlt

from ip1_async.client import Client
from ip1_async.dlt._rows import Row, row_of
from ip1_async.errors import CursorLostError
from ip1_async.models import BundleMessage, Message
from ip1_async.pagination import Pager
from ip1_async.tables import read_messages

AnyMessage: TypeAlias = Message | BundleMessage
ListAll: TypeAlias = Callable[[Client], Pager[Any]]
ListMessages: TypeAlias = Callable[[Client, str, str | None], Pager[Any]]
_Rows: TypeAlias = AsyncIterator[list[Row]]
_PAGE = 200
_log = logging.getLogger("ip1_async")


@attrs.define(eq=False)
class Lease:
    """One client for all who read at the same time; the last of them closes it."""

    make: Callable[[], Client]
    _client: Client | None = None
    _users: int = 0

    async def __aenter__(self) -> Client:
        self._users += 1
        if self._client is None:
            self._client = self.make()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users and self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def reader(
    name: str, list_messages: ListMessages, lease: Lease, since: datetime
) -> Callable[[str], _Rows]:
    """Make what reads one list of a kind, and remembers the cursor where the next run begins."""

    async def read(item_id: str) -> _Rows:
        state = dlt.current.resource_state(name)
        cursor = state.get(item_id)
        async with lease as client:
            while True:
                try:
                    async with list_messages(client, item_id, cursor) as pager:
                        settled = True
                        async for page in pager.pages():
                            yield list(map(row_of, page.items))
                            # Not before: a page that never arrived must not count as read.
                            settled = settled and not _changed_since(since, page.items)
                            if settled:
                                state[item_id] = page.cursor
                except CursorLostError:
                    if cursor is None:
                        raise
                    cursor = None  # from the start: what is known already is merged
                else:
                    return

    return read


def rows_of(list_: ListAll, lease: Lease) -> Callable[[], _Rows]:
    """Make what reads a list of the account: from its start, as nothing says what changed in it."""

    async def read() -> _Rows:
        async with lease as client, list_(client) as pager:
            async for page in pager.pages():
                yield list(map(row_of, page.items))

    return read


def ids_of(list_: ListAll, lease: Lease) -> Callable[[], AsyncIterator[str]]:
    """Make what reads the ids of a list of the account."""

    async def read() -> AsyncIterator[str]:
        async with lease as client, list_(client) as pager:
            async for item in pager:
                yield item.id

    return read


def archive_reader(
    resource: str, directory: Path, since: datetime
) -> Callable[[], Iterator[list[Row]]]:
    """Make what reads archives, and remembers how many lines of each the next run skips."""

    def read() -> Iterator[list[Row]]:
        state = dlt.current.resource_state(resource)
        paths = [*directory.glob("*.jsonl"), *directory.glob("batches/*.jsonl")]
        if any(directory.glob("bundles/*.jsonl")):
            _log.warning("archives of bundles are not loaded: name them as bundles of a source")
        for path in sorted(paths):
            name = str(path.relative_to(directory))
            lines, messages = _open_archive(path, *state.get(name, (0, "")))
            settled = True
            while page := list(islice(messages, _PAGE)):
                yield list(map(row_of, page))
                lines += len(page)
                settled = settled and not _changed_since(since, page)
                if settled:
                    state[name] = [lines, page[-1].id]

    return read


def _open_archive(path: Path, lines: int, last_id: str) -> tuple[int, Iterator[Message]]:
    """Skip lines that are settled, if the last of them is the one it was."""
    messages = read_messages(path)
    for message in islice(messages, lines - 1, lines) if lines else ():
        if message.id == last_id:
            return lines, messages
    return 0, read_messages(path)


def _changed_since(since: datetime, messages: Iterable[AnyMessage]) -> bool:
    """Tell whether a message is young enough to change; one without any time is not."""
    times = (time for message in messages for time in _times(message))
    return any(time is not None and time >= since for time in times)


def _times(message: AnyMessage) -> Iterator[datetime | None]:
    yield message.modified
    if isinstance(message, Message):
        yield from (status.created for status in message.statuses)
