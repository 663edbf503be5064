"""Every form of the wire, read and written back."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ip1_async import (
    BundleMessage,
    ConversationSummary,
    DataCoding,
    Direction,
    InvalidResponseError,
    Message,
    MessageStatusCode,
    MessageType,
    Status,
    StatusCount,
    to_dict,
    to_json,
)
from ip1_async._codec import decode, decode_page

MOMENT = datetime(2018, 10, 23, 17, 43, 21, tzinfo=UTC)


def message(**fields: Any) -> Message:
    """Read a message that has an id and these fields of the wire."""
    return decode(json.dumps({"id": "m1", **fields}).encode(), Message)


def page(*objects: Any) -> bytes:
    """Write a page."""
    return json.dumps(objects).encode()


# The documented payloads.


def test_the_documented_message_is_read(sample: Callable[[str], Any]) -> None:
    """Every field of the documented message has its type."""
    assert decode(json.dumps(sample("message")).encode(), Message) == Message(
        id="5bcf4324ee47dee41a9dbb13",
        batch_id="5bc86b6e85c7209830f96936",
        owner="ip1-XXXXX",
        sender="iP1",
        recipient="456189040623",
        body="Hi my name is earl",
        direction=Direction.MT,
        segments=1,
        type=MessageType.SMS,
        datacoding=DataCoding.UCS,
        priority=1,
        price=Decimal("0.0416"),
        currency="EUR",
        statuses=(Status(MOMENT, MessageStatusCode.DELIVERED_TO_HANDSET, 0),),
        modified=datetime(2018, 10, 23, 17, 43, 19, tzinfo=UTC),
        reference="A client reference",
        mcc="431",
        mnc="20",
    )


def test_the_documented_summary_is_read(sample: Callable[[str], Any]) -> None:
    """Counts are found by their status code."""
    summary = decode(json.dumps(sample("summary")).encode(), ConversationSummary)
    assert summary == ConversationSummary(
        "46734487112",
        387,
        774,
        {101: StatusCount(43, 86), 102: StatusCount(3, 6), 201: StatusCount(142, 284)},
        {201: StatusCount(199, 398)},
    )


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("message", Message),
        ("message_incoming_sparse", Message),
        ("message_integer_enums", Message),
        ("summary", ConversationSummary),
        ("bundle_messages", BundleMessage),
    ],
)
def test_a_documented_payload_comes_back(
    name: str, model: Any, sample: Callable[[str], Any]
) -> None:
    """What was read and written back reads as the same, and says the same where text is text."""
    payload = sample(name)
    for obj in payload if isinstance(payload, list) else [payload]:
        read = decode(json.dumps(obj).encode(), model)
        assert read.extra == {}
        assert decode(to_json(read).encode(), model) == read
        if name != "message_integer_enums":
            assert to_dict(read) == obj


# Forms of one field.

MT, MO = Direction.MT, Direction.MO
GSM, UCS = DataCoding.GSM, DataCoding.UCS
SMS, FLASH = MessageType.SMS, MessageType.FLASH


@pytest.mark.parametrize(
    ("field", "wire", "value"),
    [
        *[("direction", form, MT) for form in ("mt", "MT", "Mt", 0)],
        *[("direction", form, MO) for form in ("mo", "MO", "mO", 1)],
        *[("type", form, SMS) for form in ("SMS", "sms", "Sms", 1)],
        *[("type", form, FLASH) for form in ("flash", "FLASH", "Flash", 0)],
        *[("datacoding", form, GSM) for form in ("gsm", "GSM", "Gsm", 0)],
        *[("datacoding", form, UCS) for form in ("ucs", "UCS", "Ucs", 2)],
        *[("priority", form, 1) for form in (1, "1", 1.0)],
        *[("priority", form, 2) for form in (2, "2")],
        *[("segments", form, 3) for form in (3, "3", 3.0)],
        *[("price", form, Decimal("0.0416")) for form in (0.0416, "0.0416", "4.16e-2")],
        *[("price", form, Decimal(2)) for form in (2, 2.0, "2", "2.00")],
        ("price", 0.1, Decimal("0.1")),
        ("price", 123456789.012345, Decimal("123456789.012345")),
        ("price", 1e-7, Decimal("0.0000001")),
        ("price", 12345678901234567890, Decimal(12345678901234567890)),
        ("mcc", "431", "431"),
        ("mcc", 431, "431"),
        ("reference", "", ""),
    ],
)
def test_a_form_of_the_wire_is_read(field: str, wire: Any, value: Any) -> None:
    """Documents and samples write one thing in several ways; all of them are understood."""
    read = message(**{field: wire})
    assert getattr(read, field) == value
    assert type(getattr(read, field)) is type(value)
    assert read.extra == {}
    assert decode(to_json(read).encode(), Message) == read


@pytest.mark.parametrize(
    ("field", "wire"),
    [
        ("direction", "sideways"),
        ("direction", 7),
        ("direction", ""),
        ("type", "MMS"),
        ("type", 2),
        ("datacoding", "Binary"),
        ("datacoding", 1),
    ],
)
def test_an_unknown_enum_value_is_kept(field: str, wire: Any) -> None:
    """A new value is neither an error nor lost: the field holds it as it came."""
    read = message(**{field: wire})
    assert getattr(read, field) == wire
    assert to_dict(read)[field] == wire
    assert read.extra == {}


@pytest.mark.parametrize("wire", [299, "299"])
def test_an_unknown_status_code_is_kept(wire: Any) -> None:
    """An unknown status code is a number, even if it came as a text."""
    assert message(statuses=[{"code": wire}]).statuses == (Status(code=299),)


@pytest.mark.parametrize("wire", [201, "201"])
def test_a_known_status_code_gets_its_name(wire: Any) -> None:
    """A code may be a number or a numeric string."""
    (status,) = message(statuses=[{"code": wire}]).statuses
    assert status.code is MessageStatusCode.DELIVERED_TO_HANDSET


@pytest.mark.parametrize("digits", range(8))
@pytest.mark.parametrize(
    ("zone", "hour", "minute"),
    [("Z", 17, 13), ("", 17, 13), ("+00:00", 17, 13), ("+02:00", 15, 13), ("-05:30", 22, 43)],
)
def test_a_timestamp_is_read(digits: int, zone: str, hour: int, minute: int) -> None:
    """With Z, with an offset or without, and with up to 7 digits, it is aware and in UTC."""
    fraction = "." + "1234567"[:digits] if digits else ""
    read = message(modified=f"2018-10-23T17:13:21{fraction}{zone}")
    micro = round(float(f"0.{fraction.strip('.')}0") * 1_000_000)
    assert read.modified == datetime(2018, 10, 23, hour, minute, 21, micro, UTC)
    assert read.modified is not None
    assert read.modified.tzinfo is UTC
    assert decode(to_json(read).encode(), Message) == read


def test_null_is_absence() -> None:
    """Every field but the id may be null, inside of statuses and counts too."""
    wire = {key: None for key in _wire_names(Message) if key != "id"}
    assert message(**wire) == Message("m1")
    assert message(**wire).extra == {}
    assert message(statuses=[dict.fromkeys(_wire_names(Status))]).statuses == (Status(),)
    summary = decode(json.dumps(dict.fromkeys(_wire_names(ConversationSummary))).encode(), Summary)
    assert summary == ConversationSummary()
    assert decode(b"{}", Summary) == ConversationSummary()
    counts = {"201": {"messages": None}}
    read = decode(json.dumps({"mobileOriginatedMessages": counts}).encode(), Summary)
    assert read.mobile_originated_messages == {201: StatusCount()}


Summary = ConversationSummary


def _wire_names(model: Any) -> list[str]:
    def camel(name: str) -> str:
        head, *rest = name.split("_")
        return head + "".join(word.capitalize() for word in rest)

    return [camel(field.name) for field in model.__attrs_attrs__ if field.name != "extra"]


# Values that can't be read.


@pytest.mark.parametrize(
    ("field", "wire"),
    [
        ("body", ["a", "list"]),
        ("body", True),
        ("body", 1.5),
        ("reference", {"a": "b"}),
        ("direction", ["mt"]),
        ("direction", True),
        ("type", {"SMS": 1}),
        ("datacoding", 2.5),
        ("priority", "high"),
        ("priority", True),
        ("segments", 1.5),
        ("segments", "9" * 5000),
        ("segments", []),
        ("price", "free"),
        ("price", True),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", "-sNaN"),
        ("price", [0.45]),
        ("modified", "03/09/2026 2:35 PM"),
        ("modified", 1540316599),
        ("modified", ""),
        ("modified", "0001-01-01T00:00:00+14:00"),
        ("statuses", "none"),
        ("statuses", 5),
        ("statuses", True),
        ("statuses", {"code": 201}),
        ("statuses", [201]),
        ("statuses", [{"code": 101}, None]),
        ("statuses", ""),
        ("statuses", {}),
        ("statuses", 0),
    ],
)
def test_an_unreadable_value_costs_its_field_only(field: str, wire: Any) -> None:
    """A value that can't be read goes to `extra`, its field is empty, and the rest is read."""
    read = message(**{field: wire}, owner="me", modifiedBy="them")
    assert not getattr(read, field)
    assert read.extra == {field: wire, "modifiedBy": "them"}
    assert read.owner == "me"
    assert to_dict(read) == {"id": "m1", "owner": "me", field: wire, "modifiedBy": "them"}


def test_an_unreadable_value_in_a_status_costs_that_field() -> None:
    """A status keeps what it has, and its own `extra`."""
    wire = [{"created": "yesterday", "code": 201, "by": "carrier"}]
    (status,) = message(statuses=wire).statuses
    assert status == Status(code=201)
    assert status.extra == {"created": "yesterday", "by": "carrier"}
    assert to_dict(message(statuses=wire))["statuses"] == wire


@pytest.mark.parametrize(
    "wire", [[], "201", 5, {"all": {"messages": 1}}, {"201": 5}, {"201": None}, {"": {}}]
)
def test_unreadable_counts_cost_their_field(wire: Any) -> None:
    """A summary survives counts of another shape."""
    body = json.dumps({"participant": "iP1", "mobileTerminatedMessages": wire}).encode()
    read = decode(body, Summary)
    assert read == ConversationSummary("iP1")
    assert read.extra == {"mobileTerminatedMessages": wire}


def test_counts_keep_what_they_do_not_know() -> None:
    """A count has an `extra` of its own."""
    wire = {"201": {"messages": "2", "sms": "three", "mms": 1}}
    read = decode(json.dumps({"mobileTerminatedMessages": wire}).encode(), Summary)
    count = read.mobile_terminated_messages[201]
    assert count == StatusCount(2)
    assert count.extra == {"sms": "three", "mms": 1}


def test_two_spellings_of_a_code_lose_no_count() -> None:
    """`"201"` and `"0201"` are one number; where both come, neither count is lost."""
    wire = {"201": {"messages": 1, "sms": 1}, "0201": {"messages": 5, "sms": 5}}
    read = decode(json.dumps({"mobileTerminatedMessages": wire}).encode(), Summary)
    assert to_dict(read)["mobileTerminatedMessages"] == wire


def test_unknown_fields_stand_in_extra() -> None:
    """What the manual does not name comes back where it was, and takes no part in equality."""
    read = message(campaign={"name": "Spring"}, batch_id="no name of the wire", extra=1)
    assert read == Message("m1")
    assert hash(read) == hash(Message("m1"))
    assert read.extra == {
        "campaign": {"name": "Spring"},
        "batch_id": "no name of the wire",
        "extra": 1,
    }
    assert to_dict(read) == {"id": "m1", **read.extra}


def test_an_odd_message_does_not_spoil_its_page() -> None:
    """An odd message does not change how its neighbours are read."""
    body = page({"id": "a", "segments": 1}, {"id": "b", "segments": {}}, {"id": 3})
    first, second, third = decode_page(body, Message)
    assert first == Message("a", segments=1)
    assert (second, second.extra) == (Message("b"), {"segments": {}})
    assert third == Message("3")


@pytest.mark.parametrize("wire", [0, 1, 2, None])
@pytest.mark.parametrize("direction", Direction)
def test_the_endpoint_decides_over_numbers(wire: Any, direction: Direction) -> None:
    """On `/mt` and `/mo` an integer, and an absent direction, mean the endpoint's own."""
    body = page({"id": "a", "direction": wire}, {"id": "b"})
    assert [m.direction for m in decode_page(body, Message, direction)] == [direction] * 2


def test_the_endpoint_does_not_overrule_a_word() -> None:
    """A direction in words is the server's word, known or not."""
    body = page({"id": "a", "direction": "MO"}, {"id": "b", "direction": "sideways"})
    assert [m.direction for m in decode_page(body, Message, MT)] == [MO, "sideways"]


@pytest.mark.parametrize("wire", [["mo"], {"way": "mo"}, True, 0.5])
def test_an_unreadable_direction_is_kept_on_a_directed_endpoint(wire: Any) -> None:
    """What the server sent is not lost, though the endpoint knows better."""
    (read,) = decode_page(page({"id": "a", "direction": wire}), Message, MT)
    assert read.extra == {"direction": wire}


# Bodies that can't be used.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"id": "m1"',
        b'{"id": "m1", "price": NaN}',
        b'{"id": "m1", "price": Infinity}',
        b'{"id": "m1", "price": -Infinity}',
        b'{"id": "m1", "body": "\xff\xfe"}',
        b'{"id": "m1", "unknown": "\xc3"}',
        b'{"id": "m1"} {"id": "m2"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """Broken JSON, numbers that are none, bad UTF-8 and bottomless nesting are one clear error."""
    for read in (decode, decode_page):
        with pytest.raises(InvalidResponseError, match="not JSON") as caught:
            read(body, Message)
        assert caught.value.__cause__ is None


def test_a_byte_order_mark_is_no_harm() -> None:
    """A byte order mark before UTF-8 is ignored."""
    assert decode(b'\xef\xbb\xbf{"id": "m1"}', Message) == Message("m1")


@pytest.mark.parametrize("body", [b"{}", b"null", b'"text"', b"5", b'{"items": []}'])
def test_a_page_is_an_array(body: bytes) -> None:
    """Anything else where a page should be is an error that names the place."""
    with pytest.raises(InvalidResponseError, match=r"^\$: expected an array$"):
        decode_page(body, Message)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"5", b"true"])
@pytest.mark.parametrize("model", [Message, BundleMessage, ConversationSummary])
def test_one_answer_is_an_object(body: bytes, model: Any) -> None:
    """Anything else where an object should be is an error that names the place."""
    with pytest.raises(InvalidResponseError, match=r"^\$: expected an object$"):
        decode(body, model)


@pytest.mark.parametrize(
    "wire", [{}, {"id": None}, {"id": ""}, {"id": ["x"]}, {"id": True}, {"id": 1.5}, {"ID": "x"}]
)
@pytest.mark.parametrize("model", [Message, BundleMessage])
def test_an_object_without_an_id_is_refused(wire: Any, model: Any) -> None:
    """Nothing can be joined, found again or resumed without an id."""
    with pytest.raises(InvalidResponseError, match=r"^\$: no readable id$"):
        decode(json.dumps(wire).encode(), model)


def test_the_first_wrong_items_are_named() -> None:
    """An error names the JSON path of the first three items that can't be used."""
    body = page({"id": "a"}, {}, {"id": "b"}, 5, None, {"id": None}, {"id": "c"})
    with pytest.raises(InvalidResponseError) as caught:
        decode_page(body, Message)
    expected = "$[1]: no readable id; $[3]: expected an object; $[4]: expected an object"
    assert str(caught.value) == expected


def test_fewer_wrong_items_are_all_named() -> None:
    """One wrong item at the end is named as well."""
    with pytest.raises(InvalidResponseError, match=r"^\$\[1\]: no readable id$"):
        decode_page(page({"id": "a"}, {}), BundleMessage)


# And back.


def test_only_models_are_written() -> None:
    """Anything else is a TypeError that names its class."""
    for write in (to_dict, to_json):
        with pytest.raises(TypeError, match="not a model of ip1_async: dict"):
            write({"id": "m1"})


def test_json_is_one_line_in_the_names_of_the_wire() -> None:
    """Text stays text, times are in UTC, and money is a number where a number says the same."""
    read = message(body="å\n✓", batchId="b", price=0.45, modified="2018-10-23T19:43:21+02:00")
    assert to_json(read) == (
        '{"id":"m1","batchId":"b","body":"å\\n✓","price":0.45,"modified":"2018-10-23T17:43:21Z"}'
    )


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("2", "2"),
        ("0.0416", "0.0416"),
        ("2.50", "2.5"),
        ("1E+2", "100.0"),
        ("0.1234567890123456789", '"0.1234567890123456789"'),
        ("1E+400", '"1E+400"'),
        ("1E-400", '"1E-400"'),
    ],
)
def test_money_is_written_exactly(price: str, text: str) -> None:
    """No digit is lost: what a JSON number can't say is written as text."""
    read = message(price=price)
    assert json.dumps(to_dict(read)["price"]) == text
    assert decode(to_json(read).encode(), Message).price == Decimal(price)


def test_a_number_too_large_for_json_readers_is_written() -> None:
    """A price of thousands of digits can be read, so it can be written."""
    read = message(price="1" * 5000)
    assert decode(to_json(read).encode(), Message) == read


def test_what_is_written_is_json() -> None:
    """A float that is out of range is refused, or written in a way that can be read again."""
    try:
        read = decode(b'{"id": "m1", "price": 1e400, "unknown": -1e999}', Message)
    except InvalidResponseError:
        return
    assert decode(to_json(read).encode(), Message) == read


def test_half_a_surrogate_pair_can_be_written() -> None:
    r"""Messages cut in the middle of an emoji come as `\ud83d`; their JSON can be encoded."""
    read = decode(b'{"id": "m1", "body": "cut \\ud83d"}', Message)
    assert decode(to_json(read).encode(), Message) == read


# Properties.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["mt", "MO", "flash", "ucs", "7", "0.45", "2018-10-23T17:43:21.1234567"])
    | st.sampled_from(["2018-10-23T17:43:21+02:00", "1e5", "201", " 5 ", "1_000", "-0.0"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
STATUSES = st.lists(
    st.dictionaries(st.sampled_from(["created", "code", "duration", "who"]), JSON), max_size=3
)
COUNTS = st.dictionaries(
    st.integers(100, 599).map(str),
    st.dictionaries(st.sampled_from(["messages", "sms", "mms"]), JSON),
    max_size=3,
)


def objects(model: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Make JSON objects in which any field may hold anything."""
    names = [name for name in _wire_names(model) if name != "id"]
    known = st.dictionaries(st.sampled_from(names), JSON | STATUSES | COUNTS)
    unknown = st.dictionaries(st.text(max_size=4), JSON, max_size=3)
    required = st.fixed_dictionaries({"id": st.text(min_size=1) | st.integers()})
    return st.builds(lambda a, b, c: {**a, **b, **c}, unknown, known, required)


def same(model: Any, key: str, sent: Any, kept: Any) -> bool:
    """Say whether a value of the wire and what is written back mean the same."""
    if sent == kept:
        return True
    if sent is None or sent in ([], {}):
        return kept is None
    one = decode(json.dumps({"id": "x", key: sent}).encode(), model)
    other = decode(json.dumps({"id": "x", key: kept}).encode(), model)
    return bool(one == other) and type(sent) in (str, int, float, list, dict)


@pytest.mark.parametrize("model", [Message, BundleMessage, ConversationSummary])
def test_nothing_is_lost(model: Any) -> None:
    """Any JSON object is written back whole, and reads as the same again."""

    @given(objects(model))
    def check(wire: dict[str, Any]) -> None:
        read = decode(json.dumps(wire).encode(), model)
        written = to_dict(read)
        assert written.keys() <= wire.keys()
        for key, value in wire.items():
            assert same(model, key, value, written.get(key)), key
        again = decode(to_json(read).encode(), model)
        assert again == read
        assert again.extra == read.extra

    check()


@settings(max_examples=25)
@given(st.lists(objects(Message), max_size=4))
def test_a_page_reads_as_its_objects(wires: list[dict[str, Any]]) -> None:
    """A page gives the same models as its objects one by one."""
    alone = [decode(json.dumps(wire).encode(), Message) for wire in wires]
    together = decode_page(json.dumps(wires).encode(), Message)
    assert together == alone
    assert [m.extra for m in together] == [m.extra for m in alone]


@given(JSON)
def test_any_json_is_read_or_refused(wire: Any) -> None:
    """No JSON value at all gets anything but a model or an InvalidResponseError out of it."""
    body = json.dumps(wire).encode()
    reads: list[Any] = [(decode, model) for model in (Message, BundleMessage, ConversationSummary)]
    for read, model in [*reads, (decode_page, Message), (decode_page, BundleMessage)]:
        with suppress(InvalidResponseError):
            read(body, model)


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No bytes at all get anything but a model or an InvalidResponseError out of it."""
    with suppress(InvalidResponseError):
        decode(body, Message)
