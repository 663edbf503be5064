"""A cursor says where to go on, and nothing else."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async._paging.cursor import CURSOR_IDS, MOST_MARKS, Cursor, id_key

QUERY = "/v2/conversations/{participant} /v2/conversations/46712345678 ASC"
ANCHORS = tuple(id_key(f"m{number}") for number in range(CURSOR_IDS))
TEXT = Cursor(0, 250, ANCHORS).encode(QUERY)
KEY = st.binary(min_size=6, max_size=6)
ORIGIN = st.integers(0, 2**54 - 1)
OFFSET = st.integers(0, 2**64 - 1)
MARK = st.integers(0, MOST_MARKS)


@given(ORIGIN, OFFSET, MARK, st.lists(KEY, max_size=CURSOR_IDS), st.text())
def test_a_cursor_comes_back(
    origin: int, offset: int, mark: int, keys: list[bytes], query: str
) -> None:
    """Written and read for the same query, it is the same."""
    query = query.encode("utf-8", "ignore").decode()
    cursor = Cursor(origin, offset, tuple(keys), mark=mark)
    text = cursor.encode(query)
    assert Cursor.decode(text, query) == cursor
    assert set(text) <= set(string.ascii_letters + string.digits + "-_")


def test_a_cursor_is_of_bounded_length() -> None:
    """It keeps the last ids only, and fits into a URL."""
    many = tuple(id_key(str(number)) for number in range(3 * CURSOR_IDS))
    text = Cursor(0, 300, many).encode(QUERY)
    assert Cursor.decode(text, QUERY).anchors == many[-CURSOR_IDS:]
    assert len(text) == len(TEXT) == 839


def test_a_cursor_names_nobody() -> None:
    """Neither the number nor an id can be read from it."""
    data = base64.urlsafe_b64decode(TEXT + "=")
    for secret in ("46712345678", "conversations", "m99", "ASC"):
        assert secret not in TEXT
        assert secret.encode() not in data


def test_ids_of_any_text_have_a_key() -> None:
    """An id may contain half a surrogate pair, as JSON allows it."""
    assert len(id_key("\ud83d")) == 6
    assert id_key("a") != id_key("b")


@pytest.mark.parametrize(
    "query",
    [
        QUERY.replace("ASC", "DESC"),
        QUERY.replace("46712345678", "46712345679"),
        QUERY.replace("}", "}/mt", 1),
        "",
    ],
)
def test_a_cursor_fits_its_own_query_only(query: str) -> None:
    """Another participant, direction or order is refused."""
    with pytest.raises(ValueError, match="another query"):
        Cursor.decode(TEXT, query)


def test_a_cursor_of_another_version_is_refused() -> None:
    """A cursor of another version is refused."""
    data = bytearray(base64.urlsafe_b64decode(TEXT + "="))
    data[0] += 1
    with pytest.raises(ValueError, match="another version"):
        Cursor.decode(base64.urlsafe_b64encode(data).decode(), QUERY)


@pytest.mark.parametrize("length", range(0, len(TEXT), 7))
def test_a_cut_cursor_is_refused(length: int) -> None:
    """A text that lost its end resumes nowhere."""
    with pytest.raises(ValueError, match=r"^cursor: "):
        Cursor.decode(TEXT[:length], QUERY)


@given(st.integers(0, len(TEXT) - 1), st.sampled_from(string.ascii_letters + string.digits))
def test_a_changed_cursor_is_refused(place: int, letter: str) -> None:
    """One wrong letter is noticed, unless it says the same bits."""
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    same = base64.urlsafe_b64decode(changed + "=") == base64.urlsafe_b64decode(TEXT + "=")
    if not same:
        with pytest.raises(ValueError, match=r"^cursor: "):
            Cursor.decode(changed, QUERY)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda d: base64.b64encode(d).decode()))
def test_garbage_is_refused(text: str) -> None:
    """Any other text is a ValueError that does not quote it."""
    with pytest.raises(ValueError, match=r"^cursor: ") as caught:
        Cursor.decode(text, QUERY)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [5, b"AAAA", None, ["x"], 1.5])
def test_what_is_no_text_is_refused(value: object) -> None:
    """The wrong type is a ValueError as well."""
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(value, QUERY)  # type: ignore[arg-type]


def test_a_cursor_without_offsets_is_refused() -> None:
    """A head that is right for a tail that is too short is refused all the same."""
    from ip1_async._paging import cursor as module  # noqa: PLC0415  # its private parts forge one

    for tail in (b"", b"\0" * 15, b"\0" * 17):
        head = module._HEAD.pack(1, module._digest(QUERY.encode(), 8), module._digest(tail, 4))
        with pytest.raises(ValueError, match="cut short"):
            Cursor.decode(base64.urlsafe_b64encode(head + tail).decode(), QUERY)
