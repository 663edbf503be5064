"""Files of recipients: a CSV file with their placeholders, and a list of numbers."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from ip1_async.campaigns import normalise

_HEAD = "recipient"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def read_numbers(path: Path) -> list[str]:
    """Read a file of numbers, one in a line, such as those of people who opted out.

    Raises:
        ValueError: It is not UTF-8, or a line is no number with country code.
        OSError: It can't be read.
    """
    numbers = []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        if text.strip():
            numbers.append(_number(text, path, line))
    return numbers


def read_recipients(path: Path, body: str) -> dict[str, dict[str, str]]:
    """Read a CSV file of recipients, and the values for the placeholders of a body.

    The file is UTF-8, with or without BOM, and has commas or semicolons between its columns. Its
    first line names them: `recipient`, and one for each placeholder of the body. Columns that the
    body does not name are left out. Spaces, dashes, `+` and `00` may be in the numbers.

    Raises:
        ValueError: The file has another form, or a number can't be one or comes twice, in any form.
        OSError: It can't be read.
    """
    found, lines = dict[str, dict[str, str]](), dict[str, int]()
    rows = _rows(path)
    _, head = next(rows, (1, []))
    names = dict.fromkeys(_PLACEHOLDER.findall(body))
    for name in {_HEAD: None} | names:
        if head.count(name) != 1:
            raise ValueError(f"{path.name}: expected one column {name!r} in the first line")
    for line, row in rows:
        if len(row) != len(head):
            raise ValueError(f"{path.name}, line {line}: expected {len(head)} columns")
        number = _number(row[head.index(_HEAD)], path, line)
        if number in found:
            raise ValueError(f"{path.name}, line {line}: the number of line {lines[number]} again")
        found[number] = {name: row[head.index(name)] for name in names}
        lines[number] = line
    return found


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the line where they end."""
    text = read_text(path)
    first = next(csv.reader(text.splitlines()[:1], delimiter=";"), [])
    semicolons = _HEAD in map(str.strip, first)
    reader = csv.reader(StringIO(text), delimiter=";" if semicolons else ",", strict=True)
    head = True
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem = str(error)
            break
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield reader.line_num, [cell.strip() for cell in row] if head else row
            head = False
    raise ValueError(f"{path.name}, line {reader.line_num}: {problem}")


def read_text(path: Path) -> str:
    """Read a text in UTF-8, with or without BOM.

    Raises:
        ValueError: It is none.
        OSError: It can't be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        pass  # it would quote the file
    raise ValueError(f"{path.name}: expected UTF-8")


def _number(text: str, path: Path, line: int) -> str:
    number = normalise(text)
    if number is None:
        raise ValueError(f"{path.name}, line {line}: expected a number with country code")
    return number
