"""Every benchmark runs; how fast is not asked here."""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import isolated, report
from benchmarks.contenders import LABELS, NEEDS, available
from benchmarks.figures import QUICK, Answer, Finding
from benchmarks.wire import Wire, served

ANSWERS: dict[str, Answer] = {}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """Serve the lists of all questions."""
    with served(QUICK.messages) as wire:
        yield wire


@pytest.mark.parametrize("name", benchmarks.QUESTIONS)
def test_question(wire: Wire, name: str) -> None:
    """A question gives figures that JSON can hold, and lines that the table can show."""
    said: list[str] = []
    answer = import_module(f"benchmarks.{name}").measure(wire, QUICK, said.append)
    assert said, "progress is shown"
    assert json.loads(json.dumps(answer.figures)) is not None
    assert report.table(answer.findings).count("\n") == 1 + len(answer.findings)
    ANSWERS[name] = answer


def test_plots(tmp_path: Path) -> None:
    """Each plot is drawn from what was measured."""
    pytest.importorskip("matplotlib")
    figures = {name: answer.figures for name, answer in ANSWERS.items()}
    drawn = import_module("benchmarks.plots").draw(figures, tmp_path)
    expected = 2 * ("curves" in figures) + bool(figures.get("memory"))
    assert len(drawn) == expected
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the table and the machine, and writes JSON beside it."""
    benchmarks.main(["first_message", "--quick", "--results", str(tmp_path)])
    printed = capsys.readouterr().out
    (path,) = tmp_path.iterdir()
    result = json.loads(path.read_text(encoding="utf-8"))
    assert "one bare aiohttp request" in printed
    assert result["machine"]["python"] in printed
    assert result["table"][0]["samples"]
    assert "aiohttp" in result["machine"]["packages"]


@pytest.mark.parametrize(("most", "code"), [(1e9, 0), (0.0, 1)])
def test_check(
    most: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check shows only what has a target, writes nothing, and fails where one does not hold."""
    answer = Answer(
        [Finding("a", "b", "x", [1.0], at_most=most), Finding("c", "d", "x", [1.0])], {}
    )
    monkeypatch.setattr(benchmarks, "ask", lambda names, size: {"held": answer})
    assert benchmarks.main(["--check", "--quick"]) == code
    printed = capsys.readouterr().out
    assert "| a " in printed
    assert "| c " not in printed


def test_what_is_measured_has_its_byte_code() -> None:
    """A measured process finds a copy of the package that is compiled, as an install is."""
    with isolated.installed():
        package = isolated.home() / "ip1_async"
        assert isolated.home() != ROOT
        assert len(list(package.rglob("*.pyc"))) == len(list(package.rglob("*.py")))
    assert isolated.home() == ROOT


@pytest.mark.parametrize(
    ("finding", "met"),
    [
        (Finding("a", "b", "x", [1.0, 3.0, 2.0], at_least=2.0), "yes"),
        (Finding("a", "b", "x", [1.0, 3.0, 2.0], at_least=2.1), "NO"),
        (Finding("a", "b", "x", [1.0, 3.0, 2.0], at_most=1.9), "NO"),
        (Finding("a", "b", "x", [1.0, 3.0, 2.0]), ""),
    ],
)
def test_table(finding: Finding, met: str) -> None:
    """A line of the table shows the median, its range, and whether the target is met."""
    cells = [cell.strip() for cell in report.table([finding]).splitlines()[2].split("|")]
    assert cells[4:7] == ["2.00 x", "1.00 to 3.00", met]


def test_contenders() -> None:
    """Whatever is installed takes part, under a name that can be read."""
    assert set(NEEDS) == set(LABELS)
    missing = set(NEEDS) - set(available())
    assert all(None in map(find_spec, NEEDS[name].split()) for name in missing)


def test_refusals_are_counted(wire: Wire) -> None:
    """The server counts what it refuses, so that zero 429 means something."""
    from http.client import HTTPConnection  # noqa: PLC0415

    url = wire.url(10, rate_limit=1)
    statuses = []
    for _ in range(2):
        connection = HTTPConnection("127.0.0.1", wire.port)
        connection.request("GET", f"{url.partition(str(wire.port))[2]}/x?start=0&limit=5")
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 429]
    assert wire.tally(url) == (2, 1)
