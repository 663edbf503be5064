from decimal import Decimal
from typing import Any

import pytest

from ip1_async import DataCoding, preview

ANNA, BO = "46712345678", "46701234567"
PRICES = {"": Decimal("1.00"), "46": Decimal("0.50"), "4670": Decimal("0.40")}


def test_texts_are_what_recipients_get() -> None:
    """A recipient's own value goes before the default; a value is not filled a second time."""
    recipients = {ANNA: {"name": "Anna"}, f"+{BO}": {"when": "{name}"}, "default": {"name": "you"}}
    recipients["default"]["when"] = "soon"
    seen = preview("Hi {name}, {when}", recipients)
    assert [(each.recipient, each.text) for each in seen.texts] == [
        (ANNA, "Hi Anna, soon"),
        (BO, "Hi you, {name}"),
    ]


def test_a_list_of_numbers_takes_the_body_as_it_is() -> None:
    """Without a mapping the body is no template, and braces go through."""
    (text,) = preview("Hi {name}", [ANNA]).texts
    assert text.text == "Hi {name}"


def test_braces_that_hold_no_name_stay() -> None:
    """A brace without its partner is text."""
    (text,) = preview("} {a} {", {ANNA: {"a": "b"}}).texts
    assert text.text == "} b {"


def test_both_codings_are_counted_and_priced() -> None:
    """Segments and cost come in GSM and in UCS, and as those of the coding chosen."""
    seen = preview("{a}", {ANNA: {"a": "a" * 160}, BO: {"a": "b"}}, prices=PRICES)
    assert (seen.gsm_segments, seen.ucs_segments) == (2, 4)
    assert (seen.gsm_cost, seen.ucs_cost) == (Decimal("0.90"), Decimal("1.90"))
    assert (seen.segments, seen.cost) == (4, Decimal("1.90"))
    chosen = preview("a", [ANNA], datacoding="gsm", prices=PRICES)
    assert (chosen.datacoding, chosen.segments, chosen.cost) == (DataCoding.GSM, 1, Decimal("0.5"))


def test_a_text_that_gsm_lacks_has_no_cost_there() -> None:
    """iP.1 rejects in GSM what needs UCS: there is no sum, and the characters are named."""
    seen = preview("{a}", {ANNA: {"a": "ç中"}, BO: {"a": "çb"}}, prices=PRICES)
    assert (seen.gsm_segments, seen.gsm_cost, seen.beyond_gsm) == (None, None, "ç中")
    assert [each.gsm for each in seen.texts] == [None, None]


def test_numbers_that_cant_be_right_are_named() -> None:
    """National, short, long and spelled numbers are set apart, and cost nothing."""
    wrong = ["0712345678", "467", "4671234567890123", "46 712345", "٤٦٧١٢٣٤٥", "0046712345", ""]
    seen = preview("a", [ANNA, *wrong], prices={"46": Decimal(1)})
    assert seen.impossible == tuple(wrong)
    assert (seen.segments, seen.cost) == (1, Decimal(1))


def test_without_prices_there_is_no_cost() -> None:
    """Who gives no price list gets no cost."""
    seen = preview("a", [ANNA])
    assert (seen.cost, seen.gsm_cost, seen.ucs_cost) == (None, None, None)


@pytest.mark.parametrize(
    ("body", "recipients", "reason"),
    [
        ("a", [], "at least one"),
        ("a", {"default": {}}, "at least one"),
        ("a", ANNA, "not one text"),
        ("a", [ANNA, f"+{ANNA}"], "recipient 2"),
        ("a", {ANNA: {}, f"+{ANNA}": {}}, "recipient 2"),
        ("a", [46712345678], "recipient 1"),
        ("a", {ANNA: "Anna"}, "a mapping"),
        ("a", {ANNA: {}, "default": None}, "a mapping"),
        ("{a}{b}", {ANNA: {"a": ""}}, "recipient 1: expected a text for {b}"),
        ("{}", {ANNA: {"a": ""}}, "recipient 1: expected a text for {}"),
        ("{a}", {ANNA: {"a": 7}}, "recipient 1: expected a text for {a}"),
    ],
)
def test_what_cant_be_sent_is_refused(body: str, recipients: Any, reason: str) -> None:
    """The reason names the place in the list, never the number."""
    with pytest.raises(ValueError, match=reason) as caught:
        preview(body, recipients)
    assert ANNA not in str(caught.value)


def test_a_number_without_a_price_is_refused() -> None:
    """A cost that leaves somebody out would mislead."""
    with pytest.raises(ValueError, match="begin with 467"):
        preview("a", [ANNA], prices={"47": Decimal(1)})
