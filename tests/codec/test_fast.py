"""The fast way and the tolerant one make the same models; only what is odd takes the slow one."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from types import NoneType
from typing import Any

import aiohttp
import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ip1_async import InvalidResponseError, _codec
from ip1_async._codec import convert, fast, fields
from ip1_async._codec.convert import structure
from ip1_async._codec.fast import Reader
from ip1_async.models import BundleMessage, Direction, Message
from ip1_async.testing import Simulator

USUAL: dict[str, Any] = {
    "id": "5bcf4324ee47dee41a9dbb13",
    "batchId": "5bc86b6e85c7209830f96936",
    "owner": "ip1-XXXXX",
    "sender": "iP1",
    "recipient": "456189040623",
    "body": "Hi my name is earl",
    "direction": "mt",
    "segments": 1,
    "type": "SMS",
    "datacoding": "ucs",
    "priority": 1,
    "price": 0.0416,
    "currency": "EUR",
    "statuses": [{"created": "2018-10-23T17:43:21Z", "code": 201, "duration": 0}],
    "modified": "2018-10-23T17:43:19.5+02:00",
    "reference": "A client reference",
    "mcc": "431",
    "mnc": "20",
}
BUNDLE = {"id": "m1", "recipient": "46", "status": "Delivered", "price": 1, "modified": None}


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """Give every test readers that have learned nothing."""
    made: dict[Any, Any] = {}
    monkeypatch.setattr(fast, "_READERS", made)
    return made


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note the messages that cattrs has to read."""
    seen: list[Any] = []

    def noting(obj: Any, model: Any) -> Any:
        if model is Message:  # else it is a part of one
            seen.append(obj)
        return structure(obj, model)

    monkeypatch.setattr(convert, "structure", noting)
    return seen


def tolerant(body: bytes, model: Any, direction: str | None) -> Any:
    """Read a page by `json` and cattrs alone, or say that it can't be read."""
    try:
        array = _codec.parse(body)
        assert type(array) is list
        return [structure(_directed(obj, direction), model) for obj in array]
    except (AssertionError, ValueError, RecursionError):
        return None


def _directed(obj: Any, direction: str | None) -> Any:
    if direction and type(obj) is dict and type(obj.get("direction")) in (int, NoneType):
        return {**obj, "direction": direction}
    return obj


def decoded(body: bytes, model: Any, direction: str | None) -> Any:
    """Read a page, or say that it can't be read."""
    with suppress(InvalidResponseError):
        return _codec.decode_page(body, model, Direction(direction) if direction else None)


def check(body: bytes, model: Any, direction: str | None = None) -> bool:
    """Compare all ways; say whether the page is usual."""
    wanted = tolerant(body, model, direction)
    usual, is_usual = Reader(model).read_page(body, direction)
    assert deep(usual) == deep((wanted or usual)[: len(usual)])
    for _ in range(2):  # the second time with all that was learned
        read = decoded(body, model, direction)
        assert deep(read) == deep(wanted)
    if wanted is not None and direction is None:
        lines = _codec.split_page(body)
        assert deep([_codec.decode(line, model) for line in lines]) == deep(wanted)
    return is_usual


def deep(value: Any) -> Any:
    """Give all values of models with their types, which tell 1 from 1.0, and `extra`."""
    if isinstance(value, list | tuple):
        return type(value), [deep(item) for item in value]
    if isinstance(value, dict):
        # What came first in an object means nothing.
        return {key: deep(item) for key, item in value.items()}
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return type(value), [deep(getattr(value, name)) for name in names]
    return type(value), repr(value)


@pytest.mark.parametrize("missing", [None, *list(USUAL)[1:]])
@pytest.mark.parametrize("direction", [None, "mo"])
def test_a_usual_page_is_read_fast(missing: str | None, direction: str | None) -> None:
    """Any field but the id may be absent, or null."""
    absent = {key: value for key, value in USUAL.items() if key != missing}
    page = [absent, {**USUAL, **({missing: None} if missing else {})}, {"id": "x"}]
    assert check(json.dumps(page).encode(), Message, direction)


def test_a_usual_bundle_is_read_fast() -> None:
    """Messages of a bundle have a usual form, too."""
    assert check(json.dumps([BUNDLE, {"id": "x"}]).encode(), BundleMessage)


@pytest.mark.parametrize(
    "unusual",
    [
        {"direction": 0, "type": 1, "datacoding": 2},
        {"direction": "MO", "type": "sms", "datacoding": "GSM"},
        {"direction": "sideways", "type": "MMS", "datacoding": 7},
        {"price": 1, "modified": "2018-10-23T17:43:21"},
        {"price": 1.0, "modified": "2018-10-23T17:43:21.1234567Z"},
        {"statuses": [{"code": 999}], "price": 12345678901234567890},
        {"statuses": [{"code": "201"}, {"code": "0999"}], "price": "0.50", "segments": "2"},
    ],
)
def test_documented_forms_are_read_fast(unusual: dict[str, Any]) -> None:
    """A server that prefers another documented form is no slower."""
    for direction in (None, "mt"):
        assert check(json.dumps([{**USUAL, **unusual}]).encode(), Message, direction)


@pytest.mark.parametrize(
    "other",
    [
        {"modified": "0001-01-01T00:00:00+01:00"},
        {"statuses": [{"created": "9999-12-31T23:59:59-01:00"}]},
        {"new": 1},
        {"statuses": [{"code": 201, "by": "carrier"}, {"code": 101}]},
        {"segments": "two"},
        {"body": 5},
        {"body": "cut \ud83d"},
        {"modified": "yesterday"},
        {"priority": []},
    ],
)
@pytest.mark.parametrize("place", [0, 7, 99])
def test_an_odd_message_is_read_alone(other: dict[str, Any], place: int, odd: list[Any]) -> None:
    """A field nobody knows, or in a rare form, costs its own message some time, and no other."""
    page = [{**USUAL, "id": str(index)} for index in range(100)]
    page[place] |= other
    body = json.dumps(page).encode()
    read = _codec.decode_page(body, Message)
    assert [obj["id"] for obj in odd] == [str(place)]
    assert deep(read) == deep(tolerant(body, Message, None))


@pytest.mark.parametrize(
    "new", [{"new": 1}, {"new": None, "newer": [1.0]}, {"statuses": [{"code": 201, "by": {}}]}]
)
def test_an_unknown_field_is_learned(new: dict[str, Any], odd: list[Any]) -> None:
    """A field that the service adds is odd once; after that it costs next to nothing."""
    body = json.dumps([{**USUAL, **new}, USUAL, {**USUAL, **new}]).encode()
    for _ in range(2):
        assert deep(_codec.decode_page(body, Message)) == deep(tolerant(body, Message, None))
    line = json.dumps({**USUAL, **new}).encode()
    assert deep(_codec.decode(line, Message)) == deep(tolerant(b"[%b]" % line, Message, None)[0])
    assert len(odd) == 1


def test_made_up_names_are_not_learned(odd: list[Any], readers: dict[Any, Any]) -> None:
    """What a server makes up without end must not fill the memory; it is read all the same."""
    names = ["a b", "å", "x" * 65, *(f"name{number}" for number in range(20))]
    body = json.dumps([{"id": "1", name: name} for name in names]).encode()
    for _ in range(2):
        read = _codec.decode_page(body, Message)
        assert [dict(message.extra) for message in read] == [{name: name} for name in names]
    assert len(readers[Message]._decoders.unknown) == 16
    assert len(odd) == 2 * len(names) - 16


def test_threads_do_not_mix_pages() -> None:
    """Pages with odd messages can be read in several threads at a time."""

    def page(thread: int) -> bytes:
        ids = (f"{thread}-{index}" for index in range(200))
        return json.dumps(
            [{"id": text, "mcc": 1 if text.endswith("99") else "1"} for text in ids]
        ).encode()

    pages = [page(thread) for thread in range(4)] * 5
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda body: _codec.decode_page(body, Message), pages))
    assert [[m.id for m in page] for page in read] == [
        [obj["id"] for obj in json.loads(body)] for body in pages
    ]


@pytest.mark.parametrize("price", ["-0.0", "0.0", '"-0.00"', "-0"])
def test_nothing_costs_nothing(price: str) -> None:
    """A price of minus zero is zero, whichever came first."""
    for body in (b'{"id": "m", "price": %b}' % text.encode() for text in (price, "0.0", "-0.0")):
        read = _codec.decode(body, Message)
        assert str(read.price).strip("0.") == ""


@pytest.mark.parametrize("texts", [("1e23", str(int(1e23))), ("1e16", str(10**16))])
def test_prices_of_one_value_keep_their_texts(texts: tuple[str, str]) -> None:
    """A float and an integer may be equal, but neither replaces the other."""
    for price in (*texts, *reversed(texts)):
        read = _codec.decode(b'{"id": "m", "price": %b}' % price.encode(), Message)
        assert read.price == Decimal(price)


VALUES = st.sampled_from(
    [
        *("0.1", "-0", "-0.0", "1e5", "1E-7", "1e400", "1.0", "0", "1", "201", "NaN", "Infinity"),
        *("9007199254740993", "18446744073709551616", "0.12345678901234567890", '"7"', "null"),
        *('""', '"mt"', '"Mo"', '"flash"', '"UCS"', '"\\ud83d"', '"\\u0000"', '"å"', "true"),
        *('"2018-10-23"', '"2018-10-23T17:43"', '"2018-10-23 17:43:21.9999999Z"', "[]", "{}"),
        *('"2018-10-23T24:00:00Z"', '"2018-10-23T17:43:60Z"', '"2018-10-23t17:43:21z"'),
        *('"0001-01-01T00:00:00+02:00"', '"9999-12-31T23:59:59.9999999Z"', '"20181023T174321Z"'),
        *('[{"code":"201"}]', '[{"code":201.0}]', '[{"created":"2018-10-23T17:43:21+00:30"}]'),
        *('[{"code":201},{"code":null}]', '[{"who":1}]', "[null]", '{"code":1}', '"-0.0"'),
        *('[{"by":1,"code":"x"},{"by":-0.0,"id":"9"}]', '{"a":{"b":[1.0,1,"1"]}}', '"\\ude00"'),
    ]
)
NUMBERS = ("1", "-0", "0.1", "-0.0", "1.0", "1e5", "1E-7", "9007199254740993", "null")
TIMES = ("2018-10-23T17:43:21.1234567Z", "2018-10-23 17:43:21+05:30", "2018-10-23T17:43:21")
LIKELY = st.one_of(
    st.tuples(st.sampled_from(["body", "sender", "mcc"]), st.text(max_size=4).map(json.dumps)),
    st.tuples(st.just("price"), st.sampled_from(NUMBERS) | st.floats(0, 1e6).map(repr)),
    st.tuples(st.just("price"), st.integers().map(str)),
    st.tuples(st.sampled_from(["direction", "type", "datacoding"]), st.integers(0, 3).map(str)),
    st.tuples(st.sampled_from(["direction", "type", "datacoding"]), st.text().map(json.dumps)),
    st.tuples(st.just("modified"), st.sampled_from(TIMES).map(json.dumps)),
    st.tuples(st.just("modified"), st.datetimes().map(lambda at: f'"{at.isoformat()}+01:00"')),
)
MEMBERS = LIKELY | st.tuples(st.sampled_from([*USUAL, "status", "new", "a b", "extra"]), VALUES)


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """Make pages that are usual but for some fields, and for some bytes."""
    objects = []
    for changes in draw(st.lists(st.lists(MEMBERS, max_size=2), max_size=6)):
        # A key may be there twice.
        usual = [(key, json.dumps(value)) for key, value in USUAL.items()]
        texts = [f"{json.dumps(key)}: {value}" for key, value in [*usual, *changes]]
        objects.append("{" + ",".join(texts) + "}")
    body = bytearray(("[" + ",".join(objects) + "]").encode())
    for place, byte in draw(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=1)):
        body[place % len(body)] = byte
    return bytes(body)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages(), st.sampled_from([Message, BundleMessage]), st.sampled_from([None, "mt", "mo"]))
def test_all_ways_read_the_same(
    readers: dict[Any, Any], body: bytes, model: Any, direction: str | None
) -> None:
    """All ways of reading a message give the same model, with the same `extra`."""
    readers.clear()
    check(body, model, direction if model is Message else None)


async def test_the_simulators_pages_are_read_fast() -> None:
    """Realistic pages take the fast way."""
    async with Simulator(conversations={"46": 300}) as simulator:
        headers = {"Authorization": "Bearer token"}
        url = f"{simulator.v2_url}/conversations/46?limit=200"
        async with aiohttp.request("GET", url, headers=headers) as response:
            assert check(await response.read(), Message)


def test_models_of_the_fast_way_are_models() -> None:
    """They are immutable, picklable and hashable as any other, and share an empty `extra`."""
    read: Any = Reader(Message).read(json.dumps(USUAL).encode())
    assert str(type(read)) == str(Message)
    assert pickle.loads(pickle.dumps(read)) == read
    assert {read: 1}[attrs.evolve(read)]
    with pytest.raises(attrs.exceptions.FrozenError):
        read.body = "other"
    with pytest.raises(TypeError):
        read.extra["new"] = 1
    assert pickle.loads(pickle.dumps(read)).extra is read.extra


def test_made_up_codes_and_prices_do_not_fill_the_memory() -> None:
    """Those that are kept are 4,096; others are read all the same."""
    statuses = [{"code": code} for code in range(10_000, 20_000)]
    page = [{**USUAL, "id": str(n), "price": n + 0.5} for n in range(10_000)]
    (message,) = _codec.decode_page(json.dumps([{**USUAL, "statuses": statuses}]).encode(), Message)
    assert [status.code for status in message.statuses] == [*range(10_000, 20_000)]
    prices = [each.price for each in _codec.decode_page(json.dumps(page).encode(), Message)]
    assert prices == [Decimal(n) + Decimal("0.5") for n in range(10_000)]
    assert {len(fields.CODES), len(fields.PRICES)} == {4096}
