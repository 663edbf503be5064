"""The lists that a simulator serves: generated ones, and the caller's own."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, MutableSequence, Sequence
from typing import Any, Generic, TypeVar

from attrs import define, field

from ip1_async.testing._data.conversations import (
    PERIOD,
    PLACES,
    ConversationTraffic,
    Tally,
)
from ip1_async.testing._data.traffic import Traffic
from ip1_async.testing._messages import MessageDict, direction_of, second_of, tally_of
from ip1_async.testing._options import Options

T = TypeVar("T", bound=Traffic)


def _make(traffic: Traffic, options: Options, number: int, *, full: bool = False) -> MessageDict:
    """Make a message; with `shuffle_ties` it shares the moment of the first one of its block."""
    head = number - number % (options.shuffle_ties or 1)
    return traffic.message(number, full=full, moment_of=head)


@define(eq=False)
class GeneratedList(Generic[T]):
    """A list that makes a message only when a request asks for it.

    It is a mere count until the caller inserts or purges something. From then on it is an array of
    numbers: made messages have numbers from 0, the caller's own messages numbers below 0.
    """

    traffic: T
    _size: int
    _options: Options
    _changes: int = field(default=0, init=False)
    _moved: "array[int] | None" = field(default=None, init=False)
    _fresh: int = field(init=False)
    _own: dict[int, MessageDict] = field(factory=dict, init=False)
    _added: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._fresh = self._size

    @property
    def version(self) -> tuple[int, int | None] | None:
        """A value that changes with the messages; `None` if the caller can change one unseen."""
        return None if self._own else (self._changes, self._options.shuffle_ties)

    def count(self, direction: str | None = None) -> int:
        """Count the messages."""
        return len(self._numbers(direction))

    def read(self, positions: Iterable[int], direction: str | None = None) -> list[MessageDict]:
        """Make the messages at these positions."""
        numbers = self._numbers(direction)
        return [self._message(numbers[position]) for position in positions]

    def seconds(self, direction: str | None) -> Callable[[int], Hashable]:
        """Give a function of positions; its values are equal for messages of one second."""
        numbers = self._numbers(direction)
        return lambda position: self._second(numbers[position])

    def find(self, message_id: str) -> MessageDict | None:
        """Find a message by its id; a made one has its full history."""
        for own in self._own.values():
            if own.get("id") == message_id:
                return own
        number = self.traffic.index(message_id)
        if number is None or not self._holds(number):
            return None
        return _make(self.traffic, self._options, number, full=True)

    def insert(self, position: int, messages: int | Sequence[MessageDict]) -> None:
        """Put messages before a position; made ones have later times than all before them."""
        if isinstance(messages, int):
            self._insert_made(position, messages)
        else:
            self._materialise()[position:position] = array("q", map(self._keep, messages))
        self._changes += 1

    def _insert_made(self, position: int, count: int) -> None:
        new = array("q", range(self._fresh, self._fresh + count))
        self._fresh += count
        if self._moved is None and position >= self._size:
            self._size += count
        else:
            self._materialise()[position:position] = new

    def purge(self, start: int, stop: int) -> None:
        """Remove the messages from one position up to another."""
        numbers = self._materialise()
        for number in numbers[start:stop]:
            self._own.pop(number, None)
        del numbers[start:stop]
        self._changes += 1

    def _keep(self, message: MessageDict) -> int:
        self._added += 1
        self._own[-self._added] = message
        return -self._added

    def _message(self, number: int) -> MessageDict:
        if number < 0:
            return self._own[number]
        return _make(self.traffic, self._options, number)

    def _second(self, number: int) -> Hashable:
        if number < 0:
            return second_of(self._own[number]) or number
        return number // (self._options.shuffle_ties or 1)

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

    def batch(self, batch_id: str) -> list[MessageDict]:
        """Give the messages of a batch."""
        numbers = filter(self._holds, self.traffic.batch(batch_id))
        own = [each for each in self._own.values() if each.get("batchId") == batch_id]
        return [*map(self._message, numbers), *own]

    def tally(self) -> Tally:
        """Count by direction, latest status code and segments."""
        made = self._tally_made()
        return made + Counter(map(tally_of, self._own.values())) if self._own else made

    def _tally_made(self) -> Tally:
        """Count the made messages, once for as long as the list does not change."""
        if self._tally is None or self._tally[0] != self._changes:
            self._tally = (self._changes, self._count_all())
        return self._tally[1]

    def _count_all(self) -> Tally:
        if self._moved is None:
            return self.traffic.tally_first(self._size)
        return Counter(self.traffic.tally(number) for number in self._moved if number >= 0)

    def _numbers(self, direction: str | None) -> Sequence[int]:
        if direction is None:
            return range(self._size) if self._moved is None else self._moved
        if self._moved is None:
            return _Every(self._size, PLACES[direction])
        known, numbers = self._ways.get(direction, (-1, array("q")))
        if known != self._changes:
            of = self._direction
            numbers = array("q", (each for each in self._moved if of(each) == direction))
            self._ways[direction] = (self._changes, numbers)
        return numbers

    def _direction(self, number: int) -> str:
        return direction_of(self._own[number]) if number < 0 else self.traffic.direction(number)


class _Every(Sequence[int]):
    """The numbers below a size that are at certain places of the repeating pattern."""

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
    """The caller's own list. Every request reads it anew."""

    items: Sequence[Any]
    traffic: Traffic
    _options: Options
    version: None = field(default=None, init=False)
    _fresh: int = field(default=0, init=False)

    def count(self, direction: str | None = None) -> int:
        """Count the messages."""
        return len(self._way(direction))

    def read(self, positions: Iterable[int], direction: str | None = None) -> list[Any]:
        """Give the messages at these positions, as they are now."""
        way = self._way(direction)
        return [way[position] for position in positions]

    def seconds(self, direction: str | None) -> Callable[[int], Hashable]:
        """Give a function of positions; its values are equal for messages of one second."""
        way = self._way(direction)
        return lambda position: second_of(way[position]) or position

    def find(self, message_id: str) -> MessageDict | None:
        """Find a message by its id."""
        return next((each for each in self._readable() if each.get("id") == message_id), None)

    def batch(self, batch_id: str) -> list[MessageDict]:
        """Give the messages of a batch."""
        return [each for each in self._readable() if each.get("batchId") == batch_id]

    def tally(self) -> Tally:
        """Count by direction, latest status code and segments."""
        return Counter(map(tally_of, self._readable()))

    def insert(self, position: int, messages: int | Sequence[MessageDict]) -> None:
        """Put messages before a position, made ones or the caller's own."""
        if not isinstance(messages, int):
            self._changeable()[position:position] = messages
            return
        numbers = range(self._fresh, self._fresh + messages)
        self._fresh += messages
        made = [_make(self.traffic, self._options, number) for number in numbers]
        self._changeable()[position:position] = made

    def purge(self, start: int, stop: int) -> None:
        """Remove the messages from one position up to another."""
        del self._changeable()[start:stop]

    def _changeable(self) -> MutableSequence[Any]:
        if not isinstance(self.items, MutableSequence):
            raise TypeError("this sequence can't be changed: give a list")
        return self.items

    def _readable(self) -> list[MessageDict]:
        return [each for each in self.items if isinstance(each, dict)]

    def _way(self, direction: str | None) -> Sequence[Any]:
        if direction is None:
            return self.items
        return [each for each in self._readable() if direction_of(each) == direction]
