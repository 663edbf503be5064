"""What a reader still owes: rows it passed without reading an item for each of them."""

import attrs


@attrs.define(eq=False)
class Debts:
    """Where pages repeated more, or other rows than those of a list at rest.

    Something may have slipped behind the reader there: an item that changed places with one that
    was read. What arrived in front of the reader looks the same from there.

    Attributes:
        base: Row of the first item that is counted.
        before: Items read before it.
        doubled: Rows that were printed twice, at two offsets.
        moved: Rows went away, so that the count of rows says less.
        disturbed: Items changed places.
    """

    base: int
    before: int = 0
    doubled: int = 0
    moved: bool = False
    disturbed: bool = False
    _seams: dict[int, int] = attrs.field(factory=dict)  # row, and the debt there

    def __bool__(self) -> bool:
        """Whether anything may have slipped behind the reader."""
        return bool(self._seams)

    def note(self, row: int, debt: int, *, gained: bool, disturbed: bool = False) -> None:
        """Note a page that does not repeat what it should.

        Args:
            row: Where it should have gone on.
            debt: How many more rows there were by then than items were read.
            gained: It repeats more.
            disturbed: It repeats other rows, or in another order.
        """
        self.disturbed |= disturbed
        self.moved |= not gained and not disturbed
        self._seams[row] = debt

    def rows(self, debt: int) -> list[int]:
        """Give the rows where something may have slipped, as they count now.

        Args:
            debt: How many more rows there are now than items were read.
        """
        # Rows that arrived in front push the others on; those that changed places do not.
        return [row + (0 if self.disturbed else debt - then) for row, then in self._seams.items()]
