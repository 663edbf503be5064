"""What is posted, and what is refused before anything is sent."""

import json
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ip1_async import Client, DataCoding, DeliveryWindow, MessageType
from ip1_async._sending import rcs, sms
from ip1_async.testing import Simulator

SMS: dict[str, Any] = {
    "sender": "iP1",
    "recipients": ["46712345678"],
    "body": "Hello",
    "type": "sms",
    "datacoding": "ucs",
    "priority": 1,
    "delivery_windows": (),
    "delivery_report_url": None,
    "reference": None,
    "tags": (),
}
RCS: dict[str, Any] = {
    "brand": "b",
    "agent": "a",
    "recipients": ["46712345678"],
    "content": "Hello",
    "card": None,
    "suggestions": (),
    "reference": None,
    "tags": (),
}
NOON = datetime(2026, 3, 9, 12, tzinfo=timezone(timedelta(hours=1)))


def body_of(**changes: Any) -> dict[str, Any]:
    return sms.make_body("k", **{**SMS, **changes})


def bundle_of(**changes: Any) -> dict[str, Any]:
    return rcs.make_body("k", **{**RCS, **changes})


def test_a_plain_sms_says_what_the_manual_asks_for() -> None:
    """What was not given is left out; the key is a tag."""
    assert body_of() == {
        "sender": "iP1",
        "recipients": ["46712345678"],
        "body": "Hello",
        "type": "sms",
        "datacoding": "ucs",
        "priority": 1,
        "tags": ["ip1-async:k"],
    }


def test_an_sms_with_everything_has_it_in_the_names_of_the_wire() -> None:
    """Enums are in lower case, and times say their zone; without one they are in UTC."""
    full = body_of(
        sender="+46700000000",
        type=MessageType.SMS,
        datacoding=DataCoding.GSM,
        priority=2,
        delivery_windows=[(NOON, datetime(2026, 3, 9, 13)), DeliveryWindow(NOON, NOON)],  # noqa: DTZ001
        delivery_report_url="https://example.com/hook",
        reference="r",
        tags=["spring"],
    )
    assert full == {
        "sender": "46700000000",
        "recipients": ["46712345678"],
        "body": "Hello",
        "type": "sms",
        "datacoding": "gsm",
        "priority": 2,
        "deliveryWindows": [
            {"opens": "2026-03-09T12:00:00+01:00", "closes": "2026-03-09T13:00:00+00:00"},
            {"opens": "2026-03-09T12:00:00+01:00", "closes": "2026-03-09T12:00:00+01:00"},
        ],
        "deliveryReportUrl": "https://example.com/hook",
        "reference": "r",
        "tags": ["spring", "ip1-async:k"],
    }


def test_a_template_has_its_values_by_number() -> None:
    """A leading plus goes, values for all are named `default`, and mappings of any kind will do."""

    class Lazy(Mapping[str, str]):
        """A mapping that is no dict."""

        def __getitem__(self, name: str) -> str:
            return {"name": "Ann"}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(["name"])

        def __len__(self) -> int:
            return 1

    made = body_of(
        body="Hi {name}, {code}",
        recipients={
            "+46712345678": Lazy(),
            "46701234567": {"name": "Bo"},
            "default": {"code": "1"},
        },
    )
    assert made["recipients"] == {
        "default": {"code": "1"},
        "46712345678": {"name": "Ann"},
        "46701234567": {"name": "Bo"},
    }
    assert json.dumps(made)


@pytest.mark.parametrize("body", ["{", "{name}", "{} {{", "x" * 2_000, " a"])
def test_with_a_list_the_body_is_no_template(body: str) -> None:
    """Braces go through as they are."""
    assert body_of(body=body)["body"] == body


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(
            ({"sender": s}, "^sender: expected")
            for s in ("", " ", "1" * 16, "a" * 12, "å", "a-b", None)
        ),
        *(({"sender": s}, "^sender: expected") for s in (46700000000, "+", "+ab")),
        *(({"body": b}, "^body: expected") for b in ("", " \n", None, "x" * 2_001, 5)),
        ({"recipients": []}, "^recipients: expected"),
        ({"recipients": {}}, "^recipients: expected"),
        ({"recipients": {"default": {}}}, "^recipients: expected"),
        ({"recipients": "46712"}, "^recipients: expected"),
        *(
            ({"recipients": [r]}, "^recipient 1: expected")
            for r in ("", "1" * 16, "46-7", "٤٦", "++4")
        ),
        ({"recipients": [4]}, "^recipient 1: given before, or no text"),
        ({"recipients": ["467", "+467"]}, "^recipient 2: given before"),
        ({"recipients": {"467": {}}, "body": "{name}"}, "^recipient 1: expected a text for {name}"),
        ({"recipients": {"467": {"a": " "}}, "body": "{a}"}, "^recipient 1: the text is blank"),
        ({"recipients": {"467": {"other": 5}}}, "^recipients: expected texts"),
        ({"recipients": {"467": {5: "x"}}}, "^recipients: expected texts"),
        ({"recipients": {"467": None}}, "^recipients: expected a mapping"),
        ({"type": "mms"}, "^type: expected sms or flash"),
        ({"type": None}, "^type: expected"),
        ({"datacoding": "utf8"}, "^datacoding: expected gsm or ucs"),
        (
            {"datacoding": "gsm", "body": "中"},
            "^recipient 1: the text has characters that gsm lacks",
        ),
        *(({"priority": p}, "^priority: expected 1 or 2") for p in (0, 3, "1", True, 1.0, None)),
        ({"delivery_windows": [(NOON, "later")]}, "^delivery_windows: expected a time"),
        ({"delivery_windows": [DeliveryWindow(NOON)]}, "^delivery_windows: expected a time"),
        ({"delivery_windows": [(NOON,)]}, "^delivery_windows: expected a time"),
        ({"delivery_report_url": 5}, "^delivery_report_url: expected a text"),
        ({"reference": 5}, "^reference: expected a text"),
        ({"tags": "spring"}, "^tags: expected a list"),
        ({"tags": [5]}, "^tags: expected a list"),
        ({"tags": ["ip1-async:mine"]}, "^tags: what begins with ip1-async: is for the key"),
    ],
)
def test_what_the_api_would_reject_is_refused(changes: dict[str, Any], reason: str) -> None:
    """The reason names the argument or the place, never a number or a text."""
    with pytest.raises(ValueError, match=reason) as caught:
        body_of(**changes)
    assert "467" not in str(caught.value)


@pytest.mark.parametrize("sender", ["a", "iP1", "iP1sms", "0123456789A", "1" * 15, "1", "+467"])
def test_a_sender_that_one_line_of_the_manual_allows_goes_through(sender: str) -> None:
    """Only what both lines refuse is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert body_of(sender=sender)["sender"] == sender.removeprefix("+")


async def test_a_sender_with_a_space_is_warned_about() -> None:
    """It is sent: registered senders are shown with one. The warning names the caller's line."""
    async with Simulator() as sim, Client("token", v2_url=sim.v2_url, rate_limit=None) as client:
        await client.v2.senders.register("My Shop")
        with pytest.warns(UserWarning, match="space") as caught:
            batch = await client.v2.batches.send(
                sender="My Shop", recipients=["46712345678"], body="Hello"
            )
    assert batch.sender == "My Shop"
    assert caught[0].filename == __file__


@pytest.mark.parametrize("key", ["", " ", "a b", "å", "x" * 101, "a\n", 5])
async def test_a_key_that_a_server_may_change_is_refused(key: Any) -> None:
    """Nothing is sent or looked for."""
    async with Client("token") as client:
        with pytest.raises(ValueError, match=r"^key: expected"):
            await client.v2.batches.send(
                sender="iP1", recipients=["46712345678"], body="Hello", key=key
            )
        with pytest.raises(ValueError, match=r"^key: expected"):
            await client.v3.bundles.settle(key)


def test_an_rcs_message_has_its_key_as_unique_id() -> None:
    """Recipients are an object, even without variables."""
    assert bundle_of() == {
        "brand": "b",
        "agent": "a",
        "recipients": {"46712345678": {}},
        "content": "Hello",
        "uniqueId": "k",
    }
    card = {"title": "t", "type": 1}
    suggestion = {"text": "Open", "type": 1, "url": "https://example.com"}
    full = bundle_of(
        content=None,
        card=card,
        suggestions=[suggestion],
        reference="r",
        tags=["x"],
        recipients={"467": {"name": "Ann"}, "default": {"name": "you"}},
    )
    assert full == {
        "brand": "b",
        "agent": "a",
        "recipients": {"default": {"name": "you"}, "467": {"name": "Ann"}},
        "card": card,
        "suggestions": [suggestion],
        "reference": "r",
        "tags": ["x"],
        "uniqueId": "k",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"brand": " "}, "^brand: expected"),
        ({"agent": None}, "^agent: expected"),
        ({"content": None}, "^content: expected a text, or a card"),
        ({"content": 5}, "^content: expected a text"),
        ({"recipients": []}, "^recipients: expected"),
        ({"recipients": {"467": {"a": 1}}}, "^recipients: expected texts"),
        ({"tags": "x"}, "^tags: expected"),
        ({"reference": 1}, "^reference: expected"),
    ],
)
def test_an_rcs_message_that_can_not_be_meant_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    """The manual says little of what is rejected."""
    with pytest.raises(ValueError, match=reason):
        bundle_of(**changes)


def test_windows_in_utc_stay_so() -> None:
    """As they were given."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    (window,) = body_of(delivery_windows=[(moment, moment)])["deliveryWindows"]
    assert window == {"opens": "2026-01-01T00:00:00+00:00", "closes": "2026-01-01T00:00:00+00:00"}
