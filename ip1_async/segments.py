"""How many segments a text takes (3GPP TS 23.038 and 23.040).

gsm0338 gives the alphabet, and is imported when the first text is counted. It knows no segments,
and its encoder takes long, so texts are counted here.
"""

from collections.abc import Sequence
from functools import cache
from unicodedata import lookup

import attrs

from ip1_async.models import DataCoding

# A text in parts has a header in each of them: 6 of 140 octets.
_SINGLE_GSM, _PART_GSM = 160, 153
_SINGLE_UCS, _PART_UCS = 70, 67
_LAST_OF_ONE_UNIT = "\uffff"


@attrs.frozen
class Segments:
    """What a text takes in one coding.

    Attributes:
        count: How many segments, and so how many SMS are paid for.
        coding: `DataCoding.GSM` or `DataCoding.UCS`.
        units: Septets of GSM, or 16-bit units of UCS.
    """

    count: int
    coding: DataCoding
    units: int


def segments(text: str) -> Segments:
    """Count the segments of a text: in GSM where that has all its characters, else in UCS.

    Give `preview` what you mean to send: iP.1's default coding is UCS, for any text.
    """
    return gsm_segments(text) or ucs_segments(text)


def gsm_segments(text: str) -> Segments | None:
    """Count the segments of a text in GSM; `None` where that lacks one of its characters."""
    basic, extension = _alphabet()
    if not (basic | extension).issuperset(text):
        return None
    # A character of the extension is an escape and a septet.
    widths = [2 if character in extension else 1 for character in text]
    return Segments(_parts(widths, _SINGLE_GSM, _PART_GSM), DataCoding.GSM, sum(widths))


def ucs_segments(text: str) -> Segments:
    """Count the segments of a text in UCS, where an emoji takes two units."""
    widths = [2 if character > _LAST_OF_ONE_UNIT else 1 for character in text]
    return Segments(_parts(widths, _SINGLE_UCS, _PART_UCS), DataCoding.UCS, sum(widths))


def beyond_gsm(text: str) -> str:
    """Give the characters of a text that GSM lacks, each of them once, in their order."""
    basic, extension = _alphabet()
    return "".join(dict.fromkeys(c for c in text if c not in basic and c not in extension))


@cache
def _alphabet() -> tuple[frozenset[str], frozenset[str]]:
    from gsm0338 import charset  # noqa: PLC0415  # who counts nothing need not wait for it

    basic, extension = charset.BASIC_CHARACTER_SET, charset.BASIC_CHARACTER_SET_EXTENSION
    return frozenset(map(lookup, basic.values())), frozenset(map(lookup, extension.values()))


def _parts(widths: Sequence[int], single: int, part: int) -> int:
    """Count the parts of characters of one or two units, none of which is split."""
    if sum(widths) <= single:
        return 1
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count
