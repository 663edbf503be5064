"""Readers with one fault each; the judge has to name it."""

from typing import Literal

from model_list import ModelAnswer
from naive_readers import LinkReader, NaiveReader
from program_types import ReadingOptions


class UnsettledError(Exception):
    """A list can't be read to its end."""


class LostError(Exception):
    """A cursor is lost."""


class FaultError(Exception):
    """A request failed."""


class ForeignReader(NaiveReader):
    """Invents a row."""

    def take(self) -> list[str]:
        """Give a row of another list."""
        return [f"{row}000" for row in super().take()]


class BackwardReader(NaiveReader):
    """Reverses pages."""

    def take(self) -> list[str]:
        """Give the last row first."""
        return super().take()[::-1]


class StuckReader(NaiveReader):
    """Asks once."""

    def requests(self) -> list[tuple[int, int, int]]:
        """Ask for the first page only."""
        return [] if self.last_request else super().requests()


class LoopingReader(NaiveReader):
    """Never comes to an end."""

    def read(self, answer: ModelAnswer) -> None:
        """Drop the page."""


class RaisingReader(NaiveReader):
    """Says that the list can't be read to its end."""

    error: Exception = UnsettledError()

    def state(self) -> Literal["running", "ended"] | Exception:
        """Raise at once."""
        return self.error


class UntypedReader(RaisingReader):
    """Raises what nobody expects."""

    error = KeyError("page")


class LosingReader(RaisingReader):
    """Calls every cursor lost."""

    error = LostError()


class CrashingReader(NaiveReader):
    """Has a bug."""

    def read(self, answer: ModelAnswer) -> None:
        """Fail."""
        raise IndexError


class ContentReader(LinkReader):
    """Ends at once where it resumes."""

    def __init__(self, options: ReadingOptions, cursor: str | None) -> None:
        super().__init__(options, cursor)
        self.outcome = "running" if cursor is None else "ended"
