"""Batches of SMS and bundles of RCS: one sending to many recipients."""

from typing import Any

from ip1_async.testing._data.clock import SECOND, SPAN, office_hours, timestamp
from ip1_async.testing._data.countries import any_country
from ip1_async.testing._data.mixing import IdMint, key_of, mix
from ip1_async.testing._data.statuses import outgoing_code
from ip1_async.testing._data.texts import OUTGOING
from ip1_async.testing._data.traffic import (
    ACCOUNTS,
    DIGITS,
    charge,
    describe,
    draw_language,
    extend,
    pick,
    trace,
)

RCS_STATUSES = ("Delivered",) * 27 + ("Read", "Sent", "Sent", "Failed", "Expired")


class BatchTraffic:
    """Makes the SMS of one batch: one account, one sender, and one text per language."""

    def __init__(self, seed: int, name: str, count: int) -> None:  # noqa: ARG002
        self._name = name
        self._key = key_of(seed, "batch", name)
        self._ids = IdMint(seed, "batch message", name)
        # A batch goes out at once, eight messages in a second.
        self._start = office_hours(self._key % SPAN)
        self._account = ACCOUNTS[self._key % len(ACCOUNTS)]

    def index(self, message_id: str) -> int | None:
        """Find the index of a message by its id."""
        return self._ids.index(message_id)

    def message(
        self, index: int, *, full: bool = False, moment_of: int | None = None
    ) -> dict[str, Any]:
        """Make a message; `full` gives it the whole history of its statuses."""
        bits = mix(self._key, index)
        country = any_country(bits)
        templates = OUTGOING[draw_language(country, bits >> 8)]
        template = pick(templates, self._key)
        owner, sender, currency = self._account
        message = {
            "id": self._ids.hexadecimal(index),
            "batchId": self._name,
            "owner": owner,
            "sender": sender,
            "recipient": country.number(bits >> 6),
        }
        describe(message, bits, template, "mt")
        charge(message, country, currency, template)
        moment = self._start + (index if moment_of is None else moment_of) * SECOND // 8
        trace(message, outgoing_code(bits >> 20), moment, full=full)
        return extend(message, bits, country)


class BundleTraffic:
    """Makes the RCS messages of one bundle."""

    def __init__(self, seed: int, name: str, count: int) -> None:  # noqa: ARG002
        self._key = key_of(seed, "bundle", name)
        self._ids = IdMint(seed, "bundle message", name)
        self._start = office_hours(self._key % SPAN)

    def index(self, message_id: str) -> int | None:
        """Find the index of a message by its id."""
        return self._ids.index_of_longer(message_id)

    def message(
        self,
        index: int,
        *,
        full: bool = False,  # noqa: ARG002
        moment_of: int | None = None,
    ) -> dict[str, Any]:
        """Make a message; an RCS message has no history."""
        bits = mix(self._key, index)
        moment = self._start + (index if moment_of is None else moment_of) * SECOND // 4
        currency = "EUR" if self._key % 4 == 0 else "SEK"
        return {
            "id": self._ids.longer(index),
            "recipient": any_country(bits).number(bits >> 6),
            "status": pick(RCS_STATUSES, bits >> 20),
            "price": {"EUR": 0.0395, "SEK": 0.45}[currency],
            "currency": currency,
            "modified": timestamp(moment, pick(DIGITS, bits)),
        }
