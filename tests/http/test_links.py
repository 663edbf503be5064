"""RFC 8288 in all its forms."""

import gc
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async._http import links
from ip1_async._http.links import parse_links

URL = "https://api.ip1sms.com/v2/batches?start=201&limit=100&order=ASC"
NEXT = 201


@pytest.mark.parametrize(
    "header",
    [
        f'<{URL}>; rel="next"',
        f'<{URL}>; rel="next last"',
        f'<{URL}>; rel="prev  next"',
        f'<{URL}>; REL="Next"',
        f'<{URL}>; title="a;b"; rel="next"',
        f'<{URL}>; title="a \\"quoted\\" word"; rel="next"',
        f'<{URL}>; title="a, b"; rel="next"',
        f'<{URL}>; title="back\\\\"; rel="next"',
        f"<{URL}>; rel=next",
        f'<{URL}> ; rel = "next"',
        f'<{URL}>;rel="next"',
        f'<{URL}>;; rel="next" ;',
        f"<{URL}>; title*=UTF-8''n%c3%a4chste; rel=next",
        f'<{URL}>; crossorigin; rel="next"',
        f'<{URL}>; title=""; rel="next"',
        f'<{URL}&ids=1,2,3>; rel="next"',
        f'<{URL}&q=a;b>; rel="next"',
        '<?start=201&limit=100>; rel="next"',
        '</v2/batches?limit=100&start=201#top>; rel="next"',
        '<//host/path?start=201&limit=100>; rel="next"',
        f'</elsewhere>; rel="first", <{URL}>; rel="next"',
        f'</elsewhere>; title="x,y;z"; rel=first,<{URL}>;rel=next',
        f', ,<{URL}>; rel="next", ,',
        f'\t<{URL}>;\trel="next"\t',
        f'<{URL}>; rel="http://example.com/rel next"',
        f'<{URL}>; rel="next"; rel="prev"',
        f'<{URL}>; rel="ne\\xt"',
    ],
)
def test_a_valid_form_is_read(header: str) -> None:
    """However it is written, the next page starts at 201."""
    assert parse_links([header])["next"] == NEXT


def test_the_documented_header_is_read() -> None:
    """Two links in one header are two relations."""
    last = "https://api.ip1sms.com/v2/batches?start=4901&limit=100&order=ASC"
    header = f'<{URL}>; rel="next", <{last}>; rel="last"'
    assert parse_links([header]) == {"next": NEXT, "last": 4901}


def test_several_headers_are_one() -> None:
    """A server may write a header for each link; of two links of a relation the first counts."""
    headers = [f"<{URL}>; rel=next", "<?start=5>; rel=last", "<?start=9>; rel=next"]
    assert parse_links(headers) == {"next": NEXT, "last": 5}


def test_no_header_is_no_link() -> None:
    """Version 3 may send none."""
    assert parse_links([]) == {}
    assert parse_links([""]) == {}


@pytest.mark.parametrize(
    ("header", "links"),
    [
        (f'<{URL}> rel="next"', {"next": NEXT}),  # printed in the manual without its semicolon
        (f'<{URL}>; rel="load"', {"load": NEXT}),
        ('<>; rel="next"', {"next": None}),
        (f'<{URL}>; rel="next', {}),
        (f"<{URL}", {}),
        (f"{URL}; rel=next", {}),
        (f"<{URL}>", {}),
        (f'<{URL}>; rel=""', {}),
        (f"<{URL}>; rel", {}),
        (f'<{URL}>; "rel"="next"', {}),
        (f"<{URL}>; =next", {}),
        ("garbage", {}),
        ('<<>>;;;,,,"\\', {}),
    ],
)
def test_a_malformed_header_is_survived(header: str, links: dict[str, int | None]) -> None:
    """What can be read is read, and the rest is no entry."""
    assert parse_links([header]) == links


@pytest.mark.parametrize(
    "broken",
    [
        "<?start=1>; @@@",
        '<?start=1>; rel="prev"; @',
        '<?start=1>; =; title="a,b"',
        "<?start=1>; rel=prev; <?start=2>",
        "garbage",
        "?start=1; rel=prev",
        "<?start=1; rel=prev",
        '"quoted, text"; rel=prev',
        '<?start=1>; title="x"y; rel=prev',
    ],
)
def test_an_unreadable_entry_hides_no_other(broken: str) -> None:
    """An entry that can't be read ends at its comma, at any place in the header."""
    for header in (f"{broken}, <{URL}>; rel=next", f"<{URL}>; rel=next, {broken}"):
        assert parse_links([header]).get("next") == NEXT


@given(st.text(alphabet='start=12&#?/<>,;" ', max_size=30))
def test_a_usual_entry_is_read_as_any_other(target: str) -> None:
    """A parameter more makes no difference."""
    usual, other = (f'<?{target}>;{more} rel="next", <x>' for more in ("", " x;"))
    assert parse_links([usual]) == parse_links([other])


@pytest.mark.parametrize(
    "title",
    ["a, <https://evil.example/?start=9>; rel=next", 'x\\", <?start=9>; rel=next; y=\\"'],
)
@pytest.mark.parametrize("before", ["", "; rel=self", "; @"])
def test_a_quoted_title_forges_no_link(title: str, before: str) -> None:
    """A quoted text is text, even in an entry that can't be read."""
    header = f'<?start=1>{before}; title="{title}", <{URL}>; rel=last'
    links = parse_links([header])
    assert "next" not in links
    assert links["last"] == NEXT


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("start=0&limit=1", 0),
        ("start=&limit=", None),
        ("start=-1&limit=1.5", None),
        ("start=abc&limit=%31%30", None),
        ("start=1_0&limit=+5", None),
        ("start=٣&limit=007", None),
        ("start=5&start=9", 5),
        (f"start={10**15}", 10**15),
        ("start=9999999999999999", 2**53),
        (f"start={'9' * 5000}", None),
        ("Start=5", None),
        ("start=%", None),
        ("", None),
    ],
)
def test_only_plain_numbers_are_taken(query: str, link: int | None) -> None:
    """Nothing but digits is an offset, and none is larger than any list."""
    assert parse_links([f"<https://api.ip1.net/v3?{query}>; rel=next"]) == {"next": link}


@given(st.text(alphabet='<>;,="\\ relnxt?1&#*\t', max_size=80))
def test_any_text_is_survived(header: str) -> None:
    """No header raises, and relations are in lower case."""
    assert all(name == name.lower() for name in parse_links([header]))


REPEATED: dict[str, Callable[[int], str]] = {
    "entries": lambda n: "<?start=1>; rel=next, " * n,
    "opening brackets": lambda n: "<" * n,
    "unclosed quotes": lambda n: '<>; rel="' + "a" * n,
    "escapes": lambda n: '<>; rel="' + "\\" * n,
    "spaces": lambda n: "<>" + " " * n + "x=" + " " * n + "@",
    "semicolons": lambda n: "<>" + ";" * n + "@" + ";" * n,
    "parameters": lambda n: "<>" + ";a=b" * n,
    "commas": lambda n: "," * n + "<>;rel=next",
    "quotes": lambda n: "<>;" + '"' * n,
    "entries that can't be read, in a quote that never ends": (lambda n: '<>;\\"' + '<>;\\"' * n),
}


def _seconds(header: str) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        parse_links([header])
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("name", REPEATED)
def test_the_time_is_linear_in_the_size(name: str) -> None:
    """Sixteen times the header takes nowhere near 256 times as long."""
    make = REPEATED[name]
    gc.disable()
    try:
        small, large = _seconds(make(250)), _seconds(make(4_000))
    finally:
        gc.enable()
    assert large < max(small, 1e-5) * 96


def test_a_target_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many relations a link has: else a long target with many would take their product."""
    targets: list[str] = []
    read = links._start

    def count(target: str) -> int | None:
        targets.append(target)
        return read(target)

    monkeypatch.setattr(links, "_start", count)
    header = f'<{URL}>; rel="' + "a " * 100 + 'next", </>; rel=last'
    assert parse_links([header])["next"] == NEXT
    assert len(targets) <= 2


def test_a_megabyte_is_read() -> None:
    """The greatest header anybody could send is no trouble."""
    assert parse_links(["<?start=1>; rel=next, " * 50_000]) == {"next": 1}
