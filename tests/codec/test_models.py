"""Models are values."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from ip1_async import (
    BundleMessage,
    ConversationSummary,
    DataCoding,
    Direction,
    Message,
    MessageStatusCode,
    MessageType,
    Order,
    Status,
    StatusCount,
)

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)
HASHABLE = (
    Message("m1", body="hello", statuses=(Status(NOON, 201, 1),), extra={"x": [1]}),
    BundleMessage("b1", status="Delivered", extra={"x": [1]}),
    Status(NOON, 599, 0, extra={"x": [1]}),
    StatusCount(1, 2, extra={"x": [1]}),
)
SUMMARY = ConversationSummary("iP1", 1, 2, {201: StatusCount(1, 2)}, {}, extra={"x": [1]})
MODELS = (*HASHABLE, SUMMARY)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_cannot_be_changed(model: Any) -> None:
    """Neither a field nor a new attribute can be set."""
    for field in attrs.fields(type(model)):
        with pytest.raises(attrs.exceptions.FrozenAttributeError):
            setattr(model, field.name, None)
    with pytest.raises(AttributeError):
        model.anything_else = 1
    assert not hasattr(model, "__dict__")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_can_be_copied_and_pickled(model: Any) -> None:
    """A pickled or copied model comes back equal, with its `extra`."""
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model)):
        assert again == model
        assert again.extra == {"x": [1]}


@pytest.mark.parametrize("model", HASHABLE, ids=lambda model: type(model).__name__)
def test_a_model_is_hashed_by_its_fields(model: Any) -> None:
    """Equal models are one in a set, even if `extra` differs; another field makes another."""
    twin = attrs.evolve(model, extra={})
    assert {model, twin} == {model}
    name = attrs.fields(type(model))[0].name
    assert len({model, attrs.evolve(model, **{name: None})}) == 2


def test_a_summary_is_not_hashed() -> None:
    """A summary is not hashable, because it has dictionaries."""
    with pytest.raises(TypeError):
        hash(SUMMARY)
    assert copy.deepcopy(SUMMARY) == SUMMARY


def test_extra_is_shown_by_its_names() -> None:
    """What else the server sent can be long, so a repr names its keys only."""
    assert "extra=<x>" in repr(SUMMARY)
    assert "extra={}" in repr(Status())


def test_two_models_share_no_default() -> None:
    """Every summary has its own counts."""
    one, other = ConversationSummary(), ConversationSummary()
    assert one.mobile_terminated_messages is not other.mobile_terminated_messages


# The latest status.


def latest(*statuses: Status) -> Status | None:
    """Ask a message for its latest status."""
    return Message("m1", statuses=statuses).latest_status


def test_the_latest_status_was_created_last() -> None:
    """The order of the history does not matter."""
    first, last = Status(NOON, 101), Status(LATER, 201)
    assert latest(first, last) is last
    assert latest(last, first) is last


def test_of_equal_times_the_later_in_the_list_counts() -> None:
    """Statuses are often written within one second."""
    first, second = Status(NOON, 101), Status(NOON, 111)
    assert latest(first, second) is second
    assert latest(second, first) is first
    assert latest(Status(LATER, 110), first, Status(LATER, 202), second) == Status(LATER, 202)


def test_a_status_without_a_time_is_the_oldest() -> None:
    """A status without a time counts only if there is no other."""
    timeless, dated = Status(code=101), Status(NOON, 110)
    assert latest(dated, timeless) is dated
    assert latest(timeless) is timeless
    assert latest(timeless, Status(code=102)) == Status(code=102)


def test_a_message_without_statuses_has_no_latest() -> None:
    """A message without statuses has no latest status, and is not delivered."""
    assert latest() is None
    assert not Message("m1").is_delivered


@pytest.mark.parametrize("code", [*MessageStatusCode, 200, 204, 599, None])
def test_delivered_is_201_only(code: int | None) -> None:
    """202 and 203 belong to the success block, but do not mean delivered."""
    assert Message("m1", statuses=(Status(NOON, code),)).is_delivered is (code == 201)


def test_only_the_latest_status_delivers() -> None:
    """An earlier status does not count for delivery."""
    done, refund = Status(NOON, 201), Status(LATER, 104)
    assert not Message("m1", statuses=(done, refund)).is_delivered


# Statuses.


@pytest.mark.parametrize(
    ("code", "block"), [(101, 1), (201, 2), (302, 3), (402, 4), (500, 5), (599, 5), (None, None)]
)
def test_the_block_is_the_first_digit(code: int | None, block: int | None) -> None:
    """Software goes by the block, since new codes may appear."""
    assert Status(code=code).block == block


@pytest.mark.parametrize(
    ("code", "duration", "final"),
    [
        (101, 0, False),
        (101, 1, True),
        (104, None, False),
        (201, 0, True),
        (202, None, True),
        (302, 0, False),
        (402, 0, True),
        (599, None, True),
        (None, None, False),
        (None, 1, True),
    ],
)
def test_final_is_what_says_so_or_stands_in_a_last_block(
    code: int | None, duration: int | None, final: bool
) -> None:
    """Duration 1, or block 2, 4 or 5: samples print 201 with duration 0."""
    assert Status(code=code, duration=duration).is_final is final


def test_enums_are_their_values() -> None:
    """Members compare and print as the manual writes them."""
    assert [str(member) for member in (*Direction, *MessageType, *DataCoding, *Order)] == [
        *("mt", "mo", "SMS", "flash", "gsm", "ucs", "ASC", "DESC")
    ]
    assert {MessageStatusCode.DELIVERED_TO_HANDSET} == {201}
