"""The command: archive an account in shards, or say how far that is."""

import argparse
import asyncio
import contextlib
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

from examples.account.coordinator import Options, archive_account
from examples.account.demo import make_account
from examples.account.plan import Plan
from examples.account.status import Overview


def main() -> None:
    """Read the options, and do what they say."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.account", description="Archive a whole account, in shards."
    )
    parser.add_argument("folder", type=Path, help="where the archives are or will be")
    parser.add_argument("--from-file", type=Path, help="participants, one per line")
    parser.add_argument("--simulate", type=int, help="make up so many conversations instead")
    parser.add_argument("--queue", help="URL of a Redis; without it the queue is in memory")
    parser.add_argument("--limit", help="URL of the account's limit; else the queue's, or a file")
    parser.add_argument("--processes", type=int, default=1, help="workers; more need --queue")
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--patience", type=float, default=20.0, help="seconds; then a silent shard")
    parser.add_argument("--status", action="store_true", help="say how far it is, and do nothing")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if given.status:
        print(_status(Plan(folder)))
        return
    if given.queue is None and given.processes > 1:
        parser.error("--processes: a queue in memory is for one process; give --queue")
    if (given.from_file is None) == (given.simulate is None):
        parser.error("give either --from-file or --simulate")
    os.umask(0o077)  # messages are private
    folder.mkdir(parents=True, exist_ok=True)
    limit = given.limit or given.queue or f"file://{folder}/limit"
    options = Options(
        folder=folder,
        queue=given.queue,
        limit=limit,
        processes=given.processes,
        patience=given.patience,
        shards=given.shards,
    )
    with _account(given) as participants:
        sys.exit(_run(participants, options))


@contextlib.contextmanager
def _account(given: argparse.Namespace) -> Iterator[list[str]]:
    """Give the participants; with `--simulate`, and while they are served."""
    if given.simulate is None:
        lines = given.from_file.read_text(encoding="utf-8-sig").splitlines()
        yield [line.strip() for line in lines if line.strip()]
        return
    command = [sys.executable, "-m", "examples.account.demo", str(given.simulate)]
    command += ["--parent", str(os.getpid())]
    with Popen(command, stdout=PIPE, text=True) as server:
        assert server.stdout is not None
        os.environ["IP1_V2_URL"] = server.stdout.readline().strip()
        os.environ["IP1_API_TOKEN"] = "simulated"  # noqa: S105  # none at all
        try:
            yield list(make_account(given.simulate))
        finally:
            server.terminate()
            print(server.stdout.read(), end="")


def _run(participants: list[str], options: Options) -> int:
    began = time.monotonic()
    try:
        overview = asyncio.run(archive_account(participants, options))
    except KeyboardInterrupt:
        sys.exit("\nrun the same command again to go on")
    own, workers = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"\r{overview}")
    print(
        f"{time.monotonic() - began:.0f} s; CPU: {own.ru_utime + own.ru_stime:.1f} s of this"
        f" process, {workers.ru_utime + workers.ru_stime:.1f} s of {options.processes} workers"
        if options.queue
        else f"{time.monotonic() - began:.0f} s; CPU: {own.ru_utime + own.ru_stime:.1f} s"
    )
    if overview.failed:
        print(f"{overview.error}\nrun the same command again to repair it", file=sys.stderr)
    return int(bool(overview.failed))


def _status(plan: Plan) -> str:
    try:
        shards, round_ = plan.kept()
    except FileNotFoundError:
        return "nothing was begun here"
    return f"{Overview.of(plan, shards, round_)}; round {round_}"


if __name__ == "__main__":
    main()
