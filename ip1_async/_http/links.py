"""RFC 8288 `Link` headers, read for their numbers only.

No URL of a link is ever followed: the client builds every URL from its own base, so that no link
can carry the token away. An entry that can't be read is no entry.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

# Every alternative takes what it starts on and never gives it back, so that time stays linear. A
# quote that never ends takes all the rest.
_PIECE = re.compile(r"""<[^<>]*+>|"(?:[^"\\]|\\.)*+"?|,|[^<",]++|<""")
_PARAMETER = re.compile(
    r"""([!#$%&'*+.^_`|~\w-]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",;]*+)))?"""
    r"""|"(?:[^"\\]|\\.)*+"?"""
)
_ESCAPE = re.compile(r"\\(.)")
_START = re.compile(r"(?:^|&)start=([0-9]{1,16})(?=&|$)")
_LARGEST_OFFSET = 2**53
# An entry as most servers write it; the other expressions read it, too, in three times the time.
_USUAL = re.compile(
    r"""[ ]*+<[^<>"#?]*+\?(?:(?!start=)[^<>"#&]*+&)*+start=([0-9]{1,16})(?=[&>])[^<>"#]*+>;"""
    r"""[ ]*+rel="([a-z]++)"(?:,|$)"""
)


def parse_links(headers: Iterable[str]) -> dict[str, int | None]:
    """Read `Link` header values into offsets by relation, in lower case; `None` without a number.

    If a relation comes twice, the first one counts.
    """
    links: dict[str, int | None] = {}
    for header in headers:
        place = 0
        while entry := _USUAL.match(header, place):
            links.setdefault(entry[2], min(int(entry[1]), _LARGEST_OFFSET))
            place = entry.end()
        for target, rest in _entries(header[place:]) if place < len(header) else ():
            if relations := _relations(rest):
                start = _start(target)
                for relation in relations:
                    links.setdefault(relation, start)
    return links


def _entries(header: str) -> Iterator[tuple[str, str]]:
    """Split at the commas outside of quotes and targets into targets and their parameters."""
    pieces: list[str] = []
    for piece in [*_PIECE.findall(header), ","]:
        if piece != ",":
            if pieces or piece.strip(" \t;"):
                pieces.append(piece)
        else:
            if pieces and pieces[0].startswith("<") and pieces[0].endswith(">"):
                yield pieces[0][1:-1], "".join(pieces[1:])
            pieces = []


@lru_cache(maxsize=64)  # a server writes the same few on every page
def _relations(parameters: str) -> tuple[str, ...]:
    for name, quoted, token in _PARAMETER.findall(parameters):
        # RFC 8288, 3.3: of several rel parameters the first counts, and it may name several.
        if name.lower() == "rel":
            return tuple(_ESCAPE.sub(r"\1", quoted or token).lower().split())
    return ()


def _start(target: str) -> int | None:
    found = _START.search(target.partition("#")[0].partition("?")[2])
    return None if found is None else min(int(found[1]), _LARGEST_OFFSET)
