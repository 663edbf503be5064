"""Writes the `Link` header, as the documents want it and as servers get it wrong."""

from collections.abc import Callable
from typing import Literal, get_args

from attrs import frozen

from ip1_async.testing._slices import Slice

LinkStyle = Literal[
    "next+last",
    "next",
    "last",
    "none",
    "relative",
    "quoted",
    "multi",
    "malformed",
    "broken",
    "off_by_one",
]
LINK_STYLES: tuple[str, ...] = get_args(LinkStyle)
# In these a client finds no `next` that it can read.
WITHOUT_NEXT = frozenset({"last", "none", "broken"})
LastStyle = Literal["last", "past", "grid"]
LAST_STYLES: tuple[str, ...] = get_args(LastStyle)

LinkUrls = dict[str, str]


@frozen
class PagePlace:
    """Where a page lies in its list.

    Attributes:
        part: What the request asked for.
        rows: How many rows the page has; it may have fewer than the request asked for.
        total: How many rows the list has.
    """

    part: Slice
    rows: int
    total: int

    def starts(self, last_style: str) -> dict[str, int]:
        """Find where the link relations begin, counted from 0.

        `next` begins just after the last row of this page, even of a short one. A server does not
        know how long its later pages will be, so it counts to `last` in steps of the limit.
        """
        first, limit = self.part.first, self.part.limit
        past = last_style == "past"
        stop = first + self.rows
        more = stop < self.total or (past and stop == self.total and self.rows == limit)
        origin = 0 if last_style == "grid" else stop if more else first
        steps = (self.total - origin - (not past)) // limit
        starts = {"self": first, "first": 0}
        if first:
            starts["prev"] = max(first - limit, 0)
        if more:
            starts["next"] = stop
        starts["last"] = max(origin + steps * limit, 0)
        return starts


def _plain(links: LinkUrls) -> list[str]:
    return [", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())]


def _only_next(links: LinkUrls) -> list[str]:
    return _plain({"next": links["next"]}) if "next" in links else []


def _only_last(links: LinkUrls) -> list[str]:
    return _plain({"last": links["last"]})


def _relative(links: LinkUrls) -> list[str]:
    return _plain({rel: "/" + url.split("/", 3)[3] for rel, url in links.items()})


def _quoted(links: LinkUrls) -> list[str]:
    """Write what is odd but legal: quoted separators, capitals, bare tokens, many spaces."""
    entries = [
        f'<{url}> ;title="a, b; rel=\\"none\\" <x>" ; REL="{rel}";hreflang=sv'
        if rel != "last"
        else f"<{url}>;rel={rel}"
        for rel, url in links.items()
    ]
    return [" ,\t, ".join(entries)]


def _multi(links: LinkUrls) -> list[str]:
    """Write one header line per target, with all relations that point to it."""
    places: dict[str, list[str]] = {}
    for rel, url in links.items():
        places.setdefault(url, []).append(rel)
    return [f'<{url}>; rel="{" ".join(rels)}"' for url, rels in places.items()]


def _malformed(links: LinkUrls) -> list[str]:
    """Mix the defects that the documents have with a good entry."""
    url = links["self"]
    bad = (f'<{url}> rel="self"', f'<{url}>; rel="load"', '<>; rel="prev"')
    return [", ".join((*bad, *_only_next(links)))]


def _broken(links: LinkUrls) -> list[str]:
    return [f'{links["self"]}; rel="next", <{links["self"]} rel="last", ;;,"<']


_STYLES: dict[str, Callable[[LinkUrls], list[str]]] = {
    "next+last": _plain,
    "next": _only_next,
    "last": _only_last,
    "none": lambda _links: [],
    "relative": _relative,
    "quoted": _quoted,
    "multi": _multi,
    "malformed": _malformed,
    "broken": _broken,
    "off_by_one": _plain,
}


def link_lines(
    style: str, place: PagePlace, *, last_style: str, offset_base: int, url: str, more: str = ""
) -> list[str]:
    """Write the `Link` header of a page, one string for each header line."""
    # The documented example counts from 1, though offsets begin at 0.
    base = 1 if style == "off_by_one" else offset_base
    tail = f"&limit={place.part.limit}&order={'DESC' if place.part.descending else 'ASC'}{more}"
    starts = place.starts(last_style)
    return _STYLES[style](
        {rel: f"{url}?start={start + base}{tail}" for rel, start in starts.items()}
    )
