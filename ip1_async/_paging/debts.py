"""What a reader still owes: rows it passed without reading an item for each of them."""

from collections.abc import Iterator

import attrs


@attrs.define(eq=False)
class Debts:
    """Where pages repeated more, or other rows than those of a list at rest.

    Something may have slipped behind the reader there: an item that changed places with one that
    was read. What arrived in front of the reader looks the same from there.

    Attributes:
        base: Row of the first item that is counted.
        before: Items read before it.
        doubled: Rows that were printed twice.
        moved: Rows went away, so that the count of rows says less.
        disturbed: Items changed places.
    """

    base: int
    before: int = 0
    doubled: int = 0
    moved: bool = False
    disturbed: bool = False
    _seams: dict[int, None] = attrs.field(factory=dict)  # how many items had been read, in order

    def __bool__(self) -> bool:
        """Whether anything may have slipped behind the reader."""
        return bool(self._seams)

    def note(self, read: int, *, gained: bool, disturbed: bool = False) -> None:
        """Note a page that does not repeat what it should, after so many items were read."""
        self.disturbed |= disturbed
        self.moved |= not gained and not disturbed
        self._seams[read - self.before] = None

    def rows(self, shift: int) -> Iterator[int]:
        """Give the rows where something may have slipped.

        Args:
            shift: How many more rows there are than items were read.
        """
        return (self.base + seam + shift for seam in self._seams)
