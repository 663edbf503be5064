"""What all believable messages have in common, in conversations, batches and bundles."""

from typing import Any, Protocol

from ip1_async.testing._data.clock import SECOND, timestamp
from ip1_async.testing._data.countries import Country
from ip1_async.testing._data.statuses import history, latest
from ip1_async.testing._data.texts import LANGUAGES, Template

LONG_NUMBER = "46734487112"
# Owner, sender and currency of a sending.
ACCOUNTS = (
    ("ip1-10482", "iP1", "EUR"),
    ("ip1-10482", "Tandhälsan", "EUR"),
    ("ip1-33105", LONG_NUMBER, "SEK"),
    ("ip1-20817", "Northside", "SEK"),
    ("ip1-20817", "Åkermyntan", "SEK"),
)
DIGITS = (0, 3, 6, 7)  # fractional digits of a time
_REFERENCES = ("A client reference", "order-{:05d}", "booking/{:05d}", "påminnelse {:05d}")


class Traffic(Protocol):
    """An endless source of messages; the list decides how many of them it has."""

    def message(
        self, index: int, *, full: bool = False, moment_of: int | None = None
    ) -> dict[str, Any]:
        """Make a message.

        Args:
            index: Its number, from 0.
            full: Whether it has the whole history of its statuses.
            moment_of: The index of the message whose moment it shares; `None` is its own.
        """
        ...

    def index(self, message_id: str) -> int | None:
        """Find the index of a message by its id."""
        ...


def pick(choices: tuple[Any, ...], bits: int) -> Any:
    return choices[bits % len(choices)]


def draw_language(country: Country, bits: int) -> str:
    """Draw a language: usually one of the country."""
    choices = LANGUAGES if bits % 8 == 0 else country.languages
    return choices[(bits >> 3) % len(choices)]


def describe(message: dict[str, Any], bits: int, template: Template, direction: str) -> None:
    message["body"] = template.fill(bits)
    message["direction"] = direction
    message["segments"] = template.segments
    message["type"] = "flash" if bits % 97 == 0 else "SMS"
    message["datacoding"] = template.datacoding
    message["priority"] = 2 if bits % 19 == 0 else 1


def charge(message: dict[str, Any], country: Country, currency: str, template: Template) -> None:
    """Set the price of the whole message; one division of integers gives an exact decimal."""
    message["price"] = country.prices[currency] * template.segments / 10_000
    message["currency"] = currency


def trace(message: dict[str, Any], code: int, moment: int, *, full: bool) -> None:
    bits = moment // SECOND ^ moment
    message["statuses"] = (history if full else latest)(code, moment, bits)
    message["modified"] = timestamp(moment + (1 + bits % 4) * SECOND, pick(DIGITS, bits >> 4))


def extend(message: dict[str, Any], bits: int, country: Country) -> dict[str, Any]:
    """Add what only some messages have: a reference, and the network of the recipient."""
    if bits % 5 < 2:  # noqa: PLR2004 (two in five)
        message["reference"] = pick(_REFERENCES, bits >> 8).format(bits >> 16 & 0xFFFF)
    if bits % 7:
        message["mcc"] = country.mcc
        message["mnc"] = pick(country.mncs, bits >> 10)
    return message
