"""The command `archive`: conversations as files."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

import ip1_async
from ip1_async import IP1Error, Pager, Stats
from ip1_async.archives import Archived, Progress
from ip1_async.cli._failures import explain
from ip1_async.cli._numbers import DEFAULT_NUMBERS, Numbers
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import Advance, clean, progress, render, write
from ip1_async.cli._period import DEFAULT_PERIOD, PeriodOptions
from ip1_async.cli._read import explain_missing
from ip1_async.cli._resume import going_on

_HINT = ["Messages of earlier runs keep the status they had then; --refresh DAYS rereads them."]


async def archive(
    *participants: str,
    output: Annotated[Path, Parameter(alias="-o")],
    from_file: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    batch: Sequence[str] = (),
    bundle: Sequence[str] = (),
    all_batches: bool = False,
    all_bundles: bool = False,
    refresh: float | None = None,
    period: PeriodOptions = DEFAULT_PERIOD,
    fail_if_missing: bool = False,
    numbers: Numbers = DEFAULT_NUMBERS,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Archive conversations as files of JSON lines, and bring old archives up to date.

    Batches and bundles go into the directories `batches` and `bundles`. The same command goes on
    after an interruption. Archived messages keep their status, unless --refresh rereads them.

    For example:

        ip1 archive 46712345678 Acme --output archive
        ip1 archive --from-file numbers.txt --refresh 7 --output archive

    Args:
        participants: Numbers with country code, or sender names.
        output: Directory of the archives.
        from_file: File with more of them, one per line; - is stdin, # begins a comment.
        batch: Id of a batch to archive; give the option again for more.
        bundle: Id of a bundle to archive; give the option again for more.
        all_batches: Archive all batches of the account.
        all_bundles: Archive all bundles of the account.
        refresh: Number of days; reread all after the first archived message that changed in them.
        fail_if_missing: Exit with 1 if a conversation has no messages.
        period: From when, and until when; a new archive then begins late.
        numbers: How the numbers are written.
        connection: How to reach the API.
    """
    moments = await period.moments(data=True)
    names = await numbers.read_all(participants, from_file)
    if not (names or batch or bundle or all_batches or all_bundles):
        raise ValueError("archive: give a participant, --from-file, --batch or --bundle")
    stats = Stats()
    with going_on():
        async with await connection.client(stats=stats) as client:
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
            missing = await explain_missing(client) if any(map(_is_missing, results)) else None
    await write(_report(results, stats, refresh, missing))
    _fail(results, missing if fail_if_missing else None)


async def _ids(pager: Pager[Any], *, wanted: bool) -> list[str]:
    return [each.id async for each in pager] if wanted else []


def _teller(advance: Advance) -> Callable[[Progress], None]:
    def tell(now: Progress) -> None:
        text = f"{now.received:,} messages"
        if now.conversations > 1:
            text = f"{now.finished:,} of {now.conversations:,} conversations, {text}"
        advance.tell(text, now.received, now.share)

    return tell


def _report(
    results: Sequence[Archived], stats: Stats, refresh: float | None, missing: str | None
) -> str:
    """Draw a table for a terminal, and plain lines for a file or a pipe."""
    lines = [_sums(results, stats)]
    if missing is not None:
        lines.append(f"{sum(map(_is_missing, results)):,} of them: {missing}")
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
    return "no messages" if _is_missing(each) else ""


def _is_missing(each: Archived) -> bool:
    return each.error is None and not each.total


def _sums(results: Sequence[Archived], stats: Stats) -> str:
    total, added = sum(each.total for each in results), sum(each.added for each in results)
    counts = f"total: {total:,} messages, {added:,} new; conversations {len(results):,}"
    return f"{counts}, requests {stats.attempts:,}, retries {stats.retries:,}"


def _fail(results: Sequence[Archived], missing: str | None) -> None:
    """Raise an error that names the failed conversations and the reasons, if there are any.

    With `missing`, one without messages has failed for this reason.
    """
    failed = {_name(each): explain(each.error) for each in results if each.error is not None}
    if missing is not None:
        failed |= {_name(each): missing for each in results if _is_missing(each)}
    if failed:
        error = IP1Error(f"{len(failed):,} of {len(results):,} conversations failed")
        for name, reason in failed.items():
            error.add_note(f"{name}: {reason}")
        raise error
