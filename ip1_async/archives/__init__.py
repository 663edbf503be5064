"""Archives: conversations as files of JSON lines. Each file is its own checkpoint.

**Limits:** The run resumes from the last 100 lines, with the limits of a pager's cursor. If the
server has dropped old messages, every run has to search for its place (66 requests after 10,000
of 20,000 messages went). If the server has none of the last 100 lines any more, the run begins
again and skips the messages that the file has, by their ids. If the server moves an older
message behind the last lines, the archive may hold that message twice: the run notices it only
when it has to search for its place. A file is on the disk (fsync) when its conversation is
done; a loss of power before that may cost what the run appended.

The run makes files and directories for the user alone (modes 0600 and 0700). A path that is
named like an archive but is none (a text, a link, a directory, a pipe) stays as it is, and the
conversation gets an error. If the disk is full, the result counts what is in the file.

The run reads at most 8 conversations at once.
"""

import os
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from ip1_async._paging.types import check_period
from ip1_async.archives._results import Archived, OnProgress, Progress

if TYPE_CHECKING:
    from ip1_async.client import Client

__all__ = ["Archived", "OnProgress", "Progress", "archive"]


async def archive(
    client: "Client",
    participants: Iterable[str],
    directory: str | os.PathLike[str],
    *,
    batches: Iterable[str] = (),
    bundles: Iterable[str] = (),
    refresh_days: float | None = None,
    on_progress: OnProgress | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Archived]:
    """Bring the archives of conversations, batches and bundles up to date, several at once.

    Each conversation is one file of JSON lines in `directory`. The file holds the server's objects
    exactly as they came, in their order; only line breaks between tokens, and the indent after
    them, are left out. The file is its own checkpoint. If a run was killed, the next run drops a
    torn last line and appends what is missing. Where nothing is new, a conversation takes one or
    two requests. Files of batches and bundles are alike, in the directories `batches` and
    `bundles` there.

    A run does not look again at a message that is archived, so the message keeps its status of
    then. With `refresh_days`, the run finds the first archived message that changed within so many
    days, and rereads everything after it. Changed messages replace their old lines, all in one
    step. The archive keeps a line even if the server no longer has the message.

    With `since` and `until`, as `list_messages` has them, a new archive begins late and a run ends
    early. A later run goes on where the file ends; where the file does not begin with the
    conversation, it has to look for that place (some 30 requests).

    Args:
        client: The client that reads; its rate limit holds for all conversations together.
        participants: Numbers with country code, with or without `+`, or sender names. A
            participant that is given twice counts once.
        directory: Where the files are, or will be; the run makes it if it does not exist.
        batches: Ids of batches.
        bundles: Ids of bundles.
        refresh_days: Reread what changed within so many days; `None` rereads nothing.
        on_progress: Called after each page and after each conversation, in the event loop. If it
            raises, the run ends, and the exception comes out of this call unchanged.
        since: Leave out of new archives what is older; not together with batches and bundles.
        until: Leave out what is newer.

    Returns:
        How it went: conversations, batches, bundles. One that failed does not stop the others.

    Raises:
        ValueError: An argument can't be used; nothing was sent.
        OSError: The directory can't be used, or another run is archiving into it.
    """
    from ip1_async.archives._run import run  # noqa: PLC0415  # it brings sqlite3, for few programs

    wanted = participants, batches, bundles
    since, until = check_period(since, until)
    return await run(client, wanted, directory, refresh_days, on_progress, since=since, until=until)
