import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ip1_async import Direction, InvalidResponseError, Message, MessageStatusCode, to_dict
from ip1_async.webhooks import DeliveryReport, UnverifiedReceiver, parse

REPORT = {
    "id": "5bcf4324ee47dee41a9dbb13",
    "batchId": "5bc86b6e85c7209830f96936",
    "recipient": "46712345678",
    "code": 201,
    "duration": 1,
    "created": "2018-10-23T17:43:21Z",
    "segments": 1,
    "price": 0.0416,
    "currency": "eur",
    "reference": "A client reference",
}
INCOMING = {
    "id": "5bcf4324ee47dee41a9dbb14",
    "sender": "46712345678",
    "recipient": "iP1",
    "body": "Yes",
    "direction": "mo",
    "segments": 1,
    "statuses": [],
}
EXPECTED = DeliveryReport(
    id="5bcf4324ee47dee41a9dbb13",
    batch_id="5bc86b6e85c7209830f96936",
    recipient="46712345678",
    code=MessageStatusCode.DELIVERED_TO_HANDSET,
    duration=1,
    created=datetime(2018, 10, 23, 17, 43, 21, tzinfo=UTC),
    segments=1,
    price=Decimal("0.0416"),
    currency="eur",
    reference="A client reference",
)


def encoded(obj: Any) -> bytes:
    return json.dumps(obj).encode()


@pytest.mark.parametrize("key", ["id", "messageId"])
def test_both_documented_forms_are_one_report(key: str) -> None:
    """The newer page calls the id `id`, the older one `messageId`."""
    body = {(key if name == "id" else name): value for name, value in REPORT.items()}
    report = parse(encoded(body))
    assert report == EXPECTED
    assert report.extra == {}


def test_an_incoming_message() -> None:
    """What has a body is a message, even if it has a code."""
    message = parse(encoded({**INCOMING, "code": 7}))
    assert isinstance(message, Message)
    assert (message.body, message.direction) == ("Yes", Direction.MO)
    assert message.extra == {"code": 7}


def test_what_is_odd_is_kept() -> None:
    """Numbers as texts are read; what can't be read, and what nobody documents, is in extra."""
    odd = {"code": "201", "duration": "1", "created": "soon", "segments": [], "new": {"a": 1}}
    report = parse(encoded({**REPORT, **odd, "messageId": "other"}))
    assert isinstance(report, DeliveryReport)
    assert (report.code, report.duration, report.created) == (201, 1, None)
    kept = {"created": "soon", "segments": [], "new": {"a": 1}, "messageId": "other"}
    assert report.extra == kept
    assert to_dict(report)["batchId"] == REPORT["batchId"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b"\xff",
        b'{"id": "a"}',
        b'{"code": 201}',
        b'{"code": 201, "id": ""}',
        b'{"body": "a"}',
        b'{"body": "a", "id": []}',
        b'{"code": 201, "messageId": null}',
        b"[" * 60_000,
        b'{"code":1,"id":"a","x":' + b"[" * 60_000,
        b'{"code": NaN, "id": "a"}',
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_anything_else_is_one_error(body: bytes) -> None:
    """What is neither is an error that quotes nothing of it."""
    with pytest.raises(InvalidResponseError) as caught:
        parse(body)
    assert caught.value.__context__ is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_names = st.sampled_from([*REPORT, *INCOMING, "messageId", "x"])


@given(st.binary() | st.dictionaries(_names, _json).map(encoded) | _json.map(encoded))
@example(encoded({**REPORT, "created": "0001-01-01T00:00:00+23:59"}))
@example(encoded({**REPORT, "code": 10**400}))
@example(encoded({**REPORT, "price": "1e999999999"}))
@example(encoded({**INCOMING, "statuses": [None, 7, {"code": {}}]}))
@example(encoded({"code": 1, "id": "\ud800"}))
@example(encoded({"code": 1, "messageId": "\ud800"}))
@example(b'{"messageId":"a","code":' + b"9" * 5000 + b"}")
@example(b'{"messageId":"a","code":1,"x":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'{"id":"a","code":1,"x":' + b"[" * 900 + b"]" * 900 + b"}")
def test_fuzzed_bodies(body: bytes) -> None:
    """Any body gives a model with an id, or the one typed error."""
    try:
        event = parse(body)
    except InvalidResponseError:
        return
    assert isinstance(event, DeliveryReport | Message)
    assert event.id


async def test_deep_and_long_bodies_are_answered() -> None:
    """What parse takes a receiver answers, however deep, long or odd it is."""
    receiver, events = UnverifiedReceiver(), list[Any]()
    receiver.fallback(events.append)
    odd = [
        b'{"id":"a","code":' + b"9" * 4000 + b"}",
        b'{"id":"c","code":"' + b"9" * 4000 + b'"}',
        b'{"id":"a","code":1e400}',
        b'{"id":"a","code":1e18,"created":"9999-12-31T23:59:59-23:59"}',
        b'{"id":"a","code":-1,"created":"0001-01-01T00:00:00"}',
        b'{"id":"' + b"a" * 60_000 + b'","code":1}',
        b'{"id":"\\ud800","code":1}',
        b'{"id":"b","code":1,"x":' + b"[" * 900 + b"]" * 900 + b"}",
    ]
    answers = [int(await receiver.answer(body)) for body in odd]
    assert set(answers) <= {200, 400}
    assert answers.count(200) == len(events)


@given(st.data())
def test_mutated_hooks(data: st.DataObject) -> None:
    """A real hook with bytes changed gives a model, or the one typed error."""
    body = bytearray(encoded(data.draw(st.sampled_from([REPORT, INCOMING]))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        event = parse(bytes(body))
    except InvalidResponseError:
        return
    assert event.id
