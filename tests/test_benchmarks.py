"""Every benchmark runs; the tests do not judge how fast."""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import isolated, report
from benchmarks.contenders import LABELS, NEEDS, available
from benchmarks.figures import QUICK, Comparison, Result
from benchmarks.ready_server import ReadyServer, served

RESULTS: dict[str, Result] = {}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def server() -> Iterator[ReadyServer]:
    """Serve the lists of all questions."""
    with served(QUICK.messages) as server:
        yield server


@pytest.mark.parametrize("name", benchmarks.QUESTIONS)
def test_question(server: ReadyServer, name: str) -> None:
    """A question gives figures that JSON can hold, and lines that the table can show."""
    said: list[str] = []
    result = import_module(f"benchmarks.{name}").measure(server, QUICK, said.append)
    assert said, "progress is shown"
    assert json.loads(json.dumps(result.figures)) is not None
    assert report.table(result.comparisons).count("\n") == 1 + len(result.comparisons)
    RESULTS[name] = result


def test_plots(tmp_path: Path) -> None:
    """Each plot is drawn from what was measured."""
    pytest.importorskip("matplotlib")
    figures = {name: result.figures for name, result in RESULTS.items()}
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
    answer = Result(
        [Comparison("a", "b", "x", [1.0], at_most=most), Comparison("c", "d", "x", [1.0])], {}
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
    ("comparison", "met"),
    [
        (Comparison("a", "b", "x", [1.0, 3.0, 2.0], at_least=2.0), "yes"),
        (Comparison("a", "b", "x", [1.0, 3.0, 2.0], at_least=2.1), "NO"),
        (Comparison("a", "b", "x", [1.0, 3.0, 2.0], at_most=1.9), "NO"),
        (Comparison("a", "b", "x", [1.0, 3.0, 2.0]), ""),
    ],
)
def test_table(comparison: Comparison, met: str) -> None:
    """A line of the table shows the median, its range, and whether the target is met."""
    cells = [cell.strip() for cell in report.table([comparison]).splitlines()[2].split("|")]
    assert cells[4:7] == ["2.00 x", "1.00 to 3.00", met]


def test_contenders() -> None:
    """Every installed contender takes part, under a readable name."""
    assert set(NEEDS) == set(LABELS)
    missing = set(NEEDS) - set(available())
    assert all(None in map(find_spec, NEEDS[name].split()) for name in missing)


def test_refusals_are_counted(server: ReadyServer) -> None:
    """The server counts what it refuses, so that zero 429 means something."""
    from http.client import HTTPConnection  # noqa: PLC0415

    url = server.url(10, rate_limit=1)
    statuses = []
    for _ in range(2):
        connection = HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", f"{url.partition(str(server.port))[2]}/x?start=0&limit=5")
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 429]
    assert server.tally(url) == (2, 1)


def test_the_cost_of_events_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each listener has a line, and so has a whole call."""
    monkeypatch.setattr("sys.argv", ["events", "--calls", "200"])
    import_module("benchmarks.events").main()
    assert capsys.readouterr().out.count("µs") == 5
