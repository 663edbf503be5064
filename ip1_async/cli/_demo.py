"""The command `demo`: a long conversation, read from a simulator on this machine."""

import math
import time
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import attrs
from cyclopts.types import NonNegativeFloat, PositiveInt
from rich.table import Table

from ip1_async import Client, Direction, Message
from ip1_async.cli._output import progress, render, write
from ip1_async.cli._tables import counts_table, status_name
from ip1_async.testing import Simulator

_PARTICIPANT = "46712345678"
_PAGE_SIZE = 200
_SAMPLE_PAGES = 10
_WAYS = {Direction.MT: "outgoing (mt)", Direction.MO: "incoming (mo)"}


@attrs.frozen
class _Setting:
    messages: int
    latency: float
    rate: int

    @property
    def pages(self) -> int:
        return math.ceil(self.messages / _PAGE_SIZE)


@attrs.define
class _Tally:
    """Sums over messages, none of which is kept."""

    messages: Counter[str] = attrs.field(factory=Counter)
    segments: Counter[str] = attrs.field(factory=Counter)
    costs: Counter[str] = attrs.field(factory=Counter)

    def add(self, message: Message) -> None:
        pass


async def demo(
    *,
    messages: PositiveInt = 20_000,
    latency: NonNegativeFloat = 0.25,
    rate: PositiveInt = 30,
) -> None:
    """Read a long conversation from a simulator on this machine, and say what it took.

    Args:
        messages: Length of the conversation.
        latency: Seconds until the simulator answers.
        rate: Requests per second that it allows; what exceeds it is answered with 429.
    """
