"""What people write: templates in several languages, with slots.

A template has the same coding and number of segments with every filling (a test checks that), so a
summary needs no text to be written.
"""

from collections.abc import Callable
from string import Formatter
from typing import Any

from ip1_async.segments import segments
from ip1_async.testing._data.files import read_table

_TEXTS = read_table("texts")
_NAMES = _TEXTS["names"]


def _time(bits: int) -> str:
    return f"{8 + bits % 10:02d}:{bits // 10 % 4 * 15:02d}"


def _day(bits: int) -> str:
    return f"{1 + bits % 28}/{1 + bits // 28 % 12}"


_SLOTS: dict[str, Callable[[int], str]] = {
    "name": lambda bits: _NAMES[bits % len(_NAMES)],
    "time": _time,
    "day": _day,
    "code": lambda bits: f"{bits % 1_000_000:06d}",
    "parcel": lambda bits: f"{bits % 10**9:09d}SE",
    "amount": lambda bits: f"{49 + bits % 950}",
}


class Template:
    """A text with slots, and the coding and segments that all its fillings have."""

    __slots__ = ("_fills", "_text", "datacoding", "segments")

    def __init__(self, text: str) -> None:
        names = [name for _, name, _, _ in Formatter().parse(text) if name]
        self._text = text.format(**dict.fromkeys(names, "{}"))
        self._fills = [(5 * place, _SLOTS[name]) for place, name in enumerate(names)]
        counted = segments(self.fill(0))
        self.datacoding, self.segments = counted.coding.value, counted.count

    def fill(self, bits: int) -> str:
        """Fill the slots; every slot uses its own part of the bits."""
        return self._text.format(*[slot(bits >> shift) for shift, slot in self._fills])


def _templates(texts: dict[str, list[str]]) -> dict[str, tuple[Any, ...]]:
    return {language: tuple(map(Template, each)) for language, each in texts.items()}


OUTGOING: dict[str, tuple[Template, ...]] = _templates(_TEXTS["outgoing"])
INCOMING: dict[str, tuple[Template, ...]] = _templates(_TEXTS["incoming"])
LANGUAGES = tuple(OUTGOING)
