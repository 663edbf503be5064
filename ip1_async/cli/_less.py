"""Show a table that is longer than the screen in the user's pager, such as less."""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager

import attrs

from ip1_async.cli._output import console, finish, write
from ip1_async.cli._screen import screen

Put = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def paged() -> AsyncIterator[Put]:
    """Give a function that writes to stdout, or to a pager if a screen is not enough.

    A pager needs a terminal on both sides. PAGER names it; an empty PAGER turns it off.
    """
    command = shlex.split(os.environ.get("PAGER", "less"))
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not (terminal and command and shutil.which(command[0])):
        yield write
        return
    pager = _Less(command, console().height)
    try:
        yield pager.put
    finally:
        await finish(pager.close())


@attrs.define
class _Less:
    """Keeps what fits on the screen; if more comes, starts the pager.

    Attributes:
        command: The pager.
        height: How many lines the screen has.
    """

    command: list[str]
    height: int
    _kept: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _over: ExitStack = attrs.field(factory=ExitStack)

    async def put(self, text: str) -> None:
        """Show a text.

        Raises:
            BrokenPipeError: The user has left the pager.
        """
        self._kept += text
        if self._process is None and self._kept.count("\n") >= self.height:
            self._over.enter_context(screen.held())
            # Unless the user says otherwise: keep colors, and leave the table on the screen.
            environment = {"LESS": "FRX", **os.environ}
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603  # it is what the user named
                self.command, stdin=subprocess.PIPE, env=environment
            )
        if self._process is not None:
            data, self._kept = self._kept.encode(sys.stdout.encoding, "replace"), ""
            await finish(asyncio.to_thread(self._feed, data))

    async def close(self) -> None:
        """Wait until the user has left the pager."""
        with self._over:
            if self._process is None:
                await write(self._kept)
                return
            # Ctrl-C belongs to the pager now.
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)
            await asyncio.to_thread(self._process.communicate)
            signal.signal(signal.SIGINT, before)

    def _feed(self, data: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()
