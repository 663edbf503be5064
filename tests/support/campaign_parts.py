"""What the tests of campaigns share: an account, a journal, and who got what."""

import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from ip1_async.campaigns import Part, Phase
from ip1_async.campaigns._journal import checksum, encode
from ip1_async.testing import Fault, Request, Simulator

Send = Callable[..., Any]
LOST = Fault(status=500, accepted=True)
VOID = Fault(status=500)


@attrs.frozen
class JournalFile:
    """The file of a journal."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.path.exists()

    @property
    def mode(self) -> int:
        """Its permissions."""
        return stat.S_IMODE(self.path.stat().st_mode)

    def read(self) -> bytes:
        """Give what is in it."""
        return self.path.read_bytes()

    def write(self, data: bytes, mode: int = 0o600) -> None:
        """Put something in its place."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.touch(mode)
        self.path.write_bytes(data)

    def link(self) -> None:
        """Let a link have its name."""
        self.path.parent.mkdir()
        (self.path.parent / "target").touch()
        self.path.symlink_to("target")

    def add(self, *parts: Part) -> None:
        """Add batches, as another run did."""
        for part in parts:
            self.write(self.read() + encode(part, checksum(self.read())))


def begun(key: str, at: datetime, *own: str) -> Part:
    """Make a batch whose answer is missing."""
    return Part(key=key, phase=Phase.BEGUN, at=at, recipients=own)


def numbers(count: int, first: int = 0) -> list[str]:
    """Make numbers."""
    return [f"467{place:08}" for place in range(first, first + count)]


def at_post(*faults: Fault | None) -> Callable[[int, Request], Fault | None]:
    """Let things go wrong with the first sends."""
    left = list(faults)

    def choose(_: int, request: Request) -> Fault | None:
        return left.pop(0) if left and request.method == "POST" else None

    return choose


def got(simulator: Simulator) -> list[str]:
    """Give the numbers that were sent to, as often as they were."""
    return [number for sent in simulator.sent for number in sent.recipients]


def posts(simulator: Simulator) -> int:
    """Count the sends that arrived."""
    return sum(request.method == "POST" for request in simulator.requests)


def recipients(parts: tuple[Part, ...]) -> list[str]:
    """Give the numbers of some batches."""
    return [number for part in parts for number in part.recipients]
