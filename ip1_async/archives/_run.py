"""Archive many conversations, a few at once, under one lock."""

import asyncio
import os
import sqlite3
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ip1_async._api import without_plus  # the same number is the same file
from ip1_async._private_files import make_directory
from ip1_async._run_lock import RunLock
from ip1_async._threads import in_thread
from ip1_async.archives._conversation import Conversation, list_messages
from ip1_async.archives._file import file_name
from ip1_async.archives._progress import CallbackError, Overview
from ip1_async.archives._results import Archived, Kind, OnProgress
from ip1_async.client import Client
from ip1_async.errors import IP1Error

_AT_ONCE = 8
_LOCK = ".ip1-archive.lock"
_FOLDERS: Mapping[Kind, str] = {"conversation": "", "batch": "batches", "bundle": "bundles"}
_MOST_DAYS = 36_525


async def run(
    client: Client,
    wanted: tuple[Iterable[str], ...],
    directory: str | os.PathLike[str],
    refresh_days: float | None,
    on_progress: OnProgress | None,
    *,
    since: datetime | None,
    until: datetime | None,
) -> list[Archived]:
    """Do what `ip1_async.archive` promises."""
    folder = Path(directory)
    files: dict[tuple[Kind, str], Path] = {
        (kind, name): folder / _FOLDERS[kind] / file
        for kind, names in zip(_FOLDERS, wanted, strict=True)
        for name, file in _name_files(client, kind, names).items()
    }
    if (since or until) and any(kind != "conversation" for kind, _ in files):
        raise ValueError("since, until: only messages of conversations are in order of time")
    recent = None if refresh_days is None else _days_ago(refresh_days)
    overview = Overview(len(files), on_progress)
    lock = RunLock(folder / _LOCK, "another run archives into this directory")
    try:
        await in_thread(lock.acquire)
        for place in sorted({path.parent for path in files.values()}):
            await in_thread(make_directory, place)
        todo = (
            Conversation(name, path, recent, overview.tell, kind, begin=since, end=until)
            for (kind, name), path in files.items()
        )
        results: dict[tuple[Kind, str], Archived] = {}
        await _together(_work(client, todo, overview, results) for _ in range(_AT_ONCE))
    finally:
        await in_thread(lock.release)
    return [results[each] for each in files]


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


def _name_files(client: Client, kind: Kind, names: Iterable[str]) -> dict[str, str]:
    """Give the files by participant or id, each of them once."""
    what = "participant" if kind == "conversation" else kind
    if isinstance(names, str):
        raise ValueError(f"{what}: expected several, not one text")  # noqa: TRY004
    files = {}
    for number, name in enumerate(names, 1):
        try:
            list_messages(client, kind)(name)  # checks the name, and sends nothing
            plain = without_plus(name) if kind == "conversation" else name
            files[plain] = file_name(plain)
        except ValueError as error:
            raise ValueError(f"{what} {number}: {error}") from None
    return files


def _days_ago(days: float) -> datetime:
    if not 0 < days <= _MOST_DAYS:
        raise ValueError(f"refresh_days: expected a number above 0, and at most {_MOST_DAYS:,}")
    return datetime.now(UTC) - timedelta(days=days)


async def _work(
    client: Client,
    todo: Iterator[Conversation],
    overview: Overview,
    results: dict[tuple[Kind, str], Archived],
) -> None:
    """Archive conversations one after another until none is left."""
    for conversation in todo:
        overview.begin(conversation)
        error: Exception | None = None
        try:
            await conversation.update(client)
        except (IP1Error, OSError, sqlite3.Error) as failure:
            error = failure
        results[conversation.kind, conversation.participant] = conversation.result(error)
        overview.finish(conversation)
