"""Pages cut into the texts of their items, and models out of lines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async import BundleMessage, ConversationSummary, InvalidResponseError, Message
from ip1_async._codec import decode, decode_page, split_page

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=5), st.sampled_from(["", " ", "\r\n\t "]), st.booleans())
def test_a_page_is_cut_into_the_exact_texts(items: list[Any], gap: str, ascii_: bool) -> None:
    """Every item comes as it was written, half an emoji included."""
    texts = [json.dumps(item, ensure_ascii=ascii_) for item in items]
    try:
        wanted = [text.encode() for text in texts]
    except UnicodeEncodeError:  # only an escape can say half a pair
        wanted = [json.dumps(item).encode() for item in items]
    body = gap.encode().join([b"[", (f"{gap},{gap}").encode().join(wanted), b"]"])
    assert split_page(gap.encode() + body + gap.encode()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        rb'"cut \ud83d"',
        rb'"cut \uDE00"',
        rb'"\\ud83d is no escape, \ud83d is one"',
        rb'{"\ud83d\u0041": "\ud83d\ude00"}',
        rb'["[", ",", "\ud83d,"]',
    ],
)
def test_half_an_emoji_is_cut_out_whole(text: bytes) -> None:
    """Escapes stay escapes, and the neighbours stay theirs."""
    assert split_page(b"[1," + text + b' ,"\xc3\xa5"]') == [b"1", text, b'"\xc3\xa5"']


def test_a_byte_order_mark_is_no_item() -> None:
    """A byte order mark before UTF-8 is ignored."""
    assert split_page(b'\xef\xbb\xbf[{"id": "a"}]') == [b'{"id": "a"}']


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"{}", "expected an array"), (b"[1", "not JSON"), (b"[1] 2", "not JSON"), (b"", "not JSON")],
)
def test_only_an_array_is_cut(body: bytes, reason: str) -> None:
    """Anything else is an error."""
    with pytest.raises(InvalidResponseError, match=reason) as caught:
        split_page(body)
    assert caught.value.__context__ is None


def test_a_line_of_any_model_is_read() -> None:
    """Other lists are kept as lines, too."""
    assert decode(b'{"id": 5, "new": 1}', Message).extra == {"new": 1}
    assert decode(b'{"id": "a", "status": "Delivered"}', BundleMessage) == BundleMessage(
        "a", status="Delivered"
    )
    assert decode(b'{"participant": "iP1", "totalSmsCount": "7"}', ConversationSummary) == (
        ConversationSummary("iP1", total_sms_count=7)
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "a"', r"the body is not JSON \(JSONDecodeError\)"),
        (b'{"id": "a"}{"id": "b"}', r"the body is not JSON \(JSONDecodeError\)"),
        (b'{"id": ""}', r"\$: no readable id"),
        (b"[]", r"\$: expected an object"),
    ],
)
def test_a_damaged_line_is_an_error(line: bytes, reason: str) -> None:
    """The error says what is wrong, and no text of it."""
    with pytest.raises(InvalidResponseError, match=f"^{reason}$") as caught:
        decode(line, Message)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("body", [b'{"id": "secret', b'{"id": []}', b"[5]", b'[{"id": "\xff"}]'])
def test_an_error_leads_to_no_text(body: bytes) -> None:
    """Neither its cause nor its context holds the body."""
    for read in (decode, decode_page):
        with pytest.raises(InvalidResponseError) as caught:
            read(body, Message)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
