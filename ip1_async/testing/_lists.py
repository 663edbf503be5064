"""The lists a simulator serves: generated ones, and the caller's own."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, MutableSequence, Sequence
from typing import Any, Generic, TypeVar

from attrs import define, field

from ip1_async.testing._data.conversations import (
    PERIOD,
    PLACES,
    ConversationTraffic,
    Tally,
)
from ip1_async.testing._data.traffic import Traffic

Wire = dict[str, Any]
T = TypeVar("T", bound=Traffic)


@define(eq=False)
class GeneratedList(Generic[T]):
    """A list of which no message exists before it is asked for.

    While nothing moved it, it is a count. Afterwards it is an array of message numbers.
    """

    traffic: T
    _size: int
    version: int = 0
    _moved: "array[int] | None" = field(default=None, init=False)
    _fresh: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._fresh = self._size

    def count(self, direction: str | None = None) -> int:
        """Count the messages."""
        return len(self._numbers(direction))

    def read(self, positions: Iterable[int], direction: str | None = None) -> list[Wire]:
        """Make the messages at these positions."""
        numbers, make = self._numbers(direction), self.traffic.message
        return [make(numbers[position]) for position in positions]

    def find(self, message_id: str) -> Wire | None:
        """Make one message with its full history."""
        number = self.traffic.index(message_id)
        if number is None or not self._holds(number):
            return None
        return self.traffic.message(number, full=True)

    def insert(self, position: int, count: int) -> None:
        """Put new messages before a position; they are the latest, wherever they stand."""
        new = array("q", range(self._fresh, self._fresh + count))
        self._fresh += count
        if self._moved is None and position >= self._size:
            self._size += count
        else:
            numbers = self._materialise()
            numbers[position:position] = new
        self.version += 1

    def purge(self, start: int, stop: int) -> None:
        """Remove the messages from one position up to another."""
        del self._materialise()[start:stop]
        self.version += 1

    def _materialise(self) -> "array[int]":
        if self._moved is None:
            self._moved = array("q", range(self._size))
        return self._moved

    def _holds(self, number: int) -> bool:
        return number < self._size if self._moved is None else number in self._moved

    def _numbers(self, direction: str | None) -> Sequence[int]:  # noqa: ARG002
        return range(self._size) if self._moved is None else self._moved


@define(eq=False)
class GeneratedConversation(GeneratedList[ConversationTraffic]):
    """A generated list that knows its directions, its batches and its summary."""

    _tally: tuple[int, Tally] | None = field(default=None, init=False)
    _ways: dict[str, tuple[int, "array[int]"]] = field(factory=dict, init=False)

    def batch(self, batch_id: str) -> list[Wire]:
        """Make the messages of a batch."""
        numbers = filter(self._holds, self.traffic.batch(batch_id))
        return [self.traffic.message(number) for number in numbers]

    def tally(self) -> Tally:
        """Count by direction, latest status code and segments; kept until the list moves."""
        if self._tally is None or self._tally[0] != self.version:
            self._tally = (self.version, self._count_all())
        return self._tally[1]

    def _numbers(self, direction: str | None) -> Sequence[int]:
        if direction is None:
            return range(self._size) if self._moved is None else self._moved
        if self._moved is None:
            return _Every(self._size, PLACES[direction])
        known, numbers = self._ways.get(direction, (-1, array("q")))
        if known != self.version:
            of = self.traffic.direction
            numbers = array("q", (each for each in self._moved if of(each) == direction))
            self._ways[direction] = (self.version, numbers)
        return numbers

    def _count_all(self) -> Tally:
        if self._moved is None:
            return self.traffic.tally_first(self._size)
        return Counter(map(self.traffic.tally, self._moved))


class _Every(Sequence[int]):
    """The numbers below a size that stand at certain places of the repeating pattern."""

    def __init__(self, size: int, places: tuple[int, ...]) -> None:
        self._places = places
        rounds, rest = divmod(size, PERIOD)
        self._length = rounds * len(places) + bisect_left(places, rest)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, position: Any) -> Any:
        rounds, place = divmod(position, len(self._places))
        return rounds * PERIOD + self._places[place]


@define(eq=False)
class GivenList:
    """The caller's own list, read anew for each request; made messages extend it."""

    items: Sequence[Any]
    traffic: Traffic
    version: None = None
    _fresh: int = field(default=0, init=False)

    def count(self, direction: str | None = None) -> int:
        """Count the messages."""
        return len(self._way(direction))

    def read(self, positions: Iterable[int], direction: str | None = None) -> list[Any]:
        """Give the messages at these positions, as they are now."""
        way = self._way(direction)
        return [way[position] for position in positions]

    def find(self, message_id: str) -> Wire | None:
        """Give one message as it is."""
        return next((each for each in self._readable() if each.get("id") == message_id), None)

    def batch(self, batch_id: str) -> list[Wire]:
        """Give the messages of a batch."""
        return [each for each in self._readable() if each.get("batchId") == batch_id]

    def tally(self) -> Tally:
        """Count by direction, latest status code and segments."""
        return Counter(map(_tally_of, self._readable()))

    def insert(self, position: int, count: int) -> None:
        """Put made messages before a position."""
        numbers = range(self._fresh, self._fresh + count)
        self._fresh += count
        self._own()[position:position] = [self.traffic.message(number) for number in numbers]

    def purge(self, start: int, stop: int) -> None:
        """Remove the messages from one position up to another."""
        del self._own()[start:stop]

    def _own(self) -> MutableSequence[Any]:
        if not isinstance(self.items, MutableSequence):
            raise TypeError("this sequence can't be changed: give a list")
        return self.items

    def _readable(self) -> list[Wire]:
        return [each for each in self.items if isinstance(each, dict)]

    def _way(self, direction: str | None) -> Sequence[Any]:
        if direction is None:
            return self.items
        return [each for each in self._readable() if direction_of(each) == direction]


def direction_of(message: Wire) -> str:
    """Tell the direction in any of its wire forms."""
    value = message.get("direction")
    return {"0": "mt", "1": "mo"}.get(str(value), str(value).lower())


def _tally_of(message: Wire) -> tuple[str, int, int]:
    # On a tie the later in the list is the latest.
    statuses = sorted(message.get("statuses") or (), key=lambda status: str(status.get("created")))
    code = int(statuses[-1]["code"]) if statuses else 0
    return direction_of(message), code, int(message.get("segments") or 0)
