"""The interface of a reader in the simulation, and the outcome of a program."""

from collections.abc import Callable
from typing import Literal, Protocol

import attrs
from model_list import ModelAnswer
from oracle import KINDS, Violation
from program_types import Program, ReadingOptions


class ListReader(Protocol):
    """A pager without its event loop.

    It is made with options and a cursor; with a cursor, `options.start` counts for nothing. What
    is delivered to a request that it gave up is to be ignored.
    """

    def requests(self) -> list[tuple[int, int, int]]:
        """Give new requests since the last call, each with its id, start and limit."""

    def deliver(self, request_id: int, answer: ModelAnswer | Exception) -> None:
        """Take in the answer to a request, or its error."""

    def take(self) -> list[str]:
        """Consume what can be consumed now, or a mouthful of it."""

    def state(self) -> Literal["running", "ended"] | Exception:
        """Give the state. All rows before an end or an error are taken first."""

    def retry(self) -> None:
        """Iterate on after an error or a cancellation."""

    def cancel(self) -> None:
        """Be cancelled while iterating."""

    def cursor(self) -> str:
        """Give the resume point just after what was consumed."""


MakeReader = Callable[[ReadingOptions, str | None], ListReader]


@attrs.frozen
class Errors:
    """The errors that a reader may raise, and the error of a failed request."""

    allowed: tuple[type[Exception], ...]  # of lists that can't be read to the end as they are
    lost: type[Exception]  # of cursors
    fail: Callable[[], Exception]


@attrs.define(eq=False)
class ProgramOutcome:
    """The outcome of a program."""

    program: Program
    segments: list[list[str]]  # what each reader of the chain gave
    ended: bool
    errors: list[Exception]
    requests: int
    violations: list[Violation]
    excuses: set[str]
    moved: bool

    @property
    def worst(self) -> str | None:
        """Name the kind of the worst violation, if there is one."""
        return min((v.kind for v in self.violations), key=KINDS.index, default=None)
