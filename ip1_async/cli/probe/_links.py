"""Reads `Link` headers for the probe: their form, and the numbers in them.

The probe is stricter than the client, which uses what it can read and ignores the rest.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, urlsplit

import attrs

from ip1_async.cli.probe._requests import Reply

RELATIONS = ("self", "first", "prev", "next", "last")
# RFC 8288, 3: a target in angle brackets, then parameters, each after a semicolon.
_TOKEN = r"[!#$%&'*+.^_`|~\w-]++"  # noqa: S105  # the grammar's word
_PARAMETER = rf"""\s*+;\s*+({_TOKEN})\s*+(?:=\s*+("(?:[^"\\]|\\.)*+"|{_TOKEN}))?+"""
_ENTRY = re.compile(rf"<([^<>\s]++)>((?:{_PARAMETER})*+)\s*+(?=,|$)")
_PARAMETERS = re.compile(_PARAMETER)


@attrs.frozen
class Link:
    """One entry of a header.

    Attributes:
        relations: Those of its relations that the documents name, in lower case.
        is_known: Whether the entry has only such relations.
        host: The host of the target; `None` if the target is relative.
        start: The offset in the target.
        limit: The page size in the target.
        order: The order in the target.
    """

    relations: tuple[str, ...]
    is_known: bool
    host: str | None
    start: int | None
    limit: int | None
    order: str | None


@attrs.frozen
class Links:
    """The links of one answer.

    Attributes:
        lines: How many `Link` headers there are.
        entries: The entries that RFC 8288 allows.
        is_well_formed: Whether these are all the entries.
    """

    lines: int
    entries: tuple[Link, ...]
    is_well_formed: bool

    def find(self, relation: str) -> Link | None:
        """Find the first link of a relation."""
        return next((each for each in self.entries if relation in each.relations), None)


def read_links(answer: Reply) -> Links:
    """Read the `Link` headers of an answer."""
    lines = answer.headers.getall("Link", [])
    found = list(_entries(lines))
    entries = tuple(each for each in found if each is not None)
    return Links(len(lines), entries, len(entries) == len(found))


def _entries(lines: Iterable[str]) -> Iterator[Link | None]:
    """Yield the entries between the commas; `None` for one that RFC 8288 does not allow."""
    for line in lines:
        place = _skip(line, 0)
        while place < len(line):
            entry = _ENTRY.match(line, place)
            yield _link(entry[1], entry[2]) if entry else None
            rest = entry.end() if entry else place + len(line[place:].partition(",")[0])
            place = _skip(line, rest)


def _skip(line: str, place: int) -> int:
    """Find the next place that is neither a blank nor a comma."""
    return len(line) - len(line[place:].lstrip(" \t,"))


def _link(target: str, parameters: str) -> Link | None:
    named = _PARAMETERS.findall(parameters)
    words = next((text for name, text in named if name.lower() == "rel"), "")
    relations = words.strip('"').lower().split()
    try:
        url = urlsplit(target)
    except ValueError:
        return None
    query = parse_qs(url.query)
    return Link(
        relations=tuple(each for each in RELATIONS if each in relations),
        is_known=bool(relations) and set(relations) <= set(RELATIONS),
        host=url.netloc or None,
        start=_number(query, "start"),
        limit=_number(query, "limit"),
        order=query.get("order", [None])[0],
    )


def _number(query: dict[str, list[str]], name: str) -> int | None:
    text = query.get(name, [""])[0]
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
