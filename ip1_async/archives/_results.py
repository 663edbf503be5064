"""Results and progress of archiving."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import attrs

Kind = Literal["conversation", "batch", "bundle"]


@attrs.frozen(kw_only=True)
class Archived:
    """How archiving one conversation, batch or bundle went.

    Attributes:
        participant: The number, without `+`, or the sender name; else the id.
        kind: "conversation", "batch" or "bundle".
        path: The archive; `None` if no message is archived, as there may be no file then.
        total: Messages in the archive now.
        added: How many of them this run appended.
        changed: How many of them this run replaced by the server's present version.
        not_found: The server answered 404: an empty conversation, or a wrong base URL.
        error: What stopped it, or `None`: an `IP1Error`, an `OSError`, or a `sqlite3.Error` of
            the temporary database. The messages before the error are archived. A refresh that
            fails changes nothing.
    """

    participant: str
    kind: Kind = "conversation"
    path: Path | None
    total: int = 0
    added: int = 0
    changed: int = 0
    not_found: bool = False
    error: Exception | None = None


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        conversations: How many there are to archive.
        finished: How many of them are done, or have failed.
        received: New or reread messages so far.
        share: The estimated share of the work that is done, from 0 to 1; `None` while unknown.
    """

    conversations: int
    finished: int
    received: int
    share: float | None


OnProgress = Callable[[Progress], object]
