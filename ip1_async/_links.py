"""RFC 8288 `Link` headers, read for their numbers only.

No URL of a link is ever followed: the client builds every URL from its own base, so that no link
can carry the token away. An entry that can't be read is no entry.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

import attrs

# One step of the grammar each; no two alternatives start alike, so that matching stays linear.
_TARGET = re.compile(r"[\s,;]*+<([^<>]*)>")
_PARAMETER = re.compile(
    r"""\s*+;?\s*+([!#$%&'*+.^_`|~\w-]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",;]*+)))?"""
)
_ENTRY_END = re.compile(r"\s*+(?:;\s*+)*+(?:,|$)")
_QUOTED_OR_OTHER = re.compile(r""""(?:[^"\\]|\\.)*+"|[^",]""")
_LARGEST_OFFSET = 2**53


@attrs.frozen
class PageLink:
    """The numbers of one link; `None` where it names none."""

    start: int | None
    limit: int | None


def parse_links(headers: Iterable[str]) -> dict[str, PageLink]:
    """Read `Link` header values into the numbers by relation, in lower case.

    Where a relation stands twice the first one counts.
    """
    links: dict[str, PageLink] = {}
    for header in headers:
        position = 0
        while match := _TARGET.match(header, position):
            parameters, position = _parameters(header, match.end())
            # RFC 8288, 3.3: of several rel parameters the first counts, and it may name several.
            for relation in parameters.get("rel", "").lower().split():
                links.setdefault(relation, _numbers(match[1]))
    return links


def _parameters(header: str, position: int) -> tuple[Mapping[str, str], int]:
    """Read the parameters of one entry, and say where the next entry starts."""
    found: dict[str, str] = {}
    while not (end := _ENTRY_END.match(header, position)):
        parameter = _PARAMETER.match(header, position)
        if parameter is None:
            return found, _skip_entry(header, position)
        name, quoted, token = parameter.groups()
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token or ""
        found.setdefault(name.lower(), value)
        position = parameter.end()
    return found, end.end()


def _skip_entry(header: str, position: int) -> int:
    """Go past what can't be read, to the next comma outside of quotes."""
    while match := _QUOTED_OR_OTHER.match(header, position):
        position = match.end()
    return position + 1


def _numbers(target: str) -> PageLink:
    query = parse_qs(target.partition("#")[0].partition("?")[2])
    return PageLink(_number(query.get("start")), _number(query.get("limit")))


def _number(values: list[str] | None) -> int | None:
    if values is None or not re.fullmatch(r"[0-9]{1,16}", values[0]):
        return None
    return min(int(values[0]), _LARGEST_OFFSET)
