"""Numbers as people write them, alone and in lists."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async.cli import _app
from ip1_async.cli._numbers import Numbers
from ip1_async.testing import Fault, Simulator

NUMBER = "46701234567"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give one conversation."""
    return {"conversations": {NUMBER: 3}}


@pytest.mark.parametrize(
    "text",
    [
        "46701234567",
        "+46701234567",
        " +46 70-123 45 67 ",
        "0046 70 123 45 67",
        "00-46-701234567",
        "+46 (0)70 123 45 67",
        "0046 (0) 70 123 45 67",
        "46.70.123.45.67",
        "46\N{NO-BREAK SPACE}70\N{EN DASH}1234567",
    ],
)
def test_a_number_has_many_forms(text: str) -> None:
    """With a country code, each of them is the same."""
    assert Numbers().read(text) == NUMBER
    assert Numbers(country="DK").read(text) == NUMBER
    assert Numbers(country="SE").read(text) == NUMBER


@pytest.mark.parametrize("text", ["Acme", "24/7", "112", "Shop 24", "+", "-", "A46701234567", ""])
def test_a_name_is_kept(text: str) -> None:
    """So is what is too short for a number."""
    assert Numbers().read(text) == text
    assert Numbers(country="SE").read(text) == text


@pytest.mark.parametrize(
    ("country", "text", "number"),
    [
        ("SE", "0701234567", NUMBER),
        ("se", "070-123 45 67", NUMBER),
        ("DK", "20 12 34 56", "4520123456"),
        ("US", "(201) 555-0123", "12015550123"),
        ("IT", "06 6982 1234", "390669821234"),
    ],
)
def test_a_country_completes_a_number(country: str, text: str, number: str) -> None:
    """As numbers are written there."""
    assert Numbers(country=country).read(text) == number


@pytest.mark.parametrize(
    ("country", "text", "reason"),
    [
        (None, "0701234567", "write 46701234567 (for Sweden), or --country SE"),
        (None, "00 0701234567", "write 46701234567 (for Sweden), or --country SE"),
        (None, "0000000", "write it with its country code, or --country SE"),
        ("DK", "0701234567", "0701234567 is no number of DK"),
        ("SE", "01", None),
        ("SE", "0" * 30, "is no number of SE"),
        ("SE", "01" + "2" * 30, "is no number of SE"),
        ("XX", "0701234567", "--country: expected two letters such as SE"),
        ("Sweden", "0701234567", "--country: expected two letters such as SE"),
    ],
)
def test_what_can_not_be_known_is_refused(
    country: str | None, text: str, reason: str | None
) -> None:
    """With what to write instead; nothing is guessed."""
    if reason is None:
        assert Numbers(country=country).read(text) == text
        return
    with pytest.raises(ValueError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        Numbers(country=country).read(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """A text is itself, or digits, or refused; and what was read is read as itself."""
    try:
        read = Numbers().read(text)
    except ValueError:
        return
    assert read == text or read.isdecimal()
    assert Numbers().read(read) == read


@pytest.mark.parametrize("command", ["messages", "summary", "bench", "probe"])
async def test_commands_that_read_take_any_form(
    server: Simulator, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """They ask for the number, or say how to write it, and then send nothing."""
    assert await _app.execute([command, "070-123 45 67"]) == 2
    assert "46701234567 (for Sweden), or --country SE" in capsys.readouterr().err
    assert not server.requests
    await _app.execute([command, "070-123 45 67", "--country", "SE"])
    assert f"/v2/conversations/{NUMBER}" in server.requests[0].path


async def test_the_blacklist_takes_any_form(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that is refused changes nothing."""
    assert await _app.execute(["blacklist", "--add", "0046 1", "--remove", "070 1234567"]) == 2
    assert not server.requests
    options = ["--add", "070 1234567", "--country", "SE"]
    assert await _app.execute(["blacklist", *options]) == 0
    assert NUMBER in capsys.readouterr().out


async def test_a_list_has_comments(
    server: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments and blank lines are left out, and numbers have any form."""
    file = tmp_path / "numbers"
    file.write_text("# people\n\n  +46 70-123 45 67\n#0701\nNobody\n", encoding="utf-8")
    command = ["archive", "--from-file", str(file), "-o", str(tmp_path / "a")]
    assert await _app.execute(command) == 0
    assert "conversations 2," in capsys.readouterr().out
    assert await _app.execute([*command, "--fail-if-missing"]) == 1
    first, reason = capsys.readouterr().err.splitlines()
    assert first == "ip1: 1 of 2 conversations failed"
    assert reason == "ip1: Nobody: no messages with this number or name; the base URL is right"


async def test_a_list_comes_from_stdin(
    server: Simulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that can't be used is named by its place."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"46701234567\n")))
    command = ["archive", "--from-file", "-", "-o", str(tmp_path / "a")]
    assert await _app.execute(command) == 0
    assert "conversations 1," in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"# x\n\n0701234567\n")))
    assert await _app.execute(command) == 2
    assert capsys.readouterr().err.startswith("ip1: stdin, line 3: 0701234567 has no country code")


async def test_a_list_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another file is refused with one line."""
    file = tmp_path / "numbers"
    file.write_bytes(b"\xff\xfe")
    assert await _app.execute(["archive", "--from-file", str(file), "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"ip1: {file} is no text in UTF-8\n"


# Nobody there.


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v2", "no messages with this number or name; the base URL is right"),
        ("/v1", "no messages, and no batches either: the base URL may be wrong"),
    ],
)
async def test_an_unknown_number_is_no_wrong_url(
    server: Simulator, capsys: pytest.CaptureFixture[str], path: str, reason: str
) -> None:
    """Batches tell them apart; with --fail-if-missing the exit code tells of both."""
    url = server.v2_url.replace("/v2", path)
    for options, code in (([], 0), (["--fail-if-missing"], 1)):
        assert await _app.execute(["messages", "4670", "--v2-url", url, *options]) == code
        assert capsys.readouterr() == ("", f"ip1: {reason}\n")
    assert await _app.execute(["summary", "4670", "--v2-url", url]) == 1
    assert capsys.readouterr().err == f"ip1: {reason}\n"


async def test_where_both_look_the_same_this_is_said(
    server: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that does not list batches leaves it open."""
    server.faults = [None, *[Fault(status=400)] * 9]
    assert await _app.execute(["messages", "4670"]) == 0
    assert "a wrong base URL looks the same" in capsys.readouterr().err
