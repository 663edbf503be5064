"""The simulator, over a real socket and without the client."""

import asyncio
import json
import re
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from api_caller import BOUND, until
from clock import FakeClock
from yarl import URL

from ip1_async import testing
from ip1_async.testing import LINK_STYLES, Fault, Simulator
from ip1_async.testing._data.conversations import ConversationTraffic

NUMBER = "46712345678"
BATCH = "5bc86b6e85c7209830f96936"
BUNDLE = "65eb3d14f784682890abc24f"


class Caller:
    """Calls a simulator with a token."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def __call__(
        self, url: str, method: str = "GET", **query: Any
    ) -> tuple[int, Any, aiohttp.ClientResponse]:
        """Give status, parsed body and the response itself."""
        async with self.session.request(method, url, params=query) as response:
            body = await response.read()
            return response.status, json.loads(body) if body else None, response


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    """Call with a token that any simulator accepts."""
    headers = {"Authorization": "Bearer anything"}
    async with aiohttp.ClientSession(headers=headers) as session:
        session._retry_connection = False  # else aiohttp repeats a GET whose connection was lost
        yield Caller(session)


def conversation(sim: Simulator, name: str = NUMBER, tail: str = "") -> str:
    """Give the URL of a conversation."""
    return f"{sim.v2_url}/conversations/{name}{tail}"


def links(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Read the links of the default style."""
    text = ", ".join(response.headers.getall("Link", []))
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', text)}


def start_of(url: str) -> int:
    """Read the offset out of a link."""
    return int(re.findall(r"start=(\d+)", url)[0])


async def read_all(call: Caller, url: str, limit: int = 200, **query: Any) -> list[Any]:
    """Read a list page by page."""
    items: list[Any] = []
    while True:
        status, page, _ = await call(url, start=len(items), limit=limit, **query)
        assert status == 200
        items += page
        if len(page) < limit:
            return items


# --- what is served


async def test_a_page_follows_start_limit_and_order(call: Caller) -> None:
    """Pages cut the same list at any offset, in both orders."""
    async with Simulator(conversations={NUMBER: 430}) as sim:
        url = conversation(sim)
        whole = await read_all(call, url)
        assert len(whole) == len({each["id"] for each in whole}) == 430
        assert (await call(url))[1] == whole[:50]
        assert (await call(url, start=97, limit=7))[1] == whole[97:104]
        assert (await call(url, start=5, limit=9, order="DESC"))[1] == whole[::-1][5:14]
        assert (await call(url, start=425, limit=9, order="desc"))[1] == whole[::-1][425:]
        assert len((await call(url, limit=1000))[1]) == 200


async def test_the_directions_split_the_conversation(call: Caller) -> None:
    """Outgoing and incoming messages are those of the whole list, in its order."""
    async with Simulator(conversations={NUMBER: 437}) as sim:
        whole = await read_all(call, conversation(sim))
        for direction in ("mt", "mo"):
            part = await read_all(call, conversation(sim, tail=f"/{direction}"))
            assert part == [each for each in whole if each["direction"] == direction]
            sim.purge(NUMBER, 0, 0)  # the same from a list that moved
            assert await read_all(call, conversation(sim, tail=f"/{direction}")) == part
            assert await read_all(call, conversation(sim, tail=f"/{direction}")) == part


async def test_a_million_messages_cost_nothing_until_asked(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last page of a million makes its own messages only, and the summary makes none."""
    made: list[int] = []
    make = ConversationTraffic.message

    def count(self: ConversationTraffic, index: int, **options: Any) -> dict[str, Any]:
        made.append(index)
        return make(self, index, **options)

    monkeypatch.setattr(ConversationTraffic, "message", count)
    async with Simulator(conversations={NUMBER: 1_000_000}) as sim:
        assert len((await call(conversation(sim), start=999_900, limit=200))[1]) == 100
        summary = (await call(conversation(sim, tail="/summary")))[1]
        assert summary["totalMessageCount"] == 1_000_000
        assert made == list(range(999_900, 1_000_000))


@pytest.mark.parametrize("count", [437, 10_300])
@pytest.mark.parametrize("moved", [False, True])
async def test_the_summary_counts_every_message(call: Caller, count: int, moved: bool) -> None:
    """The summary equals a count over the whole list, before and after it moved."""
    async with Simulator(conversations={NUMBER: count}, max_page_size=20_000) as sim:
        if moved:
            await call(conversation(sim, tail="/summary"))
            sim.purge(NUMBER, 3, 50)
        whole = (await call(conversation(sim), limit=20_000))[1]
        for _ in range(2):
            summary = (await call(conversation(sim, tail="/summary")))[1]
            assert summary["totalMessageCount"] == len(whole)
            assert summary["totalSmsCount"] == sum(each["segments"] for each in whole)
            for direction, field in (
                ("mt", "mobileTerminatedMessages"),
                ("mo", "mobileOriginatedMessages"),
            ):
                part = [each for each in whole if each["direction"] == direction]
                codes = Counter(str(each["statuses"][0]["code"]) for each in part)
                sms: Counter[str] = Counter()
                for each in part:
                    sms[str(each["statuses"][0]["code"])] += each["segments"]
                assert summary[field] == {
                    code: {"messages": codes[code], "sms": sms[code]} for code in codes
                }


async def test_a_single_message_has_the_whole_history(call: Caller) -> None:
    """A message of a conversation is found by batch and id, with its latest status the same."""
    async with Simulator(conversations={"46700000000": 3, NUMBER: 300}) as sim:
        for listed in (await call(conversation(sim), limit=200))[1]:
            base = f"{sim.v2_url}/batches/{listed['batchId']}/messages"
            status, single, _ = await call(f"{base}/{listed['id']}")
            assert status == 200
            latest = max(single["statuses"], key=lambda each: each["created"])
            assert listed["statuses"] == [latest]
            assert single | {"statuses": 0} == listed | {"statuses": 0}
            assert listed in (await call(base))[1]


async def test_a_batch_and_a_bundle_page_like_conversations(call: Caller) -> None:
    """Batches and bundles are lists with single messages below them."""
    async with Simulator(batches={BATCH: 75}, bundles={BUNDLE: 75}) as sim:
        for url in (f"{sim.v2_url}/batches/{BATCH}", f"{sim.v3_url}/bundles/{BUNDLE}"):
            status, first, response = await call(f"{url}/messages")
            assert (status, len(first), start_of(links(response)["next"])) == (200, 50, 50)
            last = (await call(links(response)["next"]))[1]
            assert len({each["id"] for each in first + last}) == 75
            single = (await call(f"{url}/messages/{last[-1]['id']}"))[1]
            assert single["modified"] == last[-1]["modified"]
            assert (await call(f"{url}/messages/zz{last[-1]['id'][2:]}"))[0] == 404


async def test_what_does_not_exist_is_404_with_problem_details(call: Caller) -> None:
    """The texts of 404s distinguish unknown lists, empty ones, unknown messages and paths."""
    lists: dict[str, Any] = {"empty": 0, "none": [], NUMBER: 5}
    async with Simulator(conversations=lists, batches={BATCH: 5}, bundles={BUNDLE: 5}) as sim:
        v2, v3 = sim.v2_url, sim.v3_url
        listed = (await call(conversation(sim)))[1][0]
        expected = {
            f"{v2}/conversations/unknown": "No messages to list",
            f"{v2}/conversations/empty": "No messages to list",
            f"{v2}/conversations/none/mo": "No messages to list",
            f"{v2}/conversations/none/summary": "No such conversation",
            f"{v2}/conversations/unknown/summary": "No such conversation",
            f"{v2}/conversations/{NUMBER}/nothing": "No such resource",
            f"{v2}/batches/unknown/messages": "No such batch",
            f"{v2}/batches/{'0' * 24}/messages": "No such batch",
            f"{v2}/batches/{listed['id']}/messages": "No such batch",
            f"{v2}/batches/unknown/messages/{listed['id']}": "No such message",
            f"{v2}/batches/{listed['batchId']}/messages/{'g' * 24}": "No such message",
            f"{v2}/batches/{BATCH}/messages/{listed['id']}": "No such message",
            f"{v3}/bundles/unknown/messages": "No such bundle",
            f"{v3}/bundles/unknown/messages/1": "No such message",
            f"{v3}/bundles/{BUNDLE}/messages/1": "No such message",
            f"{v3}/conversations/{NUMBER}": "No such conversation",
        }
        for url, detail in expected.items():
            status, body, response = await call(url)
            assert (status, body["status"], body["detail"]) == (404, 404, detail), url
            assert response.content_type == "application/problem+json"


async def test_an_empty_batch_that_exists_is_an_empty_list(call: Caller) -> None:
    """A known batch without messages is no 404."""
    async with Simulator(batches={BATCH: []}) as sim:
        assert (await call(f"{sim.v2_url}/batches/{BATCH}/messages"))[:2] == (200, [])


@pytest.mark.parametrize("name", ["My shop", "Åkermyntan", "a/b", "50%", "..x", "مرحبا"])
async def test_any_name_is_one_segment_of_the_path(name: str) -> None:
    """Sender names with spaces, slashes and other alphabets arrive as they were meant."""
    headers = {"Authorization": "bearer x"}
    async with (
        Simulator(conversations={name: 30}) as sim,
        aiohttp.ClientSession(headers=headers) as session,
    ):
        url = URL(f"{sim.v2_url}/conversations/{quote(name, safe='')}", encoded=True)
        async with session.get(url) as response:
            page = await response.json()
        assert sim.requests[0].path == f"/v2/conversations/{name}"
        assert sim.requests[0].raw_path == f"/v2/conversations/{quote(name, safe='')}"
        ours = {each["sender" if each["direction"] == "mt" else "recipient"] for each in page}
        assert ours == {name}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": "-1"}, "start"),
        ({"start": "x"}, "start"),
        ({"start": "²"}, "start"),
        ({"limit": "0"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"order": "UP"}, "order"),
    ],
)
async def test_bad_paging_is_400_and_named(call: Caller, query: Any, field: str) -> None:
    """Paging that can't be read is refused by the parameter's name."""
    async with Simulator(conversations={NUMBER: 5}, over_limit="400") as sim:
        status, body, _ = await call(conversation(sim), **query)
        assert (status, list(body["errors"])) == (400, [field])


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer ", "Bearer wrong"])
async def test_a_token_is_needed(header: str | None) -> None:
    """No token, another scheme or a wrong token is 401."""
    headers = {} if header is None else {"Authorization": header}
    async with (
        Simulator(conversations={NUMBER: 5}, token="right") as sim,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(conversation(sim), headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
        headers = {"Authorization": "Bearer right"}
        async with session.get(conversation(sim), headers=headers) as response:
            assert response.status == 200
        assert [each.status for each in sim.requests] == [401, 200]


async def test_another_method_is_refused(call: Caller) -> None:
    """Another method is 405 and says which one is right."""
    async with Simulator(conversations={NUMBER: 5}) as sim:
        status, _, response = await call(conversation(sim), method="POST")
        assert (status, response.headers["Allow"]) == (405, "GET")


# --- paging


async def test_links_name_every_relation(call: Caller) -> None:
    """A page in the middle links to itself and in all four directions."""
    async with Simulator(conversations={NUMBER: 47}) as sim:
        found = links((await call(conversation(sim), start=10, limit=10, order="DESC"))[2])
        starts = {rel: start_of(url) for rel, url in found.items()}
        assert starts == {"self": 10, "first": 0, "prev": 0, "next": 20, "last": 40}
        assert found["next"] == f"{conversation(sim)}?start=20&limit=10&order=DESC"


@pytest.mark.parametrize(
    ("last_style", "total", "start", "wanted"),
    [
        ("last", 40, 20, (30, 30)),
        ("last", 40, 30, (None, 30)),
        ("past", 40, 30, (40, 40)),
        ("past", 40, 40, (None, 40)),
        ("past", 45, 30, (40, 40)),
        ("last", 45, 90, (None, 40)),
        ("last", 3, 90, (None, 0)),
    ],
)
async def test_last_of_a_full_list_is_a_choice(
    call: Caller, last_style: Any, total: int, start: int, wanted: tuple[int | None, int]
) -> None:
    """`last` is the last full page, or an empty one past it."""
    async with Simulator(conversations={NUMBER: total}, last_style=last_style) as sim:
        found = links((await call(conversation(sim), start=start, limit=10))[2])
        following = start_of(found["next"]) if "next" in found else None
        assert (following, start_of(found["last"])) == wanted


@pytest.mark.parametrize("style", LINK_STYLES)
async def test_link_styles(call: Caller, style: Any) -> None:
    """Each style writes `next` in its own way, or not at all."""
    async with Simulator(conversations={NUMBER: 20}, link_style=style) as sim:
        url = f"{conversation(sim)}?start=10&limit=10&order=ASC"
        _, _, response = await call(conversation(sim), limit=10)
        lines = response.headers.getall("Link", [])
        wanted = {
            "next+last": f'<{url}>; rel="next"',
            "next": f'<{url}>; rel="next"',
            "last": f'<{url}>; rel="last"',
            "relative": f'</v2/conversations/{NUMBER}?start=10&limit=10&order=ASC>; rel="next"',
            "quoted": f'<{url}> ;title="a, b; rel=\\"none\\" <x>" ; REL="next";hreflang=sv',
            "multi": f'<{url}>; rel="next last"',
            "malformed": f'<{url}>; rel="next"',
            "off_by_one": f'<{url.replace("=10&limit", "=11&limit")}>; rel="next"',
        }
        assert ("next" in ", ".join(lines)) == (style not in {"last", "none"})
        if style == "none":
            assert not lines
        elif style == "broken":
            assert not re.search(r'<[^<>]*>\s*;\s*rel="next"', lines[0])
        else:
            assert wanted[style] in ", ".join(lines)
        _, _, end = await call(conversation(sim), start=10, limit=10)
        assert 'rel="next"' not in ", ".join(end.headers.getall("Link", [])) or style == "broken"


async def test_offsets_may_count_from_one(call: Caller) -> None:
    """With `offset_base=1` the first item has offset 1, and 0 means the same."""
    async with Simulator(conversations={NUMBER: 30}, offset_base=1) as sim:
        url = conversation(sim)
        _, first, response = await call(url, start=1, limit=10)
        assert first == (await call(url, start=0, limit=10))[1] == (await call(url, limit=10))[1]
        assert start_of(links(response)["next"]) == 11
        assert (await call(url, start=11, limit=1))[1] == (await call(url, limit=11))[1][10:]


@pytest.mark.parametrize(("past_end", "status"), [("empty", 200), ("404", 404)])
async def test_past_the_end(call: Caller, past_end: Any, status: int) -> None:
    """A start past the end is an empty list or a 404."""
    async with Simulator(conversations={NUMBER: 30}, past_end=past_end) as sim:
        got, body, _ = await call(conversation(sim), start=30)
        assert got == status
        assert body == [] or body["detail"] == "No messages to list"


async def test_paging_can_be_ignored(call: Caller) -> None:
    """A server that ignores paging sends the whole list and no link."""
    async with Simulator(bundles={BUNDLE: 300}, ignore_paging=True) as sim:
        _, page, response = await call(f"{sim.v3_url}/bundles/{BUNDLE}/messages", start=9, limit=2)
        assert (len(page), "Link" in response.headers) == (300, False)


# --- lists that move, and lists of the caller


@pytest.mark.parametrize("count", [60, 0])
async def test_generated_lists_move(call: Caller, count: int) -> None:
    """Appended, inserted and purged messages show in the next answer."""
    async with Simulator(conversations={NUMBER: count}) as sim:
        sim.append(NUMBER, 3)
        whole = (await call(conversation(sim), limit=200))[1]
        assert len(whole) == count + 3
        sim.insert(NUMBER, 2)
        moved = (await call(conversation(sim), limit=200))[1]
        assert moved[:2] + moved[3:] == whole
        assert moved[2] not in whole
        sim.purge(NUMBER, 0, 2)
        sim.append(NUMBER)
        assert (await call(conversation(sim), limit=200))[1][:-1] == moved[2:]
        url = f"{sim.v2_url}/batches/{whole[0]['batchId']}/messages/{whole[0]['id']}"
        assert (await call(url))[0] == 404


async def test_batches_and_bundles_move_too(call: Caller) -> None:
    """Every list has a name to move it by; an unknown name is an error."""
    async with Simulator(batches={BATCH: 1}, bundles={BUNDLE: [{"id": "1"}]}) as sim:
        sim.append(BATCH, 2)
        sim.insert(BUNDLE, 0)
        assert len((await call(f"{sim.v2_url}/batches/{BATCH}/messages"))[1]) == 3
        bundle = (await call(f"{sim.v3_url}/bundles/{BUNDLE}/messages"))[1]
        assert [each["id"] == "1" for each in bundle] == [False, True]
        with pytest.raises(KeyError):
            sim.append("unknown")


async def test_given_lists_are_served_live_and_as_they_are(call: Caller) -> None:
    """The simulator reads the caller's own list at each request, with anything in it."""
    mine: list[Any] = [
        {"id": "a", "batchId": "b", "direction": 1, "segments": "2", "price": None},
        {"id": "c", "direction": "MT", "statuses": [{"created": "2", "code": 101}], "new": "å"},
        {
            "id": "d",
            "direction": "0",
            "statuses": [{"created": "3", "code": 201}, {"created": "2", "code": 110}],
        },
        "rubbish",
        {"id": "\ud800"},
    ]
    async with Simulator(conversations={NUMBER: mine}) as sim:
        assert (await call(conversation(sim)))[1] == mine
        del mine[3:]
        assert (await call(conversation(sim)))[1] == mine
        assert (await call(conversation(sim, tail="/mo")))[1] == mine[:1]
        assert (await call(conversation(sim, tail="/mt"), order="DESC"))[1] == mine[:0:-1]
        summary = (await call(conversation(sim, tail="/summary")))[1]
        assert (summary["totalMessageCount"], summary["totalSmsCount"]) == (3, 2)
        assert list(summary["mobileTerminatedMessages"]) == ["101", "201"]
        assert (await call(f"{sim.v2_url}/batches/b/messages/a"))[1] == mine[0]
        assert (await call(f"{sim.v2_url}/batches/b/messages"))[1] == mine[:1]
        sim.append(NUMBER, 2)
        sim.purge(NUMBER, 0, 1)
        assert len(mine) == 4
        assert (await call(conversation(sim)))[1] == mine


async def test_lists_can_be_replaced_while_serving(call: Caller) -> None:
    """A new value under a name holds from the next request; a tuple stays as it is."""
    lists: dict[str, Any] = {NUMBER: 3}
    async with Simulator(conversations=lists) as sim:
        assert len((await call(conversation(sim)))[1]) == 3
        lists[NUMBER] = ({"id": "a"},)
        assert (await call(conversation(sim)))[1] == [{"id": "a"}]
        with pytest.raises(TypeError, match="list"):
            sim.append(NUMBER)


async def test_pages_are_kept_up_to_a_size(call: Caller) -> None:
    """The cache of written pages answers the same and stays within its bytes."""
    async with Simulator(conversations={NUMBER: 100}, cache_bytes=10_000) as sim:
        pages = [(await call(conversation(sim), start=at, limit=9))[1] for at in (0, 9, 18, 0, 0)]
        assert pages[0] == pages[3] == pages[4]
        assert sim._endpoints._pages._cache._bytes <= 10_000


# --- limits, latency and faults


async def test_the_rate_limit_counts_every_arrival(call: Caller) -> None:
    """The request past the limit is 429 with Retry-After; a second later it is welcome."""
    async with Simulator(conversations={NUMBER: 1}, rate_limit=3) as sim:
        now = [1000.0]
        sim._clock = lambda: now[0]
        answers = [await call(conversation(sim)) for _ in range(4)]
        assert [each[0] for each in answers] == [200, 200, 200, 429]
        assert answers[-1][2].headers["Retry-After"] == "1"
        assert sim.throttled == 1
        now[0] += 0.99
        assert (await call(conversation(sim)))[0] == 429
        now[0] += 1
        assert (await call(conversation(sim)))[0] == 200


@pytest.mark.parametrize("latency", [0.05, (0.05, 0.06), lambda request: 0.05])
async def test_latency_delays_each_answer_not_the_others(call: Caller, latency: Any) -> None:
    """Requests wait beside each other, and the most at once is known."""
    waits: list[float] = []
    everybody = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 5:
            everybody.set()
        await everybody.wait()

    async with Simulator(conversations={NUMBER: 1}, latency=latency) as sim:
        sim._sleep = sleep
        before = time.monotonic()
        async with asyncio.timeout(BOUND):
            await asyncio.gather(*(call(conversation(sim)) for _ in range(5)))
        assert all(0.05 <= each <= 0.06 for each in waits)
        assert (sim.peak_in_flight, sim.in_flight) == (5, 0)
        assert before <= sim.requests[0].time <= sim.requests[-1].time <= time.monotonic()


async def test_latency_is_in_seconds(clock: FakeClock, call: Caller) -> None:
    """The simulator waits so many seconds before it answers."""
    async with Simulator(conversations={NUMBER: 1}, latency=5) as sim:
        before = clock()
        await call(conversation(sim))
        assert clock() - before >= 5


async def test_faults_answer_something_else(call: Caller) -> None:
    """A fault replaces status, headers or body for its own request only."""
    faults = [
        Fault(status=503, headers={"Retry-After": "2"}),
        None,
        Fault(body=b'"not a list"'),
        Fault(headers={"X-Odd": "yes"}, delay=0.05),
        Fault(status=502, body=b""),
    ]
    async with Simulator(conversations={NUMBER: 1}, faults=faults) as sim:
        answers = [await call(conversation(sim)) for _ in range(6)]
        assert [each[0] for each in answers] == [503, 200, 200, 200, 502, 200]
        assert answers[0][1]["status"] == 503
        assert answers[0][2].headers["Retry-After"] == "2"
        assert answers[2][1] == "not a list"
        assert answers[3][2].headers["X-Odd"] == "yes"
        assert answers[3][1] == answers[5][1]
        assert answers[4][1] is None


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Fault(reset="before"), aiohttp.ClientConnectionError, None),
        (Fault(reset="inside"), aiohttp.ClientError, 200),
        (Fault(truncate=True), aiohttp.ClientPayloadError, 200),
        (Fault(truncate=True, status=503, body=b""), aiohttp.ClientPayloadError, 503),
    ],
)
async def test_faults_cut_the_connection(
    call: Caller, fault: Fault, error: type[Exception], status: int | None
) -> None:
    """A cut connection is an error for the client, and the next request is fine."""
    async with Simulator(conversations={NUMBER: 200}, faults=iter([None, fault])) as sim:
        assert (await call(conversation(sim)))[0] == 200
        with pytest.raises(error):
            await call(conversation(sim), limit=200)
        assert sim.requests[1].status == status
        assert (await call(conversation(sim)))[0] == 200


async def test_a_function_chooses_faults(call: Caller) -> None:
    """A function sees the number of the request and what arrived."""

    def choose(number: int, request: testing.Request) -> Fault | None:
        return Fault(status=500) if number and request.query.get("start") == "1" else None

    async with Simulator(conversations={NUMBER: 3}, faults=choose) as sim:
        got = [(await call(conversation(sim), start=at))[0] for at in (1, 0, 1)]
        assert got == [200, 200, 500]


async def test_a_share_of_requests_fails_the_same_way_each_time(call: Caller) -> None:
    """`faults=0.3` spoils about that share, decided by the seed."""
    runs = []
    for seed in (1, 1, 2):
        statuses: list[int | None] = []
        async with Simulator(conversations={NUMBER: 200}, faults=0.3, seed=seed) as sim:
            for _ in range(100):
                try:
                    statuses.append((await call(conversation(sim)))[0])
                except aiohttp.ClientError:
                    statuses.append(None)
        runs.append(statuses)
    assert runs[0] == runs[1] != runs[2]
    assert {200, 503, 429, None} == set(runs[0])
    assert 15 < 100 - runs[0].count(200) < 45


async def test_stopping_does_not_wait(call: Caller) -> None:
    """A stop ends hanging requests at once and leaves no task; a second stop does nothing."""

    async def sleep(seconds: float) -> None:
        if seconds:
            await asyncio.Event().wait()  # a stop that waited for this would never end

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sim = Simulator(conversations={NUMBER: 1}, faults=[None, Fault(hang=True)])
        sim._sleep = sleep
        await sim.stop()
        await sim.start()
        assert (await call(conversation(sim)))[0] == 200
        hanging = asyncio.create_task(call(conversation(sim)))
        await until(lambda: sim.in_flight == 1)
        sim.latency = 60
        slow = asyncio.create_task(call(conversation(sim)))
        await until(lambda: sim.in_flight == 2)
        async with asyncio.timeout(BOUND):
            await sim.stop()
            await sim.stop()
        results = await asyncio.gather(hanging, slow, return_exceptions=True)
        assert all(isinstance(each, aiohttp.ClientError) for each in results)
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})


async def test_a_client_that_leaves_is_not_in_flight(call: Caller) -> None:
    """A request whose client went away is over."""
    async with Simulator(conversations={NUMBER: 1}, latency=60) as sim:
        task = asyncio.create_task(call(conversation(sim)))
        await until(lambda: sim.in_flight == 1)
        task.cancel()
        await until(lambda: sim.in_flight == 0)
        assert sim.requests[0].status is None


WRONG = [
    ({"link_style": "curly"}, "link_style"),
    ({"last_style": "first"}, "last_style"),
    ({"max_page_size": 0}, "max_page_size"),
    ({"token": ""}, "token"),
    ({"token": "with blank"}, "token"),
    ({"token": "ö"}, "token"),
    ({"faults": 1.5}, "faults: expected a share"),
    ({"faults": -1}, "faults: expected a share"),
    ({"page_sizes": []}, "page_sizes: expected whole numbers"),
    ({"page_sizes": [0, 0]}, "page_sizes: expected whole numbers"),
    ({"page_sizes": [80, -1]}, "page_sizes: expected whole numbers"),
    ({"page_sizes": [80, "120"]}, "page_sizes: expected whole numbers"),
    ({"page_sizes": range(0)}, "page_sizes: expected whole numbers"),
    ({"page_sizes": 80}, "page_sizes: expected whole numbers"),
    ({"page_sizes": [80, 0], "link_style": "none"}, "page_sizes: without a next"),
    ({"page_sizes": range(9), "link_style": "last"}, "page_sizes: without a next"),
    ({"page_sizes": [80], "ignore_paging": True}, "page_sizes: with ignore_paging"),
    ({"max_page_bytes": 0}, "max_page_bytes"),
    ({"max_page_bytes": 9, "ignore_paging": True}, "max_page_bytes: with ignore_paging"),
    ({"shuffle_ties": 1}, "shuffle_ties"),
    ({"repeat_rows": 0}, "repeat_rows"),
]


@pytest.mark.parametrize(("options", "text"), WRONG, ids=lambda value: str(value)[:40])
def test_options_are_checked(options: dict[str, Any], text: str) -> None:
    """A simulator refuses a wrong option when it is made, and when the option changes later."""
    with pytest.raises(ValueError, match=text):
        Simulator(**options)
    simulator = Simulator()
    *before, (name, value) = reversed(options.items())
    for other in before:
        setattr(simulator, *other)
    with pytest.raises(ValueError, match=text):
        setattr(simulator, name, value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The package imports names lazily, but knows them all."""
    with pytest.raises(AttributeError):
        _ = testing.nothing
