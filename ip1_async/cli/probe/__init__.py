"""The command `probe`: it asks the service what iP.1's documents leave open."""

import json as json_format
import sys
import time
from collections.abc import Iterable
from contextlib import aclosing, nullcontext
from datetime import UTC, datetime

import aiohttp
import attrs
from rich.table import Table
from rich.text import Text

import ip1_async
from ip1_async import RateLimiter
from ip1_async.cli._numbers import DEFAULT_NUMBERS, Numbers
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import progress, render, write
from ip1_async.cli.probe import _requests
from ip1_async.cli.probe._forms import form_findings
from ip1_async.cli.probe._headers import link_findings, refusal_findings
from ip1_async.cli.probe._pages import paging_findings
from ip1_async.cli.probe._requests import Reply, Requester
from ip1_async.cli.probe._resources import find_resources
from ip1_async.cli.probe._survey import Finding, Survey, survey

_WIDTH = 24
_ROOM = 50  # characters for an answer and its evidence in one line of 80


async def probe(
    participant: str,
    /,
    *,
    bundle: str | None = None,
    json: bool = False,
    numbers: Numbers = DEFAULT_NUMBERS,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Ask the service what iP.1's documents leave open, for a report to attach to a bug.

    The probe only reads: it sends at most 20 requests, at most one in a second, and repeats none
    (--retry-for has no effect). The report shows shapes, counts and offsets, but no token, number,
    id or text of a message. It is a table on a terminal and JSON elsewhere.

    For example:

        ip1 probe 46712345678

    Args:
        participant: A number with country code, or a sender name. It should have 300 messages or
            more, in both directions.
        bundle: Id of an RCS bundle with 3 messages or more: shows how v3 pages.
        json: Write JSON on a terminal, too.
        numbers: How the number is written.
        connection: How to reach the API.
    """
    limiter = RateLimiter(min(connection.rate, _requests.RATE))
    shared = connection.shared_limit()
    resources = await find_resources(connection, numbers.read(participant), bundle)
    begin = time.perf_counter()
    with progress("asking", shown=True) as advance:
        async with (
            aiohttp.ClientSession(
                headers=resources.headers, cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            nullcontext() if shared is None else aclosing(shared),
        ):
            requester = Requester(session, connection.timeout, limiter, shared, advance)
            found = await survey(requester, resources)
    report = Report.of(found, requester.answers, time.perf_counter() - begin)
    if json or not sys.stdout.isatty():
        await write(report.to_json(), "utf-8")
    else:
        await write(report.draw())


@attrs.frozen
class Report:
    """What a probe found.

    Attributes:
        sections: Findings by title.
        requests: How many requests the probe sent.
        seconds: How long they took.
    """

    sections: dict[str, list[Finding]]
    requests: int
    seconds: float

    @classmethod
    def of(cls, found: Survey, answers: list[Reply], seconds: float) -> "Report":
        """Make the report from the answers."""
        sections: dict[str, Iterable[Finding]] = {
            "Paging": paging_findings(found),
            "Links": link_findings(found),
            "Limits and refusals": refusal_findings(found, answers),
            "Fields": form_findings(found),
        }
        return cls({title: list(each) for title, each in sections.items()}, len(answers), seconds)

    def to_json(self) -> str:
        """Write the report as one JSON object, with line breaks: people read it."""
        plain = {**self._head(), **attrs.asdict(self), "seconds": round(self.seconds, 1)}
        return json_format.dumps(plain, indent=2) + "\n"

    def draw(self) -> str:
        """Draw the report for a terminal; the evidence comes after its answer, or below."""
        head = self._head()
        parts = [Text(f"ip1 probe, {head['client']}, {head['date']}; holds shapes and counts only")]
        tables = [_table(title, findings) for title, findings in self.sections.items()]
        end = f"{self.requests} requests in {self.seconds:.1f} s"
        return render(*parts, *(row for table in tables for row in ("", table)), "", end)

    def _head(self) -> dict[str, str]:
        return {
            "client": f"ip1-async {ip1_async.__version__}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
        }


def _table(title: str, findings: Iterable[Finding]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(title, width=_WIDTH)
    table.add_column("", overflow="fold")
    for finding in findings:
        fits = len(finding.answer) + len(finding.evidence) < _ROOM
        evidence = f" ({finding.evidence})" if fits else f"\n{finding.evidence}"
        table.add_row(finding.topic, Text.assemble(finding.answer, (evidence, "dim")))
    return table
