"""The countries of recipients: numbers, networks, prices and languages."""

from functools import lru_cache

from attrs import frozen


@frozen
class Country:
    """The numbers of one country, and what a message there costs.

    Prices are per segment, in ten-thousandths of the currency: integers have no rounding errors.
    """

    prefix: str
    mobile: str
    digits: int
    mcc: str
    mncs: tuple[str, ...]
    languages: tuple[str, ...]
    prices: dict[str, int]

    def number(self, bits: int) -> str:
        """Make up a mobile number."""
        return f"{self.prefix}{self.mobile}{bits % 10**self.digits:0{self.digits}d}"


_SWEDEN = Country(
    prefix="46",
    mobile="7",
    digits=8,
    mcc="240",
    mncs=("01", "07", "08", "10", "24"),
    languages=("sv", "sv", "sv", "sv", "en", "ar", "fi", "emoji", "pl", "de"),
    prices={"EUR": 416, "SEK": 3500, "NOK": 3900},
)
_COUNTRIES = (
    _SWEDEN,
    Country(
        "47", "4", 7, "242", ("01", "02", "14"), ("en", "sv", "emoji"), {"EUR": 489, "SEK": 4700}
    ),
    Country("45", "2", 7, "238", ("01", "02", "20"), ("en", "sv"), {"EUR": 352, "SEK": 3350}),
    Country(
        "358", "4", 8, "244", ("05", "12", "91"), ("fi", "fi", "sv"), {"EUR": 531, "SEK": 5900}
    ),
    Country(
        "49", "15", 9, "262", ("01", "02", "03"), ("de", "de", "en"), {"EUR": 745, "SEK": 8125}
    ),
    Country(
        "44", "7", 9, "234", ("10", "15", "30"), ("en", "en", "emoji"), {"EUR": 398, "SEK": 4395}
    ),
    Country("48", "5", 8, "260", ("01", "02", "06"), ("pl", "pl", "en"), {"EUR": 287, "SEK": 3075}),
    Country("971", "5", 8, "424", ("02", "03"), ("ar", "ar", "en"), {"EUR": 1045, "SEK": 11500}),
)


@lru_cache(maxsize=4096)
def home_of(number: str) -> Country:
    """Find the country of a number; a sender name counts as Swedish."""
    return next((each for each in _COUNTRIES if number.startswith(each.prefix)), _SWEDEN)


def any_country(bits: int) -> Country:
    """Draw a country: Sweden in three of four cases, else any of them."""
    return _COUNTRIES[bits // 4 % len(_COUNTRIES)] if bits % 4 == 0 else _SWEDEN
