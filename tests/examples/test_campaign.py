"""The example's campaign: what it shows, what it sends, and that it sends nothing twice."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples import campaign
from ip1_async import IP1Error
from ip1_async.testing import Fault, Simulator

PEOPLE = "\ufeffrecipient,name,when\n46712345678,Ann,May 4 at 9:15\n46701234567,Bo,May 4 at 14:00\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the CSV file."""
    made = tmp_path / "appointments.csv"
    made.write_text(PEOPLE, encoding="utf-8")
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, file: Path) -> Any:
    """Give what runs the command with options."""

    def run(*options: str) -> None:
        monkeypatch.setattr(sys, "argv", ["campaign", str(file), *options])
        campaign.main()

    return run


async def send(simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send what the file says to a simulator."""
    for name, value in {"IP1_V2_URL": simulator.v2_url, "IP1_API_TOKEN": "any"}.items():
        monkeypatch.setenv(name, value)
    people = campaign.read_people(file)
    return await campaign.send_once(file.with_suffix(".key"), people, "iP1")


def test_it_shows_what_it_would_send(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --send, it prints a text and what all take."""
    run()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Hi Ann! Your appointment is on May 4 at 9:15.")
    assert second == "2 recipients, 2 segments"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("46712345678,Cleo,8:00\n", "a number comes twice"),
        ("0701234567,Dan,8:00\n", "1 numbers can't be right"),
        ("46701112233,Ö你,8:00\n", "not in the GSM alphabet: 你"),
    ],
)
def test_what_cannot_be_sent_is_said_first(run: Any, file: Path, line: str, reason: str) -> None:
    """The command ends with the reason, and nothing is sent."""
    file.write_text(PEOPLE + line, encoding="utf-8")
    with pytest.raises(SystemExit, match=reason):
        run("--send")


def test_a_file_that_is_too_long_is_refused(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch has a thousand recipients at most."""
    monkeypatch.setattr(campaign, "MOST_RECIPIENTS", 1)
    with pytest.raises(SystemExit, match="more than 1 recipients"):
        run("--send")


async def test_everybody_gets_a_text_of_their_own(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body is a template, in one batch with windows; a second run only finds it."""
    async with Simulator() as simulator:
        batch = await send(simulator, file, monkeypatch)
        again = await send(simulator, file, monkeypatch)
    [sent] = simulator.sent
    assert batch.id == again.id == sent.id
    assert sent.recipients == ("46712345678", "46701234567")
    assert sent.payload["recipients"]["46701234567"] == {"name": "Bo", "when": "May 4 at 14:00"}
    assert 1 <= len(sent.payload["deliveryWindows"]) <= 2


async def test_a_refusal_may_be_tried_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was certainly not sent leaves no key behind."""
    async with Simulator(faults=[Fault(status=402)]) as simulator:
        with pytest.raises(IP1Error, match="402"):
            await send(simulator, file, monkeypatch)
        batch = await send(simulator, file, monkeypatch)
    assert [each.id for each in simulator.sent] == [batch.id]


async def test_a_lost_answer_is_looked_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is found by its key, and nothing is sent again."""
    async with Simulator(faults=[Fault(accepted=True, reset="before")]) as simulator:
        batch = await send(simulator, file, monkeypatch)
    assert [each.id for each in simulator.sent] == [batch.id]


async def test_what_is_not_found_is_left_to_a_person(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it is not seen, the command says "uncertain", and so does every later run."""
    async with Simulator() as simulator:
        campaign.make_key(file.with_suffix(".key"))
        looked: list[float] = []

        async def settle(*_: Any, patience: float, **__: Any) -> None:
            looked.append(patience)

        monkeypatch.setattr("ip1_async.v2.batches.Batches.settle", settle)
        for _ in range(2):
            with pytest.raises(SystemExit, match="uncertain"):
                await send(simulator, file, monkeypatch)
    assert looked == [60, 60]
    assert not simulator.requests


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-03-01T07:00:00", [1, 2]),
        ("2026-03-01T19:00:00", [2]),
        ("2026-03-28T23:30:00", [29, 30]),
    ],
)
def test_nobody_is_woken_up(now: str, days: list[int]) -> None:
    """Windows open at nine and close at eight in the evening there, in summer as in winter."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC).astimezone(campaign.ZONE)
    opened = campaign.windows(moment)
    assert [opens.day for opens, _ in opened] == days
    assert {(opens.hour, closes.hour) for opens, closes in opened} == {(9, 20)}
