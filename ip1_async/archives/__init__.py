"""Archives: conversations as files of JSON lines, each of which is its own checkpoint."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ip1_async.archives._results import Archived, OnProgress, Progress

if TYPE_CHECKING:
    from ip1_async.client import Client

__all__ = ["Archived", "Progress", "archive"]


async def archive(
    client: "Client",
    participants: Iterable[str],
    directory: str | os.PathLike[str],
    *,
    refresh_days: float | None = None,
    on_progress: OnProgress | None = None,
) -> list[Archived]:
    """Bring the archives of conversations up to date, several at once.

    Each conversation is one file of JSON lines in `directory`: the server's objects to the letter,
    in the order they came; only line breaks between tokens, and the indent after them, are left
    out. The file is its own checkpoint. Killed at any moment and run again, this drops a torn last
    line and goes on with what is missing; where nothing is new it takes one or two requests.

    A message that was archived is not looked at again, so its status stays as it was, unless
    `refresh_days` rereads what comes after the first one that changed within so many days: what
    changed then is replaced in its place, all of it in one step. A line is never lost, also where
    the server no longer has the message.

    **Limits:** where the server has dropped old messages, each run has to look for its place (66
    requests after 10,000 of 20,000 went). Else as a pager's, for its cursor is made of the last
    100 lines. If these are gone from the server, it begins anew, and knows by their ids which
    messages the file has. A message from further back that the server moves behind them is noticed
    only if the pager had to look for its place, and stands twice otherwise. Files are on the disk
    (fsync) when a conversation is done; a loss of power before that may cost what was appended
    meanwhile.

    Files and directories that this makes are for the user alone (modes 0600 and 0700). A file that
    has an archive's name and is none (a text, a link, a directory, a pipe) is left as it is, and is
    that conversation's error. On a full disk the result counts what is in the file.

    At most 8 conversations are read at once, and memory is bounded, whatever their size.

    Args:
        client: Who reads; its limit holds for all conversations together.
        participants: Numbers with country code, with or without `+`, or sender names. Each
            counts once.
        directory: Where the files are or will be; made if it is not there.
        refresh_days: Days; `None` rereads nothing.
        on_progress: Called after each page and each conversation, in the event loop. What it
            raises ends the run, and comes out of this call as it is.

    Returns:
        How it went, by conversation; one that failed does not stop the others.

    Raises:
        ValueError: An argument can't be used; nothing was sent.
        OSError: The directory can't be used, or another run archives into it.
    """
    from ip1_async.archives._run import run  # noqa: PLC0415  # it brings sqlite3, for few programs

    return await run(client, participants, directory, refresh_days, on_progress)
