"""The report on archives: figures computed by hand, as text and as pictures."""

import asyncio
import json
import os
import random
import re
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from ip1_async import Direction, Message, Status
from ip1_async.cli import _app
from ip1_async.cli._work import in_thread
from ip1_async.cli.report import _operators, _plots
from ip1_async.cli.report._figures import Figures, Outcome, earliest_time, outcome
from ip1_async.cli.report._sections import Section, sections

NUMBER = "46712345678"
DELIVERED = [{"created": "2026-03-02T08:59:59Z", "code": 201, "duration": 1}]
PLOTS = ["busiest-hours", "cost-by-month", "delivery-by-network", "messages-by-month"]


def sent(number: int, **fields: Any) -> dict[str, Any]:
    """Make an outgoing message."""
    return {"id": str(number), "direction": "mt", "sender": "iP1", "recipient": NUMBER, **fields}


SMALL = [
    # Monday, 8 o'clock by its status, though it was updated later, in another month.
    sent(1, price=0.1, currency="SEK", mcc="240", mnc="07", statuses=DELIVERED)
    | {"modified": "2026-04-01T00:00:00Z"},
    sent(2, price="0.2", currency="sek", mcc="240", mnc="07", modified="2026-03-02T08:00:00Z")
    | {"statuses": [{"code": 202, "duration": 0}]},
    sent(3, price=1, currency="EUR", mcc="240", mnc="01", modified="2026-03-31T23:30:00-01:00")
    | {"statuses": [{"code": 111, "duration": 0}]},
    sent(4, currency="EUR", modified="2026-04-01T00:59:59.999999Z"),
    sent(5, price="1e-30", currency="EUR", statuses=DELIVERED),
    {"id": "6", "direction": "mo", "sender": NUMBER, "statuses": DELIVERED},
    {"id": "7", "price": 12345.678},
]


@pytest.fixture
def archives(tmp_path: Path) -> Callable[..., Path]:
    """Write a directory of archives."""

    def write(**files: list[Any]) -> Path:
        for name, objects in files.items():
            text = "".join(json.dumps(each) + "\n" for each in objects)
            (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing where the text is all that counts: drawing takes its time."""
    monkeypatch.setattr(_plots, "draw_plots", lambda *_: [])


async def report(directory: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the command and give what it says, one space between words."""
    assert await _app.execute(["report", str(directory)]) == 0
    return re.sub(" +", " ", capsys.readouterr().out)


@pytest.mark.usefixtures("no_plots")
async def test_figures_are_exact(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each table says what the messages add up to, to the last decimal."""
    out = await report(archives(a=SMALL), capsys)
    assert "7 messages in 1 archives: 5 outgoing, 1 incoming, 1 of unknown direction\n" in out
    months = """month outgoing incoming unknown
- 0 0 1
2026-03 3 1 0
2026-04 2 0 0

all 5 1 1
"""
    assert months in out
    costs = """month currency messages with price cost
- - 1 1 12,345.678
2026-03 EUR 1 0 -
2026-03 SEK 2 2 0.300
2026-04 EUR 2 1 1.000

all - 1 1 12,345.678
all EUR 3 1 1.000
all SEK 2 2 0.300
"""
    assert costs in out
    networks = """network messages delivered share failed open
unknown 2 1 50.0% 0 1
240-07 2 1 50.0% 1 0
240-01 1 0 0.0% 0 1

all 5 2 40.0% 1 2
"""
    assert networks in out
    assert "sender messages delivered share failed open\niP1 5 2 40.0% 1 2\n" in out
    assert "status messages share\n202 expired 1 100.0%\n" in out
    assert "in no sum: 1." in out
    assert "Outgoing: Mon 08:00 to 08:59, with 3 messages.\n" in out
    assert "\n08 3 0 0 0 0 0 0 3\n" in out
    assert "\n00 0 0 2 0 0 0 0 2\n" in out
    assert "\nall 3 0 2 0 0 0 0 5\n" in out
    assert "Incoming: Mon 08:00 to 08:59, with 1 messages.\n" in out


@pytest.mark.usefixtures("no_plots")
async def test_the_report_says_what_its_words_mean(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The report explains above its figures which time, cost and delivery they mean."""
    out = (await report(archives(a=SMALL), capsys)).replace("\n", " ")
    assert "Times are in UTC. The API gives no creation time, so a message counts at" in out
    assert "currencies are never added together" in out
    assert "delivered is 201 only" in out


@pytest.mark.usefixtures("no_plots")
async def test_the_report_fits_80_columns(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is wider than a common terminal, and nothing is cut."""
    await _app.execute(["report", str(archives(a=SMALL * 300))])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out


@pytest.mark.usefixtures("no_plots")
async def test_a_message_between_two_archives_counts_once(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A message in the archives of both its sender and its recipient counts once."""
    directory = archives(**{NUMBER: SMALL, "i%501": [*SMALL[:5], sent(8, recipient="46700")]})
    assert (await report(directory, capsys)).startswith("8 messages in 2 archives: 6 outgoing, 1 ")


async def test_plots_are_pictures(archives: Callable[..., Path], tmp_path: Path) -> None:
    """Each plot is a PNG of a readable size, in the given directory."""
    target = tmp_path / "some" / "where"
    assert await _app.execute(["report", str(archives(a=SMALL)), "--plots", str(target)]) == 0
    for name in PLOTS:
        with Image.open(target / f"{name}.png") as picture:
            assert picture.format == "PNG"
            assert picture.width == 1500
            assert len(set(picture.convert("L").tobytes())) > 3
    assert len(list(target.iterdir())) == len(PLOTS)


async def test_plots_stand_beside_the_archives(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --plots, the plots go to `report`, and stderr names each of them."""
    directory = archives(a=SMALL)
    await _app.execute(["report", str(directory)])
    err = capsys.readouterr().err
    for name in PLOTS:
        assert (directory / "report" / f"{name}.png").exists()
        assert f"ip1: plot in {directory / 'report' / name}.png\n" in err


async def test_plots_can_be_left_out(
    archives: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tables alone are the same tables; nothing is written, and no package is missed."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "ip1_async.cli.report._plots", None)
    directory = archives(a=SMALL)
    assert await _app.execute(["report", str(directory), "--no-plots"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("7 messages in 1 archives")
    assert err == ""
    assert [path.name for path in directory.iterdir()] == ["a.jsonl"]


async def test_plots_are_wanted_or_not(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two options that contradict each other are a usage error."""
    directory = str(archives(a=SMALL))
    assert await _app.execute(["report", directory, "--no-plots", "--plots", directory]) == 2
    assert capsys.readouterr().err == "ip1: report: give either --plots or --no-plots\n"


async def test_plots_are_private(archives: Callable[..., Path]) -> None:
    """Pictures and their directories are for the user alone."""
    directory = archives(a=SMALL)
    before = os.umask(0)
    try:
        await _app.execute(["report", str(directory)])
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (directory / "report").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((directory / "report").stat().st_mode) == 0o700


async def test_a_plot_is_drawn_through_no_link(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The report writes through no link in the place of a plot, and still shows the tables."""
    directory = archives(a=SMALL)
    await asyncio.to_thread((directory / f"{PLOTS[3]}.png").symlink_to, directory / "a.jsonl")
    text = (directory / "a.jsonl").read_bytes()
    assert await _app.execute(["report", str(directory), "--plots", str(directory)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("7 messages")
    assert "no regular file" in err
    assert (directory / "a.jsonl").read_bytes() == text


async def test_hostile_names_are_harmless_in_a_plot(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Formulas, letters without a glyph and long texts can't break a picture."""
    names = ["$\\frac", "中文\x1b[31m", "x" * 500, "$a$", "", "SEK", "EUR", "NOK"]
    hostile = [
        sent(number, price=1, currency=name, mcc=name, mnc=name, modified="0001-02-03")
        for number, name in enumerate(names * 3)
    ]
    networks = [sent(100 + number, mcc=str(number), modified="9999-12-31") for number in range(30)]
    assert "\x1b" not in await report(archives(a=hostile + networks), capsys)


async def test_an_empty_archive_has_no_figures(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without messages there is one line, and no plot."""
    assert await _app.execute(["report", str(archives(a=[]))]) == 0
    assert capsys.readouterr() == ("0 messages in 1 archives: 0 outgoing, 0 incoming\n", "")


async def test_messages_without_times_or_prices(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """If there is no data for a question, the report says so, and draws no plot."""
    directory = archives(a=[{"id": "1"}])
    out = await report(directory, capsys)
    assert "No message has a time.\n" in out
    assert not list((directory / "report").iterdir())


@pytest.mark.parametrize(
    ("make", "code", "text"),
    [
        (lambda path: None, 2, "no *.jsonl file in "),
        (lambda path: (path / "b.jsonl").write_bytes(b"{}\n"), 1, "line 1 is damaged: "),
    ],
)
async def test_what_is_no_archive_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], Any],
    code: int,
    text: str,
) -> None:
    """An empty directory is a usage error, a damaged file an error that names it."""
    await asyncio.to_thread(make, tmp_path)
    assert await _app.execute(["report", str(tmp_path)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err
    assert str(tmp_path) in err


@pytest.mark.usefixtures("no_plots")
async def test_a_torn_last_line_is_told_with_its_file(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """An archive that is being written is counted up to its last whole line."""
    directory = archives(a=SMALL)
    with (directory / "a.jsonl").open("a") as file:
        file.write('{"id"')
    assert await _app.execute(["report", str(directory)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("7 messages")
    assert f"ip1: {directory / 'a.jsonl'}: line 8, the last, is incomplete" in err


async def test_report_names_the_extra(
    archives: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without matplotlib there are tables, and one line says what to install."""
    monkeypatch.delitem(sys.modules, "ip1_async.cli.report._plots", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert await _app.execute(["report", str(archives(a=SMALL))]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("7 messages")
    assert err == "ip1: the command needs more packages: install ip1-async[tables]\n"


async def test_many_months_are_drawn_without_numbers(
    archives: Callable[..., Path], tmp_path: Path
) -> None:
    """Five years fit in a picture; numbers on sixty bars would cover each other."""
    months = [sent(n, modified=f"{2022 + n // 12}-{n % 12 + 1:02}-01") for n in range(60)]
    assert await _app.execute(["report", str(archives(a=months))]) == 0
    with Image.open(tmp_path / "report" / "messages-by-month.png") as picture:
        assert picture.width == 1500


# Data.


async def test_json_has_every_figure(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one object: sums of money are exact texts, shares are parts of 1."""
    directory = archives(a=SMALL)
    assert await _app.execute(["report", str(directory), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["messages"], data["timezone"], data["partial_months"]) == (7, "UTC", [])
    assert data["costs"][2] == {
        "month": "2026-03",
        "currency": "SEK",
        "messages": 2,
        "with_price": 2,
        "cost": "0.3",
    }
    assert data["senders"] == [
        {"sender": "iP1", "messages": 5, "delivered": 2, "share": 0.4, "failed": 1, "open": 2}
    ]
    assert data["networks"][1]["mcc_mnc"] == "240-07"
    assert {"weekday": "Mon", "hour": "08", "outgoing": 3, "incoming": 1} in data["hours"]
    assert len(data["hours"]) == 7 * 24
    assert not (directory / "report").exists()


async def test_csv_has_one_figure_in_a_line(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A spreadsheet can filter and pivot it, and runs no name as a formula."""
    rows = [*SMALL, sent(9, batchId="=1+1", mcc="240", mnc="07")]
    assert await _app.execute(["report", str(archives(a=rows)), "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "section,label,detail,figure,value,timezone"
    assert "costs,2026-04,EUR,cost,1,UTC" in lines
    assert "networks,240-07,240-07,delivered,1,UTC" in lines
    assert "batches,'=1+1,,messages,1,UTC" in lines
    assert "months,2026-03,,outgoing,3,UTC" in lines


@pytest.mark.parametrize("others", [["--json", "--csv"], ["--csv", "--plots", "x"]])
async def test_one_form_at_a_time(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str], others: list[str]
) -> None:
    """Options that contradict each other are a usage error."""
    assert await _app.execute(["report", str(archives(a=SMALL)), *others]) == 2
    assert "give only one of --json, --csv and --plots" in capsys.readouterr().err


async def test_a_report_is_on_a_directory(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A single file is a usage error."""
    assert await _app.execute(["report", str(archives(a=SMALL) / "a.jsonl")]) == 2
    assert "expected a directory" in capsys.readouterr().err


# Periods and groups.


async def test_a_period_is_by_the_earliest_known_time(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Messages without a time are left out and counted; a month that is cut is marked."""
    command = ["report", str(archives(a=SMALL)), "--since", "2026-03-02", "--no-plots"]
    assert await _app.execute([*command, "--until", "2026-04-01T00:45"]) == 0
    out = re.sub(" +", " ", capsys.readouterr().out)
    assert out.startswith("5 messages in 1 archives: 4 outgoing, 1 incoming\n")
    assert "not counted: 1." in out.replace("\n", " ")
    assert "* A part of the month only.\nmonth outgoing incoming\n2026-03* 3 1\n2026-04* 1 0" in out
    await _app.execute([*command, "--until", "2026-04-01"])
    assert "2026-03* 3 1\n\nall" in re.sub(" +", " ", capsys.readouterr().out)


async def test_months_and_hours_are_those_of_a_zone(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A message late in the evening is of the next day, and month, further east."""
    directory = archives(a=[sent(1, modified="2026-03-31T23:30:00Z")])
    zone = ["--timezone", "Europe/Stockholm", "--no-plots"]
    assert await _app.execute(["report", str(directory), *zone]) == 0
    out = capsys.readouterr().out
    assert "Times are those of Stockholm." in out
    assert "2026-04" in out
    assert "Outgoing: Wed 01:00" in out


def test_the_month_that_the_newest_archive_is_of_is_partial() -> None:
    """More messages may have come after it was written."""
    figures = Figures()
    figures.add(Message("1", modified=datetime(2026, 3, 31, tzinfo=UTC)))
    assert figures.partial_months(datetime(2026, 3, 31, 23, tzinfo=UTC)) == ["2026-03"]
    assert figures.partial_months(datetime(2026, 4, 1, tzinfo=UTC)) == []


def test_a_time_at_the_end_of_the_calendar_has_no_other_zone() -> None:
    """It is counted as it is."""
    figures = Figures(zone=ZoneInfo("Europe/Stockholm"))
    figures.add(Message("1", modified=datetime.max.replace(tzinfo=UTC)))
    assert list(figures.months) == ["9999-12"]


def test_small_groups_are_merged() -> None:
    """Their sums are exact, and their share is that of all of them."""
    figures = Figures()
    for number, sender in enumerate("aaaabbbccd"):
        code = 201 if number % 2 else 402
        figures.add(
            Message(
                str(number), direction=Direction.MT, sender=sender, statuses=(Status(code=code),)
            )
        )
    senders = next(each for each in sections(figures) if each.name == "senders")
    assert senders.merged(2).rows[2] == ("2 others", 3, 2, 2 / 3, 1, 0)
    assert senders.merged(3) is senders
    failures = Section(
        "failures", ["status"], ["messages", "share"], [("a", 2, 0.5), ("b", 1, 0.25)] * 2
    )
    assert failures.merged(2).rows[2] == ("2 others", 3, 0.5)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("STOP", "STOP"),
        (" stopp! ", "STOPP"),
        ("Avsluta Åkermyntan", "AVSLUTA"),
        ("stop", "STOP"),
        ("Stop sending me these", None),
        ("Nonstop", None),
        ("", None),
    ],
)
def test_an_opt_out_is_short_and_begins_with_its_word(body: str, word: str | None) -> None:
    """A longer sentence is for a person to read."""
    figures = Figures()
    figures.add(Message("1", direction=Direction.MO, body=body))
    figures.add(Message("2", direction=Direction.MT, body="STOP"))
    assert dict(figures.opt_outs) == ({} if word is None else {word: 1})


@pytest.fixture
def operators(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a small list of networks."""
    tele2 = {"brand": "Tele2", "operator": "Tele2 Sverige AB", "cc2s": ["SE"]}
    nameless = {"brand": None, "operator": None, "cc2s": ["XX"]}
    package, module = ModuleType("mcc_mnc_lut"), ModuleType("mcc_mnc_lut.p1_mnc")
    vars(module)["P1_MNC"] = {
        "24007": tele2,
        "24001": nameless,
        "34001": [nameless, {"brand": "", "operator": "Orange", "cc2s": ["GP", "MQ"]}],
    }
    monkeypatch.setitem(sys.modules, "mcc_mnc_lut", package)
    monkeypatch.setitem(sys.modules, "mcc_mnc_lut.p1_mnc", module)
    _operators._operators.cache_clear()
    yield
    _operators._operators.cache_clear()


@pytest.mark.usefixtures("operators")
async def test_networks_have_the_names_of_their_operators(
    archives: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a list is installed, it names them; what it lacks keeps its numbers."""
    rows = [sent(8, mcc="340", mnc="01"), sent(9, mcc="999"), *SMALL]
    assert await _app.execute(["report", str(archives(a=rows)), "--no-plots"]) == 0
    out = re.sub(" +", " ", capsys.readouterr().out)
    assert "\nTele2, SE 240-07 2 1 " in out
    assert "\nOrange, GP/MQ 340-01 1 0 " in out
    assert "\n240-01 240-01 1 " in out
    assert "\n999-? 999-? 1 " in out
    assert "install ip1-async[operators]" not in out


# Figures.


def test_sums_do_not_depend_on_the_order() -> None:
    """Prices of any size that a table holds are added without rounding."""
    texts = ["999999999999999999.99999999999999999999", "1e-20", "-0.1", "1E+17"] * 25
    numbers = random.Random(0).sample(texts, len(texts))
    figures = Figures()
    for text in numbers:
        figures.add(Message("1", price=Decimal(text), currency="SEK"))
    expected = Decimal(25 * (10**38 - 1 + 1 - 10**19 + 10**37)).scaleb(-20)
    assert figures.costs_by_currency()["SEK"].total == expected
    assert figures.unfit == 0


@pytest.mark.parametrize("price", ["1e18", "1e-21", "1e999999999"])
def test_a_price_beyond_any_table_is_counted_apart(price: str) -> None:
    """A price that no table holds is in no sum, and its message still counts."""
    figures = Figures()
    figures.add(Message("1", price=Decimal(price)))
    assert (figures.messages, figures.unfit) == (1, 1)
    assert figures.costs["", ""].known is None


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Outcome.OPEN),
        ([(None, None)], Outcome.OPEN),
        ([(112, 0)], Outcome.OPEN),
        ([(201, 0)], Outcome.DELIVERED),
        ([(202, 1)], Outcome.FAILED),
        ([(599, 0)], Outcome.FAILED),
        ([(104, 1)], Outcome.FAILED),
        ([(201, 1), (112, 0)], Outcome.OPEN),
    ],
)
def test_the_latest_status_decides(
    statuses: list[tuple[int | None, int | None]], expected: Outcome
) -> None:
    """Delivered is 201 alone, open is what has no final status."""
    history = tuple(Status(code=code, duration=duration) for code, duration in statuses)
    assert outcome(Message("1", statuses=history)) == expected


def test_a_message_may_have_no_time() -> None:
    """A message without any time has no earliest time."""
    assert earliest_time(Message("1", statuses=(Status(code=201),))) is None


# Interrupting.


async def test_an_interrupted_work_ends_first() -> None:
    """Cancelled work in a thread ends at its next report, before the command returns."""
    begun, seen = threading.Event(), []

    def work(tell: Callable[[int], None]) -> None:
        begun.set()
        try:
            while True:
                tell(1)
        finally:
            seen.append("closed")

    task = asyncio.create_task(in_thread("working", work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["closed"]


@pytest.mark.usefixtures("no_plots")
async def test_reading_tells_how_far_it_is(
    archives: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report shows regularly how many messages it has read."""
    told: list[tuple[int, float | None]] = []

    async def run(what: str, work: Callable[[Callable[[int, float | None], None]], Any]) -> Any:
        return await asyncio.to_thread(work, lambda *now: told.append(now))

    monkeypatch.setattr("ip1_async.cli.report._TELL_EVERY", 3)
    monkeypatch.setattr("ip1_async.cli.report.in_thread", run)
    assert await _app.execute(["report", str(archives(a=SMALL))]) == 0
    assert told == [(3, 1.0), (6, 1.0)]
