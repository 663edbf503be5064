"""The habits of servers: pages that vary, rows printed twice, ties that change places.

The reader here knows the HTTP facts only. It asks the simulator without a socket.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async.testing import LINK_STYLES, Request, Simulator
from ip1_async.testing._links import WITHOUT_NEXT

NUMBER = "46712345678"
BATCH = "5bc86b6e85c7209830f96936"
BUNDLE = "65eb3d14f784682890abc24f"
MOST_SWEEPS = 80


@attrs.frozen
class ParsedPage:
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
    answer = sim._endpoints.answer(Request(0.0, "GET", path, path, texts, headers))
    links = [value for name, value in answer.headers if name == "Link"]
    return answer.status, answer.body, links


def ask(sim: Simulator, path: str, start: int, limit: int, order: str = "ASC") -> ParsedPage:
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
    return ParsedPage(start, json.loads(body) if status == 200 else [], len(body), links, steps)


def read(sim: Simulator, path: str, limit: int, order: str = "ASC") -> Iterator[ParsedPage]:
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


def ids(pages: Iterator[ParsedPage]) -> list[str]:
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


def check_page(sim: Simulator, page: ParsedPage, limit: int, order: str, total: int) -> None:
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
    """With all combinations of options, following the pages of a list at rest gives it once."""
    count = min(count, 40 * limit)  # else most of the time goes to pages of one row
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


# --- each habit


PATH = f"/v2/conversations/{NUMBER}"


def own(count: int, modified: str | None = "2026-03-01T10:00:00Z") -> list[dict[str, Any]]:
    """Make messages of the caller's, all of one second."""
    made = [{"id": str(number), "modified": modified} for number in range(count)]
    return made if modified else [{"id": each["id"]} for each in made]


def sizes(sim: Simulator, path: str = PATH) -> list[int]:
    """Read a list; give the lengths of its pages."""
    return [len(page.rows) for page in read(sim, path, 200)]


def test_sizes_come_in_turn() -> None:
    """Each list goes through the sizes on its own, and begins anew after the last of them."""
    sim = Simulator(conversations={NUMBER: 600, "other": 100}, page_sizes=[80, 120, 200])
    assert sizes(sim) == [80, 120, 200, 80, 120]
    assert sizes(sim, "/v2/conversations/other") == [80, 20]
    assert sizes(sim) == [200, 80, 120, 200]


def test_sizes_are_drawn_by_the_seed() -> None:
    """A range gives sizes within its bounds, other ones for another seed."""
    drawn = [
        sizes(Simulator(conversations={NUMBER: 5_000}, page_sizes=range(80, 121), seed=seed))
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(80 <= size <= 120 for size in drawn[0][:-1])
    assert len(set(drawn[0])) > 10


def test_a_page_can_be_empty_with_more_behind_it() -> None:
    """An empty page says `next` with its own start, where the next answer goes on."""
    sim = Simulator(conversations={NUMBER: 300}, page_sizes=[100, 0, 1])
    pages = list(read(sim, PATH, 200))
    assert [len(page.rows) for page in pages] == [100, 0, 1, 100, 0, 1, 98]
    assert [page.links.get("next") for page in pages] == [100, 100, 101, 201, 201, 202, None]


@pytest.mark.parametrize("most", [1, 1_000, 20_000])
def test_bytes_cap_a_page(most: int) -> None:
    """A page holds all rows that fit into its bytes, and one row where none does."""
    sim = Simulator(conversations={NUMBER: 40}, max_page_bytes=most)
    status, body, _ = get(sim, PATH, limit=40)
    whole = json.loads(get(Simulator(conversations={NUMBER: 40}), PATH, limit=40)[1])
    rows = json.loads(body)
    assert (status, rows) == (200, whole[: len(rows)])
    assert len(body) <= most or len(rows) == 1
    if len(rows) < 40:
        more = json.dumps(whole[: len(rows) + 1], ensure_ascii=False, separators=(",", ":"))
        assert len(more.encode()) > most


def test_a_repeated_message_takes_two_rows() -> None:
    """Every third message is printed twice, and offsets and limits count both rows."""
    sim = Simulator(conversations={NUMBER: own(7)}, repeat_rows=3)
    assert ids(iter([ask(sim, PATH, 0, 200)])) == list("012234556")
    page = ask(sim, PATH, 3, 3)
    assert ids(iter([page])) == list("234")
    assert page.links["next"] == 6


def test_ties_change_places_at_each_request() -> None:
    """Messages of one second come in another order each time, within their block."""
    sim = Simulator(conversations={NUMBER: own(30)}, shuffle_ties=10)
    orders = [ids(iter([ask(sim, PATH, 0, 30)])) for _ in range(5)]
    assert len({tuple(each) for each in orders}) == 5
    for order in orders:
        for block in range(0, 30, 10):
            assert sorted(map(int, order[block : block + 10])) == list(range(block, block + 10))


@pytest.mark.parametrize("modified", [None, *(f"2026-03-01T10:00:0{second}Z" for second in (0, 1))])
def test_only_ties_change_places(modified: str | None) -> None:
    """Messages of different seconds, and those that name none, stay where they are."""
    mine = [*own(2, "2026-03-01T09:00:00Z"), *own(4, modified), *own(2, "2026-03-01T11:00:00Z")]
    sim = Simulator(conversations={NUMBER: mine}, shuffle_ties=100)
    seen = [[row.get("modified") for row in ask(sim, PATH, 0, 50).rows] for _ in range(9)]
    assert seen == [[each.get("modified") for each in mine]] * 9
    if modified is None:
        assert {tuple(ids(iter([ask(sim, PATH, 2, 4)]))) for _ in range(9)} == {tuple("0123")}


@pytest.mark.parametrize("kind", ["batch", "bundle", "/mt", "/mo", ""])
def test_made_messages_are_made_as_ties(kind: str) -> None:
    """The made messages of a block share the second of their last update, also one by one."""
    if kind in {"batch", "bundle"}:
        sim, path = serve(kind, 90, {"shuffle_ties": 30})
    else:
        sim = Simulator(conversations={NUMBER: 90}, shuffle_ties=30)
        path = f"{PATH}{kind}"
    rows = ask(sim, path, 0, 200).rows
    seconds = [row["modified"][:19] for row in rows]
    assert seconds == sorted(seconds)
    assert len(set(seconds)) == 3
    if kind not in {"batch", "bundle"}:
        row = rows[7]
        single = get(sim, f"/v2/batches/{row['batchId']}/messages/{row['id']}")[1]
        assert json.loads(single)["modified"] == row["modified"]


def test_ties_can_end() -> None:
    """Without `shuffle_ties` messages have their own times again, and their own order."""
    sim = Simulator(conversations={NUMBER: 90})
    before = ask(sim, PATH, 0, 90).rows
    sim.shuffle_ties = 30
    assert ask(sim, PATH, 0, 90).rows != before
    sim.shuffle_ties = None
    assert ask(sim, PATH, 0, 90).rows == before


@pytest.mark.parametrize(
    ("last_style", "start", "last"), [("last", 150, 250), ("past", 150, 250), ("grid", 150, 200)]
)
def test_last_by_the_grid(last_style: Any, start: int, last: int) -> None:
    """`last` counts pages from the one that was asked for, or from the first row on."""
    sim = Simulator(conversations={NUMBER: 300}, last_style=last_style)
    assert ask(sim, PATH, start, 100).links["last"] == last


def test_last_of_a_page_that_was_cut() -> None:
    """The server counts to `last` from `next` on, in pages of the limit."""
    sim = Simulator(conversations={NUMBER: 4_000}, page_sizes=[80])
    assert ask(sim, PATH, 0, 200).links == {"self": 0, "first": 0, "next": 80, "last": 3_880}


# --- messages of the caller's own


MINE = {"id": "mine", "batchId": "b", "direction": 1, "statuses": [], "segments": "2", "new": "å"}


def test_own_messages_join_a_generated_list() -> None:
    """They are served as they are, with their direction, in the summary, by batch and by id."""
    sim = Simulator(conversations={NUMBER: 20})
    sim.append(NUMBER, [MINE])
    sim.insert(NUMBER, 0, [MINE | {"id": "first", "direction": "MT"}])
    rows = ask(sim, PATH, 0, 50).rows
    assert [rows[0]["id"], len(rows), rows[-1]] == ["first", 22, MINE]
    assert ask(sim, f"{PATH}/mo", 0, 50).rows[-1] == MINE
    assert len(ask(sim, f"{PATH}/mt", 0, 50).rows) == 15
    summary = json.loads(get(sim, f"{PATH}/summary")[1])
    assert summary["totalMessageCount"] == 22
    assert summary["mobileOriginatedMessages"]["0"] == {"messages": 1, "sms": 2}
    assert json.loads(get(sim, "/v2/batches/b/messages/mine")[1]) == MINE
    batch = json.loads(get(sim, "/v2/batches/b/messages")[1])
    assert {each["id"] for each in batch} == {"mine", "first"}
    made = rows[1]
    found = get(sim, f"/v2/batches/{made['batchId']}/messages/{made['id']}")
    assert json.loads(found[1])["id"] == made["id"]


def test_own_messages_stay_the_callers() -> None:
    """A change of the caller's dict shows at the next request; a purge takes the message out."""
    sim = Simulator(conversations={NUMBER: 3}, batches={BATCH: 2})
    mine: dict[str, Any] = {"id": "mine"}
    sim.append(NUMBER, [mine])
    assert ask(sim, PATH, 0, 50).rows[-1] == {"id": "mine"}
    mine["statuses"] = [{"code": 201, "created": "2026-03-01T10:00:00Z"}]
    assert ask(sim, PATH, 0, 50).rows[-1] == mine
    sim.append(NUMBER, 2)
    assert ask(sim, PATH, 0, 50).rows[3] == mine
    sim.purge(NUMBER, 3, 4)
    assert "mine" not in ids(iter([ask(sim, PATH, 0, 50)]))
    sim.insert(BATCH, 1, [mine])
    assert ids(iter([ask(sim, f"/v2/batches/{BATCH}/messages", 0, 50)]))[1] == "mine"


def test_own_messages_join_a_given_list() -> None:
    """They go into the caller's list, before or behind what it has."""
    mine = own(2)
    sim = Simulator(conversations={NUMBER: mine})
    sim.append(NUMBER, [MINE])
    sim.insert(NUMBER, 1, (MINE | {"id": "second"},))
    assert [each["id"] for each in mine] == ["0", "second", "1", "mine"]
    assert ask(sim, PATH, 0, 50).rows == mine


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        (-1, ValueError),
        ({"id": "1"}, TypeError),
        ("12", TypeError),
        (["1"], TypeError),
        ([{"id": {1}}], TypeError),
        (1.5, TypeError),
    ],
)
@pytest.mark.parametrize("given_list", [True, False])
def test_what_is_no_message_is_refused(
    messages: Any, error: type[Exception], given_list: bool
) -> None:
    """What could not be served raises at the call, and the list stays as it is."""
    sim = Simulator(conversations={NUMBER: own(3) if given_list else 3})
    with pytest.raises(error):
        sim.append(NUMBER, messages)
    with pytest.raises(error):
        sim.insert(NUMBER, 0, messages)
    assert len(ask(sim, PATH, 0, 50).rows) == 3


def test_ones_own_messages_change_places_beside_made_ones() -> None:
    """Messages that were appended take part in the seconds that the simulator shuffles."""
    sim = Simulator(conversations={NUMBER: 6}, shuffle_ties=3)
    sim.append(NUMBER, own(4))
    assert len({row["id"] for row in ask(sim, PATH, 0, 50).rows}) == 10
