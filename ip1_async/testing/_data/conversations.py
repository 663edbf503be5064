"""Conversations: message number *i* is a pure function of seed, participant and *i*.

A conversation repeats a pattern of ten messages, seven of them outgoing; a reply comes right after
the message that it answers. Thanks to the pattern, arithmetic finds the k-th outgoing message.
"""

from collections import Counter
from functools import cached_property
from typing import Any

from ip1_async.testing._data.clock import MINUTE, SPAN, office_hours
from ip1_async.testing._data.countries import any_country, home_of
from ip1_async.testing._data.mixing import IdMint, key_of, mix
from ip1_async.testing._data.statuses import incoming_code, outgoing_code
from ip1_async.testing._data.texts import INCOMING, OUTGOING, Template
from ip1_async.testing._data.traffic import (
    ACCOUNTS,
    LONG_NUMBER,
    charge,
    describe,
    draw_language,
    extend,
    pick,
    trace,
)

PERIOD = 10
PLACES = {"mt": (0, 1, 3, 4, 5, 7, 8), "mo": (2, 6, 9)}
# The first message of the batch, by place in the pattern; a reply is in its message's batch.
_BATCH_HEAD = (0, 1, 1, 3, 3, 3, 3, 7, 8, 8)
_BATCH = {0: range(1), 1: range(1, 3), 3: range(3, 7), 7: range(7, 8), 8: range(8, 10)}
_SHAPES = 1024 * PERIOD
_LIVE_STEP = 10 * MINUTE

Tally = Counter[tuple[str, int, int]]  # (direction, status code, segments): how many


class Schedule:
    """Spreads `count` messages over five years; later ones follow every ten minutes or so."""

    def __init__(self, key: int, count: int) -> None:
        self._key = key
        self._count = count
        self._step = max(SPAN // max(count, 1), 1)

    def outgoing(self, index: int) -> int:
        """Give the moment of an outgoing message; two of a batch may share one."""
        place = index % PERIOD
        tied = place in {4, 5} and mix(self._key, index // PERIOD) % 4 == 0
        return office_hours(self._even(index - place + 3 if tied else index))

    def reply(self, index: int) -> int:
        """Give the moment of a reply: minutes after its message, and before the next message."""
        delay = mix(self._key, ~index) % min(self._step, _LIVE_STEP)
        return max(self.outgoing(index - 1), office_hours(self._even(index - 1) + delay))

    def _even(self, index: int) -> int:
        bits = mix(self._key, index)
        if index < self._count:
            return index * self._step + bits % self._step
        return SPAN + (index - self._count) * _LIVE_STEP + bits % _LIVE_STEP


class ConversationTraffic:
    """Makes what one participant and the account's senders write to each other."""

    def __init__(self, seed: int, name: str, count: int) -> None:
        self._name = name
        self._home = home_of(name)
        self._is_number = name.isdecimal()
        self._shapes: dict[int, tuple[int, Template]] = {}
        self._key = key_of(seed, "conversation", name)
        self._ids = IdMint(seed, "message", name)
        self._batches = IdMint(seed, "batch", name)
        self._schedule = Schedule(self._key, count)

    def index(self, message_id: str) -> int | None:
        """Find the index of a message by its id."""
        return self._ids.index(message_id)

    def direction(self, index: int) -> str:
        """Give the direction of a message: `mt` or `mo`."""
        return "mo" if index % PERIOD in PLACES["mo"] else "mt"

    def batch(self, batch_id: str) -> range:
        """List the indices of a batch; there are none if another conversation has the batch."""
        head = self._batches.index(batch_id)
        places = _BATCH.get(head % PERIOD) if head is not None else None
        if head is None or places is None:
            return range(0)
        first = head - head % PERIOD
        return range(first + places.start, first + places.stop)

    def message(
        self, index: int, *, full: bool = False, moment_of: int | None = None
    ) -> dict[str, Any]:
        """Make a message; `full` gives it the whole history of its statuses."""
        head = index - index % PERIOD + _BATCH_HEAD[index % PERIOD]
        bits, head_bits = mix(self._key, index), mix(self._key, ~head)
        owner, sender, currency = ACCOUNTS[head_bits % len(ACCOUNTS)]
        outgoing = self.direction(index) == "mt"
        code, template = self._shape(index % _SHAPES)
        message: dict[str, Any] = {
            "id": self._ids.hexadecimal(index),
            "batchId": self._batches.hexadecimal(head),
            "owner": owner,
        }
        self._address(message, sender, head_bits, outgoing=outgoing)
        describe(message, bits, template, "mt" if outgoing else "mo")
        trace(message, code, self._moment(index if moment_of is None else moment_of), full=full)
        if not outgoing:  # a reply has no price, no network and no reference
            return message
        country = home_of(message["recipient"])
        charge(message, country, currency, template)
        return extend(message, bits, country)

    def _moment(self, index: int) -> int:
        if self.direction(index) == "mt":
            return self._schedule.outgoing(index)
        return self._schedule.reply(index)

    def _address(self, message: dict[str, Any], sender: str, bits: int, *, outgoing: bool) -> None:
        """Set sender and recipient; a reply goes to our number, or to the sender name."""
        if self._is_number:
            ours, theirs = sender if outgoing else LONG_NUMBER, self._name
        else:  # a sender name is one of ours
            ours, theirs = self._name, any_country(bits).number(bits)
        message["sender"], message["recipient"] = (ours, theirs) if outgoing else (theirs, ours)

    def tally(self, index: int) -> tuple[str, int, int]:
        """Give direction, latest code and segments of a message without making it."""
        return self._tallies[index % _SHAPES]

    def tally_first(self, count: int) -> Tally:
        """Count the first messages by direction, latest code and segments."""
        rounds, rest = divmod(count, _SHAPES)
        total = Counter(self._tallies[:rest])
        for key, times in Counter(self._tallies).items() if rounds else ():
            total[key] += times * rounds
        return total

    @cached_property
    def _tallies(self) -> list[tuple[str, int, int]]:
        shapes = map(self._shape, range(_SHAPES))
        return [
            (self.direction(index), code, template.segments)
            for index, (code, template) in enumerate(shapes)
        ]

    def _shape(self, residue: int) -> tuple[int, Template]:
        """Give code and template. They repeat, so arithmetic gives the summary of a million."""
        if residue not in self._shapes:
            self._shapes[residue] = self._draw_shape(residue)
        return self._shapes[residue]

    def _draw_shape(self, residue: int) -> tuple[int, Template]:
        bits = mix(self._key ^ 1, residue)
        head = residue - residue % PERIOD + _BATCH_HEAD[residue % PERIOD]
        language = draw_language(self._home, mix(self._key ^ 2, head))
        if self.direction(residue) == "mo":
            return incoming_code(bits >> 20), pick(INCOMING[language], bits >> 12)
        return outgoing_code(bits >> 20), pick(OUTGOING[language], bits >> 12)
