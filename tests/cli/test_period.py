"""From when, until when, and in which time zone."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

from ip1_async.cli import _app
from ip1_async.cli._period import zone_name
from ip1_async.testing import Simulator

NUMBER = "46712345678"
AUTUMN = ["--timezone", "Europe/Stockholm"]  # at 3 the clocks go back to 2
FIRST = datetime(2026, 3, 27, 12, tzinfo=UTC)  # the clocks change on the 29th


def hourly(number: int) -> dict[str, Any]:
    """Make a message of every hour."""
    return {"id": f"m{number}", "body": "Hej", "modified": f"{FIRST + timedelta(hours=number)}"}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    """Serve a conversation of four days."""
    async with Simulator(conversations={NUMBER: [hourly(number) for number in range(96)]}) as each:
        monkeypatch.setenv("IP1_API_TOKEN", "t")
        monkeypatch.setenv("IP1_V2_URL", each.v2_url)
        yield each


@pytest.fixture
def in_stockholm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be on a machine in Stockholm."""
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--order", "desc", "--since", "2026-03-30"], range(90, 59, -1)),
        (["--order", "desc", "--until", "2026-03-30"], range(59, -1, -1)),
        (["--since", "2026-03-30"], range(60, 96)),
        (["--since", "2026-03-30", "--until", "2026-03-31"], range(60, 84)),
    ],
)
async def test_a_run_that_goes_on_keeps_to_its_period(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], expected: range
) -> None:
    """It begins behind what an earlier run has read, and goes no further than the period."""
    order = options[:2] if "desc" in options else []
    command = ["messages", NUMBER, "--cursor-file", str(tmp_path / "place")]
    assert await _app.execute([*command, *order, "--max-items", "5"]) == 0
    capsys.readouterr()
    assert await _app.execute([*command, *options]) == 0
    ids = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert ids == [f"m{number}" for number in expected]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--since", "2026-03-30"], range(60, 96)),
        (["--since", "2026-03-30", "--timezone", "Europe/Stockholm"], range(58, 96)),
        (["--since", "2026-03-30T01:30+02:00"], range(60, 96)),
        (["--since", "2026-03-28 00:00", "--until", "2026-03-28 02:00"], range(12, 14)),
        (["--until", "2026-03-27T14:00:01", "--order", "DESC"], range(2, -1, -1)),
        (["--since", "2026-03-31", "--timezone", "Pacific/Auckland"], range(71, 96)),
        ([*AUTUMN, "--since", "2026-10-25T02:50+02:00", "--until", "2026-10-25T02:10+01:00"], []),
    ],
)
async def test_messages_of_a_period(
    capsys: pytest.CaptureFixture[str], options: list[str], expected: Sequence[int]
) -> None:
    """Dates are in UTC where data is written, or in the zone that is named."""
    assert await _app.execute(["messages", NUMBER, *options]) == 0
    ids = re.findall(r'"id":"m([0-9]+)"', capsys.readouterr().out)
    assert list(map(int, ids)) == list(expected)


@pytest.mark.usefixtures("server", "in_stockholm")
@pytest.mark.parametrize(
    ("options", "title", "first"),
    [
        ([], "time (local)", "2026-03-29 01:00"),
        (["--timezone", "UTC"], "time (UTC)", "2026-03-29 00:00"),
        (["--timezone", "America/New_York"], "time (New York)", "2026-03-29 00:00"),
    ],
)
async def test_a_terminal_has_the_zone_of_its_machine(
    terminal: Terminal, options: list[str], title: str, first: str
) -> None:
    """A date is the midnight there, unless another zone is named; times are shown likewise."""
    terminal.take("stdout")
    since = "2026-03-29T01:00" if not options else "2026-03-29"
    command = ["messages", NUMBER, "--since", since, "--max-items", "3", *options]
    assert await _app.execute(command) == 0
    assert title in terminal.screen
    shown = re.findall(r"2026-03-29 \d\d:\d\d", terminal.screen)
    assert shown[0] == first
    # At two in the morning Stockholm's clocks went on by an hour.
    assert shown[1][-5:] == ("03:00" if not options else "01:00")


@pytest.mark.usefixtures("in_stockholm")
async def test_json_on_a_terminal_is_data(server: Simulator, terminal: Terminal) -> None:
    """It is in UTC, and so are the dates of its period."""
    terminal.take("stdout")
    await _app.execute(["messages", NUMBER, "--json", "--since", "2026-03-31T11:00"])
    assert terminal.screen.count('"id"') == 1
    assert server.requests


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--since", "yesterday"], "--since: expected a date or a time like 2026-03-01"),
        (["--until", "2026-13-01"], "--until: expected a date or a time like 2026-03-01"),
        (["--since", "0001-01-01T00:00+05:00"], "--since: expected a date or a time"),
        (["--since", "2026-02-01", "--until", "2026-02-01"], "--until: expected a time after"),
        (["--timezone", "Stockholm"], "--timezone: no such zone"),
        (["--timezone", "Europe"], "--timezone: no such zone"),
        (["--timezone", "../etc"], "--timezone: no such zone"),
        (["--since", "2026-02-01", "--start", "1"], "since: can't be used together"),
        (
            [*AUTUMN, "--since", "2026-10-25T02:10+01:00", "--until", "2026-10-25T02:50+02:00"],
            "--un",
        ),
    ],
)
async def test_a_period_that_can_not_be_is_a_usage_error(
    server: Simulator, capsys: pytest.CaptureFixture[str], options: list[str], text: str
) -> None:
    """One line names the option, and nothing is sent."""
    assert await _app.execute(["messages", NUMBER, *options]) == 2
    assert text in capsys.readouterr().err
    assert not server.requests


def test_a_zone_is_named_in_data() -> None:
    """Where nothing is chosen, data is in UTC."""
    assert zone_name(data=True) == "UTC"
