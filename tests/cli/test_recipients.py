"""Files of recipients, as people and spreadsheets write them."""

from pathlib import Path

import pytest

from ip1_async.cli.send._files import read_numbers, read_recipients

ANN, BO = "46701234567", "46707654321"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a path."""
    return tmp_path / "people.csv"


@pytest.mark.parametrize(
    "data",
    [
        f"recipient,name\n{ANN},Ann\n{BO},Bo\n".encode(),
        f"recipient;name\r\n{ANN};Ann\r\n{BO};Bo".encode("utf-8-sig"),
        f'name;recipient;more\nAnn;"+46 70-123 45 67";x\n\n;;\nBo;00{BO};y\n'.encode(),
        f' recipient , name \n{ANN},Ann\n"{BO}","Bo"\n'.encode(),
        f'recipient,name,"a;b"\n{ANN},Ann,1\n{BO},Bo,2\n'.encode(),
    ],
)
def test_commas_or_semicolons_with_or_without_bom(file: Path, data: bytes) -> None:
    """Columns come in any order; those that the text does not name are left out."""
    file.write_bytes(data)
    assert read_recipients(file, "Hi {name}") == {ANN: {"name": "Ann"}, BO: {"name": "Bo"}}


def test_values_stay_as_they_are(file: Path) -> None:
    """Commas, quotes, line breaks and spaces in a cell are the person's own."""
    text = f'recipient,a,b\n{ANN}," x,""y""\nz ",\n'
    file.write_text(text, encoding="utf-8")
    found = read_recipients(file, "{a}{b}{recipient}{a}")
    assert found == {ANN: {"a": ' x,"y"\nz ', "b": "", "recipient": ANN}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "one column 'recipient'"),
        (f"number\n{ANN}\n", "one column 'recipient'"),
        (f"recipient,name,name\n{ANN},A,B\n", "one column 'name'"),
        (f"recipient\n{ANN}\n", "one column 'name'"),
        (f"recipient,name\n{ANN}\n", "line 2: expected 2 columns"),
        (f"recipient,name\n{ANN},A,B\n", "line 2: expected 2 columns"),
        ("recipient,name\n070-123 45 67,Ann\n", "line 2: expected a number"),
        ("recipient,name\n4.67E+10,Ann\n", "line 2: expected a number"),
        (f"recipient,name\n{ANN},Ann\n\n+46 70 123 45 67,Bo\n", "line 4: the number of line 2"),
        (f'recipient,name\n{ANN},"Ann\n', "line 2: "),
        ("recipient,name\n\udcff,Ann\n", "expected UTF-8"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(file: Path, text: str, problem: str) -> None:
    """No text of an error shows a number."""
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=problem) as caught:
        read_recipients(file, "Hi {name}")
    assert "4670" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_list_of_numbers_is_one_per_line(file: Path) -> None:
    """Blank lines are skipped; what is no number is an error, as somebody would get a message."""
    file.write_text(f"\ufeff+46 70-123 45 67\n\n{BO}\n", encoding="utf-8")
    assert read_numbers(file) == [ANN, BO]
    file.write_text(f"{BO}\n070 1234567\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_numbers(file)
