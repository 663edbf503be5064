"""The countries of recipients: numbers, networks, prices and languages."""

from functools import lru_cache

from attrs import field, frozen

from ip1_async.testing._data.files import read_table


@frozen
class Country:
    """The numbers of one country, and what a message there costs.

    Prices are per segment, in ten-thousandths of the currency: integers have no rounding errors.
    """

    prefix: str
    mobile: str
    digits: int
    mcc: str
    mncs: tuple[str, ...] = field(converter=tuple)
    languages: tuple[str, ...] = field(converter=tuple)
    prices: dict[str, int]

    def number(self, bits: int) -> str:
        """Make up a mobile number."""
        return f"{self.prefix}{self.mobile}{bits % 10**self.digits:0{self.digits}d}"


_COUNTRIES = tuple(Country(**each) for each in read_table("countries"))
_SWEDEN = _COUNTRIES[0]


@lru_cache(maxsize=4096)
def home_of(number: str) -> Country:
    """Find the country of a number; a sender name counts as Swedish."""
    return next((each for each in _COUNTRIES if number.startswith(each.prefix)), _SWEDEN)


def any_country(bits: int) -> Country:
    """Draw a country: Sweden in three of four cases, else any of them."""
    return _COUNTRIES[bits // 4 % len(_COUNTRIES)] if bits % 4 == 0 else _SWEDEN
