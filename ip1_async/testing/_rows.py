"""The rows of a page: sizes that vary, messages printed twice, ties that change places.

`start` and `limit` count rows. A message takes one row, or two rows if the server prints it twice.
"""

from collections.abc import Callable, Hashable, Sequence
from random import Random

from attrs import define, field

from ip1_async.testing._data.mixing import mix


def choose_size(sizes: Sequence[int] | None, limit: int, turn: int, key: int) -> int:
    """Choose how many rows an answer has at most; `turn` counts the answers of its list from 0."""
    if sizes is None:
        return limit
    place = mix(key, turn) if isinstance(sizes, range) else turn
    return min(limit, sizes[place % len(sizes)])


def count_rows(messages: int, repeat: int | None) -> int:
    """Count the rows of a list; every `repeat`-th of its messages takes two."""
    return messages if repeat is None else messages + messages // repeat


def message_at(row: int, repeat: int) -> int:
    """Find the position of the message in a row; every `repeat`-th message takes two rows."""
    rounds, place = divmod(row, repeat + 1)
    return rounds * repeat + min(place, repeat - 1)


@define(eq=False)
class Ties:
    """Puts the messages of one second into another order, for one answer.

    Attributes:
        second: A function of positions; its values are equal for messages of one second.
        count: How many messages the list has.
        most: At most so many neighbours change places with each other.
        key: Decides the order.
    """

    second: Callable[[int], Hashable]
    count: int
    most: int
    key: int
    _places: dict[int, int] = field(factory=dict, init=False)

    def place(self, position: int) -> int:
        """Give the position of the message that takes this position in the answer."""
        if position not in self._places:
            block = self._block(position)
            order = list(block)
            Random(mix(self.key, block.start)).shuffle(order)
            self._places.update(zip(block, order, strict=True))
        return self._places[position]

    def _block(self, position: int) -> range:
        """Find the block of a position: neighbours of one second, but not more than `most`."""
        first, second = position, self.second(position)
        while first and self.second(first - 1) == second:
            first -= 1
        start = position - (position - first) % self.most
        stop = position + 1
        while stop < min(start + self.most, self.count) and self.second(stop) == second:
            stop += 1
        return range(start, stop)
