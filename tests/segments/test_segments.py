import random
import subprocess
import sys

import pytest
import smsutil

import ip1_async
from ip1_async import DataCoding, Segments
from ip1_async.segments import beyond_gsm, gsm_segments, ucs_segments

# Of one unit and of two in either coding, what both share, and what only one has.
POOLS = ["ab", "a€", "a[]{}\\~^|\f€", "é\nÅ@\r\x1b", "a😀", "中😀", "a中", "aç€😀", "́\u200b\ufeff"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("]" * 153, Segments(3, DataCoding.GSM, 306)),
        ("a" * 152 + "€" + "b" * 152, Segments(3, DataCoding.GSM, 306)),
        ("中" * 66 + "😀" + "中" * 66, Segments(3, DataCoding.UCS, 134)),
        ("", Segments(1, DataCoding.GSM, 0)),
        ("a" * 160, Segments(1, DataCoding.GSM, 160)),
        ("a" * 161, Segments(2, DataCoding.GSM, 161)),
        ("]" * 80, Segments(1, DataCoding.GSM, 160)),
        ("ç", Segments(1, DataCoding.UCS, 1)),
        ("😀" * 35, Segments(1, DataCoding.UCS, 70)),
        ("😀" * 36, Segments(2, DataCoding.UCS, 72)),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value.units} {value.coding}",
)
def test_no_pair_is_split(text: str, expected: Segments) -> None:
    """An escape pair or a surrogate pair at a seam goes to the next segment as a whole."""
    assert ip1_async.segments(text) == expected


@pytest.mark.parametrize("seed", range(4))
def test_counts_as_smsutil_does(seed: int) -> None:
    """On 100,000 texts of any length up to four segments another counter gets the same."""
    chance = random.Random(seed)
    for _ in range(25_000):
        pool = chance.choice(POOLS)
        text = "".join(chance.choices(pool, k=chance.randint(1, 20)))
        text += chance.choice(pool) * chance.choice([0, 0, 130, 290]) + text[::-1]
        parts = smsutil.split(text)
        coding = DataCoding.GSM if parts.encoding == "gsm0338" else DataCoding.UCS
        units = parts.total_bytes // (1 if coding is DataCoding.GSM else 2)
        assert ip1_async.segments(text) == Segments(len(parts.parts), coding, units), repr(text)


def test_both_codings_can_be_asked_for() -> None:
    """A text that GSM has is counted in UCS too; one that it lacks has no count in GSM."""
    assert gsm_segments("a" * 160) == Segments(1, DataCoding.GSM, 160)
    assert ucs_segments("a" * 160) == Segments(3, DataCoding.UCS, 160)
    assert gsm_segments("ça") is None


def test_characters_that_force_ucs_come_once() -> None:
    """What GSM lacks is named once, in the order of the text."""
    assert beyond_gsm("ça 😀 [€] ç中") == "ç😀中"


def test_the_alphabet_is_imported_on_first_use() -> None:
    """A program that counts nothing does not wait for gsm0338."""
    code = """
import sys, ip1_async
assert "gsm0338" not in sys.modules
assert ip1_async.segments("a").count == 1
assert "gsm0338" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
