"""Which rows a page has: sizes that vary, messages printed twice, ties that change places.

A row is a line of a list as a page prints it, and what `start` and `limit` count. Every message
takes one row, but for those that are printed twice.
"""

from collections.abc import Callable, Hashable, Sequence
from random import Random

from attrs import define, field

from ip1_async.testing._data.mixing import mix


def choose_size(sizes: Sequence[int] | None, limit: int, turn: int, key: int) -> int:
    """Choose how many rows an answer has at most, from the number of this answer, `turn`."""
    if sizes is None:
        return limit
    place = mix(key, turn) if isinstance(sizes, range) else turn
    return min(limit, sizes[place % len(sizes)])


def count_rows(messages: int, repeat: int | None) -> int:
    """Count the rows that so many messages take when every `repeat`-th of them takes two."""
    return messages if repeat is None else messages + messages // repeat


def message_at(row: int, repeat: int) -> int:
    """Find the message in a row when every `repeat`-th message takes two."""
    rounds, place = divmod(row, repeat + 1)
    return rounds * repeat + min(place, repeat - 1)


@define(eq=False)
class Ties:
    """Put messages of one second into an order that holds for one answer.

    Attributes:
        second: Gives something equal for messages of one second, by their positions in the list.
        count: How many messages the list has.
        most: How many neighbours change places with each other at most.
        key: Decides the order.
    """

    second: Callable[[int], Hashable]
    count: int
    most: int
    key: int
    _places: dict[int, int] = field(factory=dict, init=False)

    def place(self, position: int) -> int:
        """Find which message stands at this position now."""
        if position not in self._places:
            block = self._block(position)
            order = list(block)
            Random(mix(self.key, block.start)).shuffle(order)
            self._places.update(zip(block, order, strict=True))
        return self._places[position]

    def _block(self, position: int) -> range:
        """Find the neighbours of one second; a longer run of them is cut into blocks."""
        first, second = position, self.second(position)
        while first and self.second(first - 1) == second:
            first -= 1
        start = position - (position - first) % self.most
        stop = position + 1
        while stop < min(start + self.most, self.count) and self.second(stop) == second:
            stop += 1
        return range(start, stop)
