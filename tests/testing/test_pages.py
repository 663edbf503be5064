"""The habits of servers: pages that vary, rows printed twice, ties that change places.

The reader here knows the HTTP facts only. It asks the simulator without a socket.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from ip1_async.testing import LINK_STYLES, Request, Simulator
from ip1_async.testing._links import WITHOUT_NEXT

NUMBER = "46712345678"
BATCH = "5bc86b6e85c7209830f96936"
BUNDLE = "65eb3d14f784682890abc24f"
MOST_SWEEPS = 80


@attrs.frozen
class Page:
    """One answer, parsed."""

    start: int
    rows: list[Any]
    size: int
    links: Mapping[str, int]
    steps: frozenset[tuple[str, str]]


def get(sim: Simulator, path: str, **query: Any) -> tuple[int, bytes, list[str]]:
    """Ask without a socket; give status, body and `Link` headers."""
    texts = {name: str(value) for name, value in query.items()}
    headers = {"Authorization": "Bearer any", "Host": "sim"}
    answer = sim._api.answer(Request(0.0, "GET", path, path, texts, headers))
    links = [value for name, value in answer.headers if name == "Link"]
    return answer.status, answer.body, links


def ask(sim: Simulator, path: str, start: int, limit: int, order: str = "ASC") -> Page:
    """Ask for a page."""
    status, body, lines = get(sim, path, start=start, limit=limit, order=order)
    assert status in (200, 404)
    text = ", ".join(lines)
    found = re.findall(
        r'<[^<>]*start=(\d+)&limit=(\d+)&order=(\w+)>[^,]*? *; *rel="?([\w ]+)', text
    )
    if 'REL="' in text:
        found = re.findall(
            r'start=(\d+)&limit=(\d+)&order=(\w+)> ;title="[^>]*>" ; REL="(\w+)', text
        )
    links = {name: int(each[0]) for each in found for name in each[3].split()}
    steps = frozenset((each[1], each[2]) for each in found)
    return Page(start, json.loads(body) if status == 200 else [], len(body), links, steps)


def read(sim: Simulator, path: str, limit: int, order: str = "ASC") -> Iterator[Page]:
    """Follow `next` until there is none; where there are no links, go on until nothing comes."""
    start: int = sim.offset_base
    linked = sim.link_style not in WITHOUT_NEXT
    for _ in range(20_000):
        page = ask(sim, path, start, limit, order)
        yield page
        if sim.ignore_paging or ("next" not in page.links if linked else not page.rows):
            return
        # `off_by_one` skips a row, as the documents print it: only its presence can be trusted.
        skips = not linked or sim.link_style == "off_by_one"
        start = page.start + len(page.rows) if skips else page.links["next"]
    raise AssertionError("the list has no end")


def ids(pages: Iterator[Page]) -> list[str]:
    """Give the ids of all rows, in the order they came."""
    return [row["id"] for page in pages for row in page.rows]


def printed(wanted: Sequence[str], repeat: int | None) -> list[str]:
    """Print every `repeat`-th id twice."""
    rows: list[str] = []
    for place, each in enumerate(wanted, 1):
        rows += [each, each] if repeat and place % repeat == 0 else [each]
    return rows


# --- every combination


OPTIONS = {
    "seed": st.integers(0, 9),
    "max_page_size": st.sampled_from([1, 7, 50, 200]),
    "page_sizes": st.one_of(
        st.none(),
        st.sampled_from([[80, 120, 200], [0, 1], [200, 0, 0, 1], range(80, 201), range(4), [1]]),
        st.lists(st.integers(1, 250), min_size=1, max_size=5),
    ),
    "max_page_bytes": st.one_of(st.none(), st.integers(1, 60_000)),
    "shuffle_ties": st.sampled_from([None, None, 2, 3, 30, 500]),
    "repeat_rows": st.sampled_from([None, None, 1, 2, 7, 100]),
    "link_style": st.sampled_from(LINK_STYLES),
    "last_style": st.sampled_from(["last", "past", "grid"]),
    "offset_base": st.sampled_from([0, 1]),
    "past_end": st.sampled_from(["empty", "404"]),
    "ignore_paging": st.sampled_from([False, False, False, True]),
}


@st.composite
def options(draw: st.DrawFn) -> dict[str, Any]:
    """Draw options that do not contradict each other."""
    chosen: dict[str, Any] = {name: draw(each) for name, each in OPTIONS.items()}
    if chosen["ignore_paging"]:
        chosen |= {"page_sizes": None, "max_page_bytes": None}
    if 0 in (chosen["page_sizes"] or ()) and chosen["link_style"] in WITHOUT_NEXT:
        chosen["page_sizes"] = [80, 120, 200]
    return chosen


def serve(kind: str, count: int, chosen: dict[str, Any]) -> tuple[Simulator, str]:
    """Make a simulator with one list, and the list's path."""
    own = [
        {
            "id": f"own-{number}",
            "direction": "mo",
            "modified": f"2026-03-01T10:00:{number // 7:02}Z",
        }
        for number in range(count)
    ]
    match kind:
        case "batch":
            return Simulator(batches={BATCH: count}, **chosen), f"/v2/batches/{BATCH}/messages"
        case "bundle":
            return Simulator(bundles={BUNDLE: count}, **chosen), f"/v3/bundles/{BUNDLE}/messages"
        case "given":
            return Simulator(conversations={NUMBER: own}, **chosen), f"/v2/conversations/{NUMBER}"
    sim = Simulator(conversations={NUMBER: count // 2}, **chosen)
    sim.insert(NUMBER, count // 4, own[: count - count // 2])
    return sim, f"/v2/conversations/{NUMBER}{kind}"


def check_page(sim: Simulator, page: Page, limit: int, order: str, total: int) -> None:
    """Hold one page to what the options promise, and its links to what it shows."""
    if sim.ignore_paging:
        assert (len(page.rows), page.links) == (total, {})
        return
    most = min(limit, sim.max_page_size)
    sizes = sim.page_sizes or [most]
    assert len(page.rows) <= min(most, max(sizes))
    assert sim.max_page_bytes is None or page.size <= sim.max_page_bytes or len(page.rows) < 2
    assert page.steps <= {(str(most), order)}
    stop = page.start - sim.offset_base + len(page.rows)
    shift = int(sim.link_style == "off_by_one") or sim.offset_base
    if "next" in page.links:
        assert page.links["next"] == stop + shift
        assert stop < total or (sim.last_style == "past" and len(page.rows) == most)
    if not page.rows and stop >= total and sim.past_end == "404":
        assert not page.links
    elif sim.link_style in ("next+last", "last", "relative", "off_by_one"):
        room = total if sim.last_style == "past" else max(total - 1, 0)
        assert page.links["last"] - shift <= room < page.links["last"] - shift + most
    if sim.link_style in ("next+last", "next", "relative", "multi", "malformed"):
        assert stop >= total or "next" in page.links


@given(
    chosen=options(),
    kind=st.sampled_from(["batch", "bundle", "given", "", "/mt", "/mo"]),
    count=st.integers(0, 1200),
    limit=st.sampled_from([1, 20, 50, 199, 200, 500]),
    order=st.sampled_from(["ASC", "DESC"]),
)
def test_a_reader_gets_every_message_once(
    chosen: dict[str, Any], kind: str, count: int, limit: int, order: str
) -> None:
    """Whatever is combined, who follows the pages of a list at rest gets all of it, once."""
    plain, path = serve(kind, count, {"seed": chosen["seed"], "max_page_size": 5_000})
    wanted = ids(read(plain, path, 5_000, "ASC"))
    rows = printed(wanted, chosen["repeat_rows"])
    if order == "DESC" and not chosen["ignore_paging"]:
        rows.reverse()
    sim, _ = serve(kind, count, chosen)
    pages = list(read(sim, path, limit, order))
    for page in pages:
        if rows:
            check_page(sim, page, limit, order, len(rows))
    assert sum(len(page.rows) for page in pages) == len(rows)
    again, _ = serve(kind, count, chosen)
    assert list(read(again, path, limit, order)) == pages
    if chosen["shuffle_ties"] is None:
        assert ids(iter(pages)) == rows
        return
    seen = set(ids(iter(pages)))
    for _ in range(MOST_SWEEPS):  # what changes places at a seam comes in another sweep
        if len(seen) == len(wanted):
            break
        seen.update(ids(read(sim, path, limit, order)))
    assert seen == set(wanted)
