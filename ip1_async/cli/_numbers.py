"""Numbers as people write them: with spaces, dashes, 00, or as in their own country."""

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
from cyclopts import Parameter

from ip1_async.cli._work import extra

_NUMBER = re.compile(r"\s*(\+?)([0-9\s()./\u00ad\u2010-\u2015\u2212-]+)")
_TRUNK = re.compile(r"\(\s*0\s*\)")  # as in +46 (0)70 123 45 67
_FEWEST_DIGITS = 7  # a shorter text may be a name, such as 24/7
_EXAMPLE = "SE"


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Numbers:
    """How numbers are written.

    Attributes:
        country: Country of numbers that are written as within it, such as SE for 070-123 45 67.
    """

    country: str | None = None

    def read(self, text: str) -> str:
        """Give a number as the API writes it: country code first, digits only; a name is kept.

        Raises:
            ValueError: The country code is missing, or the country is unknown.
        """
        found = _NUMBER.fullmatch(text)
        if found is None:
            return text
        digits = re.sub(r"\D", "", found[2])
        if found[1] or digits.startswith("00"):
            digits = re.sub(r"\D", "", _TRUNK.sub("", found[2])).removeprefix("00")
        elif len(digits) < _FEWEST_DIGITS:
            return text
        elif self.country is not None and (number := _in_country(digits, self.country)):
            return number
        if digits.startswith("0"):
            raise ValueError(_refusal(text.strip(), digits, self.country))
        return digits or text

    async def read_all(self, texts: Iterable[str], file: Path | None) -> list[str]:
        """Read numbers and names, then those of a file if there is one."""
        return [*map(self.read, texts), *(await self._read_list(file) if file else ())]

    async def _read_list(self, file: Path) -> list[str]:
        """Read numbers and names, one per line; `-` is stdin, and a comment begins with #.

        Raises:
            OSError: The file can't be read.
            ValueError: A line can't be used, or the file is no text.
        """
        piped = str(file) == "-"
        data = await asyncio.to_thread(sys.stdin.buffer.read if piped else file.read_bytes)
        name = "stdin" if piped else str(file)
        try:
            lines = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise ValueError(f"{name} is no text in UTF-8") from None
        return list(self._read_lines(name, lines))

    def _read_lines(self, name: str, lines: Iterable[str]) -> Iterator[str]:
        for place, line in enumerate(map(str.strip, lines), 1):
            if line and not line.startswith("#"):
                try:
                    yield self.read(line)
                except ValueError as error:
                    raise ValueError(f"{name}, line {place}: {error}") from None


def _in_country(digits: str, country: str) -> str | None:
    """Give a number that is written as within a country; `None` if it has none of that form."""
    with extra("cli", "phonenumbers"):
        import phonenumbers  # noqa: PLC0415  # its tables take a tenth of a second
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"--country: expected two letters such as {_EXAMPLE}")
    region = phonenumbers.PhoneMetadata.metadata_for_region(country.upper())
    assert region is not None
    if region.national_prefix == "0" and not digits.startswith("0"):
        return None  # it has a country code already
    try:
        number = phonenumbers.parse(digits, country.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def _refusal(text: str, digits: str, country: str | None) -> str:
    if country is not None:
        return f"{text} is no number of {country.upper()}"
    number = _in_country(digits, _EXAMPLE)
    form = "it with its country code" if number is None else f"{number} (for Sweden)"
    return f"{text} has no country code; write {form}, or --country {_EXAMPLE}"


DEFAULT_NUMBERS = Numbers()
