"""The command `archive`: conversations as files."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

import ip1_async
from ip1_async import IP1Error, Pager, Stats
from ip1_async.archives import Archived, Progress
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import Advance, clean, note, progress, render, write
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions

_HINT = ["Messages of earlier runs keep the status they had then; --refresh DAYS rereads them."]
_NOT_FOUND = "no messages (a wrong base URL looks the same)"


async def archive(
    *participants: str,
    output: Annotated[Path, Parameter(alias="-o")],
    from_file: Path | None = None,
    batch: Sequence[str] = (),
    bundle: Sequence[str] = (),
    all_batches: bool = False,
    all_bundles: bool = False,
    refresh: float | None = None,
    period: PeriodOptions = DEFAULT_PERIOD,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Archive conversations as files of JSON lines, and bring old archives up to date.

    Batches and bundles are archived likewise, in the directories `batches` and `bundles` there.

    After an interruption, the same command continues where it stopped. It does not look again at
    messages that are archived, so their status stays as it was, unless --refresh rereads them.

    Args:
        participants: Numbers with country code, or sender names.
        output: Directory of the archives.
        from_file: File with more numbers or names, one per line.
        batch: Id of a batch to archive; give the option again for more.
        bundle: Id of a bundle to archive; give the option again for more.
        all_batches: Archive all batches of the account.
        all_bundles: Archive all bundles of the account.
        refresh: Number of days; reread everything after the first archived message that changed
            within them. Changed messages are replaced; messages that the server no longer has stay.
        period: From when, and until when; a new archive then begins late.
        connection: How to reach the API.
    """
    moments = await period.moments(data=True)
    names = list(participants)
    if from_file is not None:
        names += await asyncio.to_thread(_read_names, from_file)
    if not (names or batch or bundle or all_batches or all_bundles):
        raise ValueError("archive: give a participant, --from-file, --batch or --bundle")
    stats = Stats()
    async with await connection.client(stats=stats) as client:
        try:
            with progress("archiving", shown=True) as advance:
                results = await ip1_async.archive(
                    client,
                    names,
                    output,
                    batches=[*batch, *await _ids(client.v2.batches.list(), wanted=all_batches)],
                    bundles=[*bundle, *await _ids(client.v3.bundles.list(), wanted=all_bundles)],
                    refresh_days=refresh,
                    on_progress=_teller(advance),
                    **moments,
                )
        except asyncio.CancelledError:
            note("to continue, run the same command again")
            raise
    await write(_report(results, stats, refresh))
    _fail(results)


async def _ids(pager: Pager[Any], *, wanted: bool) -> list[str]:
    return [each.id async for each in pager] if wanted else []


def _read_names(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _teller(advance: Advance) -> Callable[[Progress], None]:
    def tell(now: Progress) -> None:
        text = f"{now.received:,} messages"
        if now.conversations > 1:
            text = f"{now.finished:,} of {now.conversations:,} conversations, {text}"
        advance.tell(text, now.received, now.share)

    return tell


def _report(results: Sequence[Archived], stats: Stats, refresh: float | None) -> str:
    """Draw a table for a terminal, and plain lines for a file or a pipe."""
    lines = [_sums(results, stats)]
    if refresh is None and any(each.total > each.added for each in results):
        lines += _HINT
    if sys.stdout.isatty():
        return render(_table(results), "", *lines)
    rows = (f"{_name(each)}: {_counts(each)}" for each in results)
    return "".join(f"{line}\n" for line in (*rows, *lines))


def _table(results: Sequence[Archived]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("conversation", overflow="fold")
    for name in ("messages", "new", "changed"):
        table.add_column(name, justify="right")
    table.add_column("")
    for each in results:
        counts = (f"{count:,}" for count in (each.total, each.added, each.changed))
        table.add_row(_name(each), *counts, _remark(each))
    return table


def _name(each: Archived) -> str:
    kind = "" if each.kind == "conversation" else f"{each.kind} "
    return kind + clean(each.participant)


def _counts(each: Archived) -> str:
    counts = f"{each.total:,} messages, {each.added:,} new, {each.changed:,} changed"
    remark = _remark(each)
    return f"{counts}; {remark}" if remark else counts


def _remark(each: Archived) -> str:
    if each.error is not None:
        return "failed"
    return _NOT_FOUND if each.not_found else ""


def _sums(results: Sequence[Archived], stats: Stats) -> str:
    total, added = sum(each.total for each in results), sum(each.added for each in results)
    counts = f"total: {total:,} messages, {added:,} new; conversations {len(results):,}"
    return f"{counts}, requests {stats.attempts:,}, retries {stats.retries:,}"


def _fail(results: Sequence[Archived]) -> None:
    """Raise an error that names the failed conversations and the reasons, if there are any."""
    failed = [each for each in results if each.error is not None]
    if failed:
        error = IP1Error(f"{len(failed):,} of {len(results):,} conversations failed")
        for each in failed:
            error.add_note(f"{_name(each)}: {each.error}")
        raise error
