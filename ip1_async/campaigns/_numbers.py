"""Numbers as people write them."""

import re
from collections.abc import Iterable, Mapping

import attrs

from ip1_async._template import Recipients, RecipientsLike

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
# E.164, as `preview` has it: what is shorter, longer or begins with 0 reaches nobody.
_NUMBER = re.compile(r"(?:\+|00)?([1-9][0-9]{6,14})")


def normalise(number: str) -> str | None:
    """Give a number as iP.1 spells it: country code and digits. `None` if it can't be one.

    Spaces and dashes go, and so does one `+` or `00` in front. Nothing is guessed: a number
    without country code is none, nor is one with brackets, as `(0)` may have to go.
    """
    found = _NUMBER.fullmatch(_BETWEEN.sub("", number))
    return found and found[1]


def read_all(recipients: RecipientsLike) -> Recipients:
    """Read the recipients of a campaign, by their normalised numbers.

    Raises:
        ValueError: A number has no country code, or comes twice, in any spelling.
    """
    given = Recipients.read(recipients)
    values: dict[str, Mapping[str, str]] = {}
    for place, (number, own) in enumerate(given.values.items(), 1):
        plain = normalise(number)
        if plain is None:
            raise ValueError(f"recipient {place}: expected a number with country code")
        if plain in values:
            raise ValueError(f"recipient {place}: given before")
        values[plain] = own
    return attrs.evolve(given, values=values)


def read_opt_outs(numbers: Iterable[str]) -> frozenset[str]:
    """Normalise the numbers of those who opted out.

    Raises:
        ValueError: One can't be a number, so that nobody would be left out for it.
    """
    if isinstance(numbers, str):
        raise ValueError("opt_outs: expected a list of numbers, not one text")  # noqa: TRY004
    plain = [normalise(number) for number in numbers]
    if None in plain:
        raise ValueError(f"opt_out {plain.index(None) + 1}: expected a number with country code")
    return frozenset(number for number in plain if number)
