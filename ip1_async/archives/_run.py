"""Archive many conversations, a few at once, under one lock."""

import asyncio
import os
import sqlite3
from collections.abc import Coroutine, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ip1_async.archives._conversation import Conversation
from ip1_async.archives._file import file_name
from ip1_async.archives._lock import DirectoryLock
from ip1_async.archives._progress import CallbackError, Overview
from ip1_async.archives._results import Archived, OnProgress
from ip1_async.archives._threads import in_thread
from ip1_async.client import Client
from ip1_async.errors import IP1Error
from ip1_async.v2.conversations import without_plus  # the same number is the same file

_AT_ONCE = 8
_MOST_DAYS = 36_525


async def run(
    client: Client,
    participants: Iterable[str],
    directory: str | os.PathLike[str],
    refresh_days: float | None,
    on_progress: OnProgress | None,
) -> list[Archived]:
    """Do what `ip1_async.archive` promises."""
    files = _name_files(client, participants)
    since = None if refresh_days is None else _days_ago(refresh_days)
    folder = Path(directory)
    overview = Overview(len(files), on_progress)
    lock = DirectoryLock(folder)
    try:
        await in_thread(lock.acquire)
        todo = (
            Conversation(name, folder / file, since, overview.tell) for name, file in files.items()
        )
        results: dict[str, Archived] = {}
        await _together(_work(client, todo, overview, results) for _ in range(_AT_ONCE))
    finally:
        await in_thread(lock.release)
    return [results[name] for name in files]


async def _together(workers: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run workers to their end; the first error ends the others, and is raised unchanged."""
    try:
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker)
    except BaseExceptionGroup as failures:
        failure = failures.exceptions[0]
    else:
        return
    raise failure.raised if isinstance(failure, CallbackError) else failure


def _name_files(client: Client, participants: Iterable[str]) -> dict[str, str]:
    """Give the names of the files by participant; a participant that comes twice counts once."""
    if isinstance(participants, str):
        raise ValueError("participants: expected several, not one text")  # noqa: TRY004
    files = {}
    for number, participant in enumerate(participants, 1):
        try:
            client.v2.conversations.list_messages(participant)  # checks the name, and sends nothing
            files[without_plus(participant)] = file_name(without_plus(participant))
        except ValueError as error:
            raise ValueError(f"participant {number}: {error}") from None
    return files


def _days_ago(days: float) -> datetime:
    if not 0 < days <= _MOST_DAYS:
        raise ValueError(f"refresh_days: expected a number above 0, and at most {_MOST_DAYS:,}")
    return datetime.now(UTC) - timedelta(days=days)


async def _work(
    client: Client,
    todo: Iterator[Conversation],
    overview: Overview,
    results: dict[str, Archived],
) -> None:
    """Archive conversations one after another until none is left."""
    for conversation in todo:
        overview.begin(conversation)
        error: Exception | None = None
        try:
            await conversation.update(client)
        except (IP1Error, OSError, sqlite3.Error) as failure:
            error = failure
        results[conversation.participant] = conversation.result(error)
        overview.finish(conversation)
