"""Reading `start`, `limit` and `order`, and writing `Link` in the ways servers are known to."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from attrs import frozen

LinkStyle = Literal[
    "next+last",
    "next",
    "none",
    "relative",
    "quoted",
    "multi",
    "malformed",
    "broken",
    "off_by_one",
]
LINK_STYLES: tuple[str, ...] = get_args(LinkStyle)

Targets = dict[str, str]


class PagingError(Exception):
    """What is wrong with the paging of a request, by parameter."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(reason)
        self.parameter = parameter


@frozen
class Rules:
    """How a server pages."""

    default_page_size: int
    max_page_size: int
    over_limit: str
    offset_base: int
    last_style: str


@frozen
class Slice:
    """The part of a list that was asked for; `first` counts from 0."""

    first: int
    limit: int
    descending: bool

    def positions(self, total: int) -> range:
        """Give the positions in the list, in the order of the answer."""
        stop = min(self.first + self.limit, total)
        if self.descending:
            return range(total - 1 - self.first, total - 1 - stop, -1)
        return range(self.first, stop)


def read_slice(query: Mapping[str, str], rules: Rules) -> Slice:
    """Read the paging of a request.

    Raises:
        PagingError: A value is not a number, negative, or out of bounds.
    """
    start = _number(query, "start", rules.offset_base, least=0)
    limit = _number(query, "limit", rules.default_page_size, least=1)
    order = query.get("order", "ASC").upper()
    if order not in {"ASC", "DESC"}:
        raise PagingError("order", "Not ASC or DESC")
    if limit > rules.max_page_size and rules.over_limit == "400":
        raise PagingError("limit", f"At most {rules.max_page_size}")
    first = max(start - rules.offset_base, 0)
    return Slice(first, min(limit, rules.max_page_size), order == "DESC")


def _number(query: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise PagingError(name, f"Not a number of at least {least}")
    return int(text)


def targets(part: Slice, total: int, rules: Rules) -> dict[str, int]:
    """Find where the link relations of a page begin, counted from 0."""
    past = rules.last_style == "past"
    pages_left = (total - part.first - (0 if past else 1)) // part.limit
    starts = {"self": part.first, "first": 0}
    if part.first:
        starts["prev"] = max(part.first - part.limit, 0)
    if pages_left > 0:
        starts["next"] = part.first + part.limit
    starts["last"] = max(part.first + pages_left * part.limit, 0)
    return starts


def _plain(links: Targets) -> list[str]:
    return [", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())]


def _only_next(links: Targets) -> list[str]:
    return _plain({"next": links["next"]}) if "next" in links else []


def _relative(links: Targets) -> list[str]:
    return _plain({rel: "/" + url.split("/", 3)[3] for rel, url in links.items()})


def _quoted(links: Targets) -> list[str]:
    """Write legal oddities: quoted separators, names in capitals, bare tokens, odd spaces."""
    entries = [
        f'<{url}> ;title="a, b; rel=\\"none\\" <x>" ; REL="{rel}";hreflang=sv'
        if rel != "last"
        else f"<{url}>;rel={rel}"
        for rel, url in links.items()
    ]
    return [" ,\t, ".join(entries)]


def _multi(links: Targets) -> list[str]:
    """Join the relations that point to one place, one header line for each place."""
    places: dict[str, list[str]] = {}
    for rel, url in links.items():
        places.setdefault(url, []).append(rel)
    return [f'<{url}>; rel="{" ".join(rels)}"' for url, rels in places.items()]


def _malformed(links: Targets) -> list[str]:
    """Mix the defects of the documents with good entries."""
    url = links["self"]
    bad = (f'<{url}> rel="self"', f'<{url}>; rel="load"', '<>; rel="prev"')
    return [", ".join((*bad, *_only_next(links)))]


def _broken(links: Targets) -> list[str]:
    return [f'{links["self"]}; rel="next", <{links["self"]} rel="last", ;;,"<']


_STYLES: dict[str, Callable[[Targets], list[str]]] = {
    "next+last": _plain,
    "next": _only_next,
    "none": lambda _links: [],
    "relative": _relative,
    "quoted": _quoted,
    "multi": _multi,
    "malformed": _malformed,
    "broken": _broken,
    "off_by_one": _plain,
}


def link_lines(style: str, part: Slice, total: int, rules: Rules, url: str) -> list[str]:
    """Write the `Link` header of a page, one string for each header line."""
    # The documented example counts from 1, whatever the offsets do.
    base = 1 if style == "off_by_one" else rules.offset_base
    tail = f"&limit={part.limit}&order={'DESC' if part.descending else 'ASC'}"
    starts = targets(part, total, rules)
    return _STYLES[style](
        {rel: f"{url}?start={start + base}{tail}" for rel, start in starts.items()}
    )
