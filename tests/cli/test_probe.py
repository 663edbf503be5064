"""The probe reports how the server behaves, and shows nothing that is secret."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from multidict import CIMultiDict
from terminal import Terminal

from ip1_async import Client, NotFoundError, RateLimiter
from ip1_async.cli import _app
from ip1_async.cli.probe import _requests
from ip1_async.cli.probe._forms import _form, _id_form, _number_form, _time_form, _word_form
from ip1_async.cli.probe._headers import shape
from ip1_async.cli.probe._links import read_links
from ip1_async.cli.probe._requests import MOST_REQUESTS, Reply
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
TOKEN = "secret-token-canary"
BUNDLE = "bundle-canary-7f"
Report = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of the machine's settings, and no time between requests."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IP1_API_TOKEN", TOKEN)
    monkeypatch.setattr(_requests, "RATE", 1_000)


@pytest.fixture
def probe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Probe a simulator, and give answer and evidence by topic."""

    async def run(simulator: Simulator, *options: str) -> Report:
        monkeypatch.setenv("IP1_V2_URL", simulator.v2_url)
        monkeypatch.setenv("IP1_V3_URL", simulator.v3_url)
        assert await _app.execute(["probe", NUMBER, "--bundle", BUNDLE, *options]) == 0
        out = capsys.readouterr().out
        report = json.loads(out)
        assert len(simulator.requests) == report["requests"] <= MOST_REQUESTS
        assert {each.method for each in simulator.requests} == {"GET"}
        for secret in secrets_of(simulator):
            assert secret not in out
        return {
            finding["topic"]: finding for each in report["sections"].values() for finding in each
        }

    return run


def secrets_of(simulator: Simulator) -> Iterator[str]:
    """Name what no report may hold."""
    yield from (TOKEN, NUMBER, BUNDLE, "canary", "127.0.0.1", str(simulator.port), "iP1")
    for each in simulator.conversations.values():
        if not isinstance(each, int):
            for message in each:
                yield from (message["id"], message["body"], message["recipient"])


def messages(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Make messages whose every private field can be found again."""
    return [
        {
            "id": f"canary-id-{number}",
            "batchId": f"canary-batch-{number}",
            "owner": "canary-owner",
            "sender": "canary-sender",
            "recipient": f"4670000{number:04d}",
            "body": f"canary body {number}",
            "reference": "canary-reference",
            "canaryField": "canary",
            "modified": "2026-03-01T10:00:00Z",
            "direction": "mt" if number % 2 else "mo",
            **fields,
        }
        for number in range(count)
    ]


def simulator(**options: Any) -> Simulator:
    """Make a server with a long conversation and a bundle."""
    return Simulator(**{"conversations": {NUMBER: 450}, "bundles": {BUNDLE: 20}, **options})


# Paging.


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({}, "200; a larger one is cut"),
        ({"max_page_size": 20}, "20; a larger one is cut"),
        ({"max_page_size": 10_000}, "not seen: limit=5000 is accepted"),
        ({"over_limit": "400"}, "200; a larger one is refused with 400"),
        ({"over_limit": "400", "max_page_size": 60}, "from 51 to 99; a larger one is refused"),
        ({"over_limit": "400", "max_page_size": 2_000}, "2000; a larger one is refused"),
        ({"over_limit": "400", "max_page_size": 3_000}, "from 2001 to 4999; a larger one"),
        ({"over_limit": "400", "max_page_size": 30}, "below 50; a larger one is refused"),
        ({"conversations": {NUMBER: 60}}, "200; a larger one is cut"),
        ({"conversations": {NUMBER: 60}, "link_style": "none"}, "not seen: limit=5000 is accepted"),
        ({"conversations": {NUMBER: 6_000}, "max_page_size": 5_000}, "at least 5000"),
        ({"ignore_paging": True}, "none: limit is ignored"),
        ({"conversations": {}}, "not seen"),
    ],
)
async def test_the_largest_limit(
    probe: Callable[..., Any], options: dict[str, Any], answer: str
) -> None:
    """The report says if a large limit is cut, refused, accepted or ignored, and the number."""
    async with simulator(**options) as sim:
        report = await probe(sim)
    assert report["largest limit"]["answer"].startswith(answer)


async def test_a_link_to_more_shows_a_cut(probe: Callable[..., Any]) -> None:
    """Where no total is known, a link to the next page shows that the page was cut."""

    def no_summary(_: int, request: Request) -> Fault | None:
        hidden = request.path.endswith("summary") or request.query.get("order") == "DESC"
        return Fault(status=500) if hidden else None

    async with simulator(faults=no_summary, link_style="next") as sim:
        report = await probe(sim)
    assert report["largest limit"]["evidence"].endswith("and a link to more")
    assert report["DESC and ASC"]["answer"] == "not seen"
    assert report["summary's total"]["evidence"] == "/summary: 500 with problem details"


@pytest.mark.parametrize("count", [4, 50, 60, 450])
@pytest.mark.parametrize("base", [0, 1])
async def test_the_first_offset(probe: Callable[..., Any], base: int, count: int) -> None:
    """The report distinguishes offsets from 0 and from 1, and has the right total for both."""
    async with simulator(conversations={NUMBER: count}, offset_base=base) as sim:
        report = await probe(sim)
    assert report["first offset"]["answer"] == f"{base}: offsets count from {base}"
    assert f"; {base}: offsets" in report["paging of v3"]["answer"]
    assert report["summary's total"]["answer"] == "agrees with the list"
    assert f"has {count} " in report["summary's total"]["evidence"]
    assert report["default page"]["answer"].endswith("oldest first")


async def test_a_start_of_0_may_be_refused(probe: Callable[..., Any]) -> None:
    """Where offsets count from 1 and 0 is an error, the probe goes on from 1, within bounds."""

    def refuse(_: int, request: Request) -> Fault | None:
        return Fault(status=400) if request.query.get("start") == "0" else None

    options = {"offset_base": 1, "over_limit": "400", "faults": refuse}
    async with simulator(**options) as sim:
        report = await probe(sim)
        assert len(sim.requests) == MOST_REQUESTS
    assert report["first offset"]["answer"] == "1: offsets count from 1"
    assert report["DESC and ASC"]["answer"] == "exactly reversed"
    assert report["largest limit"]["answer"].startswith("200; a larger one is refused")


async def test_paging_that_is_ignored(probe: Callable[..., Any]) -> None:
    """A server that always sends the whole list is named as such, on v3 too."""
    async with simulator(ignore_paging=True) as sim:
        report = await probe(sim)
    assert report["first offset"]["answer"] == "none: start is ignored"
    assert report["paging of v3"]["answer"] == "none: start is ignored"
    assert report["DESC and ASC"]["answer"] == "order is ignored"
    assert report["past the end"]["answer"] == "the first page again, 450 messages"
    assert report["Link header"]["answer"] == "none"
    assert report["summary's total"]["answer"] == "agrees with the list"


@pytest.mark.parametrize(
    ("past_end", "answer"), [("empty", "[] (an empty list, 200)"), ("404", "404 with problem")]
)
async def test_past_the_end(probe: Callable[..., Any], past_end: Any, answer: str) -> None:
    """The report distinguishes an empty list from a 404."""
    async with simulator(past_end=past_end) as sim:
        report = await probe(sim)
    assert report["past the end"]["answer"].startswith(answer)


@pytest.mark.parametrize(
    ("numbers", "answer"),
    [((58, 59), "the last page, 2 messages"), ((7, 9), "messages from elsewhere, 2 messages")],
)
async def test_messages_past_the_end(
    probe: Callable[..., Any], numbers: Sequence[int], answer: str
) -> None:
    """The report says if a server answers a start past the end with messages."""
    mine = messages(60)
    body = json.dumps([mine[number] for number in numbers]).encode()

    def stay(_: int, request: Request) -> Fault | None:
        return Fault(body=body) if request.query.get("start") == "10000000" else None

    async with simulator(conversations={NUMBER: mine}, faults=stay) as sim:
        report = await probe(sim)
    assert report["past the end"]["answer"] == answer


async def test_ties_in_unstable_order(probe: Callable[..., Any]) -> None:
    """Neighbours of one second that change places are counted."""
    mine = messages(40)

    def swap(_number: int, _request: Request) -> None:
        mine[::2], mine[1::2] = mine[1::2], mine[::2]

    async with simulator(conversations={NUMBER: mine}, faults=swap) as sim:
        report = await probe(sim)
    assert report["same page twice"]["answer"] == "another order: 40 of 40 are elsewhere"
    assert report["same page twice"]["evidence"].startswith("40 messages; 39 share the second")
    assert report["DESC and ASC"]["answer"] == "another order: 40 of 40 are elsewhere"
    assert report["summary's total"]["answer"] == "not compared"


async def test_a_list_that_moves(probe: Callable[..., Any]) -> None:
    """Other messages in the same place are not taken for another order of ties."""
    mine = messages(80)

    def move(number: int, request: Request) -> None:
        if number > 2:
            del mine[:5]

    async with simulator(conversations={NUMBER: mine}, faults=move) as sim:
        report = await probe(sim)
    assert report["same page twice"]["answer"].startswith("other messages")
    assert report["first offset"]["answer"] == "unclear"


@pytest.mark.parametrize("order", ["newest", "unclear"])
async def test_another_default_order(probe: Callable[..., Any], order: str) -> None:
    """Without paging the list may come newest first, or from anywhere."""
    mine = messages(60)
    bare = json.dumps(mine[::-1] if order == "newest" else mine[9:20]).encode()

    def turn(_: int, request: Request) -> Fault | None:
        plain = request.path.endswith(NUMBER) and not request.query
        return Fault(body=bare) if plain else None

    async with simulator(conversations={NUMBER: mine}, faults=turn) as sim:
        report = await probe(sim)
    assert order in report["default page"]["answer"]


async def test_a_summary_that_differs(probe: Callable[..., Any]) -> None:
    """The report says if the summary's total differs from the list, unless it is no number."""
    body = b'{"totalMessageCount": "70", "totalSmsCount": null}'
    faults = [Fault(body=body)]
    async with simulator(faults=faults) as sim:
        report = await probe(sim)
    assert report["summary's total"]["answer"] == "differs from the list"
    assert report["totalMessageCount"]["answer"] == "text of a number: 1"
    assert report["totalSmsCount"]["answer"] == "null: 1"


# Links.


@pytest.mark.parametrize(
    ("style", "relations", "form", "offsets"),
    [
        ("next+last", "self, first, prev, next, last", "well-formed, absolute", "count as start"),
        ("next", "next", "well-formed, absolute", "count as start"),
        ("relative", "self, first, prev, next, last", "well-formed, relative", "count as start"),
        ("quoted", "self, first, prev, next, last", "well-formed, absolute", "count as start"),
        ("multi", "self, first, prev, next, last", "well-formed, absolute", "count as start"),
        ("malformed", "next, and others", "malformed, absolute, to the host", "count as start"),
        ("broken", "no relation that can be read", "malformed", "not seen"),
        ("off_by_one", "self, first, prev, next, last", "well-formed, absolute", "one too high"),
    ],
)
async def test_links(
    probe: Callable[..., Any], style: Any, relations: str, form: str, offsets: str
) -> None:
    """The relations, their form and their offsets are those the server writes."""
    async with simulator(link_style=style) as sim:
        report = await probe(sim)
    assert report["Link header"]["answer"] == relations
    assert report["form of links"]["answer"].startswith(form)
    assert report["offsets in links"]["answer"].startswith(offsets)
    kept = "not seen" if style == "broken" else "limit is kept, order is kept"
    assert report["limit and order in links"]["answer"] == kept
    last = "to the last page" if "last" in relations else "not seen"
    assert report["where last leads"]["answer"] == last


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"conversations": {NUMBER: 100}, "last_style": "past"}, "past the end"),
        ({"conversations": {NUMBER: 30}}, "to the only page"),
    ],
)
async def test_where_last_leads(
    probe: Callable[..., Any], options: dict[str, Any], answer: str
) -> None:
    """The report says if `last` points past the end, or to the only page."""
    async with simulator(**options) as sim:
        report = await probe(sim)
    assert report["where last leads"]["answer"] == answer


async def test_links_that_lead_elsewhere(probe: Callable[..., Any]) -> None:
    """Links to another host, with other offsets, limits and orders, are not followed."""
    query = "start=300&limit=7&order=ASC"
    link = f'<https://canary.example/{TOKEN}?{query}>; rel="next last {TOKEN}"'
    fault = Fault(headers={"Link": link})
    async with simulator(link_style="none", faults=lambda *_: fault) as sim:
        report = await probe(sim)
    assert report["Link header"]["answer"] == "next, last, and others"
    assert report["form of links"]["answer"] == "well-formed, absolute, to another host"
    assert report["offsets in links"]["answer"] == "do not agree with start"
    assert report["limit and order in links"]["answer"] == "limit is not kept, order is not kept"
    assert report["where last leads"]["answer"] == "not to the end"


def links(*lines: str) -> Any:
    return read_links(Reply(headers=CIMultiDict(("Link", line) for line in lines)))


@pytest.mark.parametrize(
    "line", ["<>; rel=next", "<http://[bad>; rel=next", "<a>; rel=", "a", '<a> rel="x", <b', "<a>x"]
)
def test_a_malformed_link(line: str) -> None:
    """What RFC 8288 does not allow is no entry."""
    assert not links(line).is_well_formed
    assert not links(line).entries


def test_a_link_without_numbers() -> None:
    """A link needs no number; an absurd one is none."""
    [one, two] = links("<a?start=46712345678>; rel=next,, <b>").entries
    assert (one.start, one.limit, one.order, one.is_known) == (None, None, None, True)
    assert not two.is_known


# What it asks.


@pytest.mark.parametrize(
    ("participant", "bundle"),
    [
        ("+46712345678", "plain"),
        ("My shop", "a/b"),
        ("a/b?c#d", "50%"),
        ("+46712345678\n", " x "),
        ("+1 shop", "..x"),
        ("Åkermyntan", "%2e%2e"),
    ],
)
async def test_it_asks_as_the_client_does(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    participant: str,
    bundle: str,
) -> None:
    """The probe writes paths and headers in the way of the client, whatever the name is."""
    names = ("Authorization", "Accept", "User-Agent")
    async with simulator() as sim, Client(TOKEN, v2_url=sim.v2_url, v3_url=sim.v3_url) as client:
        await client.v2.conversations.list_messages(participant.strip()).collect()
        with pytest.raises(NotFoundError):
            await client.v3.bundles.list_messages(bundle).collect()
        asked = [each.raw_path.partition("?")[0] for each in sim.requests]
        headers = {name: sim.requests[0].headers[name] for name in names}
        sim.requests.clear()
        monkeypatch.setenv("IP1_V2_URL", f"{sim.v2_url}/")
        options = ["--bundle", bundle, "--v3-url", f"{sim.v3_url}/"]
        assert await _app.execute(["probe", participant, *options]) == 0
        paths = {each.raw_path.partition("?")[0] for each in sim.requests}
        assert set(asked) < paths
        for each in sim.requests:
            assert {name: each.headers[name] for name in names} == headers
    capsys.readouterr()


# Limits, refusals and failures.


async def test_a_429_ends_the_asking(probe: Callable[..., Any]) -> None:
    """After a 429 nothing more is sent; its headers are in the report."""
    too_many = Fault(status=429, headers={"Retry-After": "1"})
    async with simulator(faults=[*[None] * 4, too_many]) as sim:
        report = await probe(sim)
        assert [each.status for each in sim.requests] == [200] * 4 + [429]
    assert report["rate limit (429)"]["answer"] == "answered with 429"
    assert report["rate limit headers"]["answer"] == "Retry-After: 1"
    assert report["past the end"]["answer"] == "not asked after a 429"


async def test_rate_limit_headers(probe: Callable[..., Any]) -> None:
    """Headers about rates are named, with a short number or only the shape of their value."""
    headers = {
        "X-RateLimit-Limit": "30",
        "RateLimit": f'"{TOKEN}";r={NUMBER}',
        "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT",
        f"X-RateLimit-{NUMBER}": "1",
        "X-Canary": "canary",
    }
    fault = Fault(headers=headers)
    async with simulator(faults=lambda *_: fault) as sim:
        report = await probe(sim)
    assert report["rate limit (429)"]["answer"] == "did not occur"
    assert report["rate limit headers"]["answer"] == (
        'X-RateLimit-Limit: 30; RateLimit: "a-a-a";a=99999999999; '
        "Retry-After: a, 99 a 9999 99:99:99 a"
    )


def test_the_shape_of_a_value() -> None:
    """Foreign letters and control characters do not show, and a long value is cut."""
    assert shape("Åsa 12345\x1b\u202e") == "a 99999??"
    assert len(shape("-1" * 50)) == 40


async def test_an_empty_conversation(probe: Callable[..., Any]) -> None:
    """Without messages the report says so, and still asks what makes sense."""
    async with simulator(conversations={}) as sim:
        report = await probe(sim)
        assert len(sim.requests) == 10
    assert report["first offset"]["answer"] == "not seen"
    assert report["same page twice"]["answer"] == "not seen"
    assert report["direction on /mt"]["answer"] == "not seen"
    assert report["price"]["answer"] == "not seen"
    assert report["past the end"]["answer"] == "404 with problem details"
    for topic in ("empty conversation", "empty /mt", "empty /mo"):
        assert report[topic]["answer"] == "404 with problem details"


@pytest.mark.parametrize("status", [403, 500])
async def test_everything_may_be_refused(probe: Callable[..., Any], status: int) -> None:
    """A server that refuses everything gets few requests, and there is still a report."""
    fault = Fault(status=status, body=b'{"error": "canary"}')
    async with simulator(faults=lambda *_: fault) as sim:
        report = await probe(sim)
        assert len(sim.requests) < MOST_REQUESTS
    assert report["default page"]["evidence"].endswith(f"{status} with a JSON object")
    assert report["largest limit"]["answer"].startswith(
        f"below 50; a larger one is refused with {status}"
    )
    assert report["paging of v3"]["answer"] == "not seen"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(hang=True), "no answer within 0.3 s"),
        (Fault(reset="before"), "no usable answer ("),
        (Fault(truncate=True), "no usable answer (ClientPayloadError)"),
        (Fault(status=200, body=b"canary"), "200 with no JSON"),
        (Fault(status=200, body=b"1"), "200 with other JSON"),
        (Fault(status=302, headers={"Location": "http://canary.example/"}), "302 with problem"),
    ],
)
async def test_a_step_that_fails(probe: Callable[..., Any], fault: Fault, outcome: str) -> None:
    """The report names a failed request; the probe does not repeat it, and goes on."""

    def fail(_: int, request: Request) -> Fault | None:
        steps = {"start": "10000000", "limit": "50", "order": "ASC"}
        return fault if request.query == steps or request.path.endswith("Nobody") else None

    async with simulator(faults=fail) as sim:
        report = await probe(sim, "--timeout", "0.3")
    assert report["past the end"]["answer"].startswith(outcome)
    assert report["empty conversation"]["answer"].startswith(outcome)
    assert report["first offset"]["answer"] == "0: offsets count from 0"


async def test_the_search_for_a_limit_may_fail(probe: Callable[..., Any]) -> None:
    """A search that is cut short says what it knows."""

    def fail(_: int, request: Request) -> Fault | None:
        limit = int(request.query.get("limit", 0))
        return Fault(reset="before") if limit == 1_000 else None

    options = {"over_limit": "400", "max_page_size": 300, "faults": fail}
    async with simulator(**options) as sim:
        report = await probe(sim)
    assert report["largest limit"]["answer"].startswith("from 251 to 4999; a larger one")


async def test_a_body_too_large(probe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A body over the cap is not read to its end."""
    monkeypatch.setattr(_requests, "_MOST_BYTES", 60_000)
    async with simulator(max_page_size=5_000) as sim:
        report = await probe(sim)
    assert report["largest limit"]["evidence"].endswith("no usable answer (ClientPayloadError)")


async def test_a_refused_token_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 401 is the same one line as everywhere, after one request."""
    async with simulator(token="another") as sim:
        monkeypatch.setenv("IP1_V2_URL", sim.v2_url)
        assert await _app.execute(["probe", NUMBER]) == 1
        assert len(sim.requests) == 1
        probed = capsys.readouterr()
        assert await _app.execute(["summary", NUMBER]) == 1
    assert probed == capsys.readouterr()
    assert probed.err.startswith("ip1: GET /v2/conversations/{participant}/summary: 401 ")


async def test_no_answer_at_all_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a server there is no report, but one line."""
    async with simulator() as sim:
        monkeypatch.setenv("IP1_V2_URL", sim.v2_url)
    assert await _app.execute(["probe", NUMBER]) == 1
    assert capsys.readouterr().err == "ip1: no usable answer (ClientConnectorError)\n"


@pytest.mark.parametrize(
    "arguments", [[" "], [NUMBER, "--bundle", ".."], [NUMBER, "--v2-url", "x"]]
)
async def test_bad_input_is_refused(arguments: list[str]) -> None:
    """A bad participant or bundle is a usage error, before anything is sent."""
    assert await _app.execute(["probe", *arguments]) == 2


async def test_no_more_than_the_most_is_sent(
    probe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be one request too many is not sent, and the report says so."""
    monkeypatch.setattr(_requests, "MOST_REQUESTS", 12)
    async with simulator() as sim:
        report = await probe(sim)
        assert len(sim.requests) == 12
    assert report["empty conversation"]["answer"] == "not asked: 12 requests are sent"


async def test_requests_are_spaced(
    probe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request in a second goes out, fewer if the option says so, never more."""
    rates: list[float] = []

    class Watched(RateLimiter):
        def __init__(self, rate: float) -> None:
            rates.append(rate)
            super().__init__(1_000)

    monkeypatch.undo()
    monkeypatch.setenv("IP1_API_TOKEN", TOKEN)
    monkeypatch.setattr("ip1_async.cli.probe.RateLimiter", Watched)
    async with simulator() as sim:
        await probe(sim)
        sim.requests.clear()
        await probe(sim, "--rate-limit", "0.5")
    assert rates == [1.0, 0.5]


# Fields.


async def test_forms_of_fields(probe: Callable[..., Any]) -> None:
    """The report counts integer enums, numeric texts, forms of times, and absent fields."""
    mine = messages(
        5,
        type=1,
        datacoding="UCS",
        priority="2",
        segments="1",
        price=0.5,
        mcc=None,
        statuses=[{"created": "2026-03-01T10:00:00.1234567+01:00", "code": 201, "duration": 1}] * 2,
    )
    for number, each in enumerate(mine):
        each["direction"] = 1 - number % 2
    async with simulator(conversations={NUMBER: mine}) as sim:
        report = await probe(sim)
    answers = {topic: finding["answer"] for topic, finding in report.items()}
    assert answers["direction on /mt"] == "0 (number): 2"
    assert answers["direction on /mo"] == "1 (number): 3"
    assert answers["type"] == "1 (number): 5"
    assert answers["datacoding"] == '"UCS": 5'
    assert answers["priority"] == '"2": 5'
    assert answers["segments"] == "text of a number: 5"
    assert answers["price"] == "number with decimals: 5"
    assert answers["mcc"] == "null: 5"
    assert answers["mnc"] == "absent: 5"
    assert answers["modified"] == "Z and 0 digits: 5"
    assert answers["statuses in a list"] == "2 statuses: 5"
    assert answers["created of a status"] == "an offset and 7 digits: 10"
    assert answers["ids"] == "other text: 5"


def test_forms_quote_only_what_is_documented() -> None:
    """Foreign values show their kind, never themselves."""
    assert _word_form("type", "canary") == "another text"
    assert _word_form("type", 46712345678) == "another number"
    assert _number_form("canary") == "other text"
    assert _time_form("2026-03-01T10:00:00") == "no zone and 0 digits"
    assert _time_form("03/09/2026 2:35 PM") == _time_form(7) == "another form"
    assert _id_form(7) == "number"
    assert _form(True, _id_form) == "boolean"
    assert _form([], _id_form) == "list or object"


# The report.


async def test_a_terminal_shows_the_report(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal
) -> None:
    """On a terminal the report is text in lines that fit, and says what it took."""
    async with simulator() as sim:
        monkeypatch.setenv("IP1_V2_URL", sim.v2_url)
        terminal.take("stdout")
        assert await _app.execute(["probe", NUMBER]) == 0
    screen = terminal.screen
    assert "offsets count from 0" in screen
    assert "give a bundle with --bundle" in screen
    assert screen.splitlines()[-1].startswith("14 requests in ")
    assert NUMBER not in screen
    assert TOKEN not in screen


async def test_json_can_be_forced(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> None:
    """With --json a terminal gets JSON."""
    async with simulator() as sim:
        monkeypatch.setenv("IP1_V2_URL", sim.v2_url)
        terminal.take("stdout")
        assert await _app.execute(["probe", NUMBER, "--json"]) == 0
    assert json.loads(terminal.screen)["requests"] == 14
