"""Terminals for tests: one replaces stdout and stderr, the other runs a whole command."""

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte
import pytest

LONGEST_RUN = 120.0  # seconds


def last_screen(output: str, columns: int = 80, lines: int = 24) -> list[str]:
    """Give the lines that a terminal shows in the end, the longer ones in pieces."""
    screen = pyte.Screen(columns, lines)
    screen.set_mode(pyte.modes.LNM)  # the carriage returns are gone
    pyte.Stream(screen).feed(output)
    return [line.rstrip() for line in screen.display[: screen.cursor.y + 1]]


class Terminal:
    """A pseudo-terminal of 80 columns that replaces stdout and stderr."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        self._patch = monkeypatch
        self._master, slave = pty.openpty()
        self.file = os.fdopen(slave, "w", encoding="utf-8")
        self._seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def take(self, *names: str) -> None:
        """Replace the named streams."""
        for name in names:
            self._patch.setattr(sys, name, self.file)

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 65536):
                self._seen += data
        except OSError:  # how Linux ends a pty
            pass

    def close(self) -> None:
        """Close the terminal, and read the rest of the output."""
        self.file.close()
        self._reader.join()
        os.close(self._master)

    @property
    def screen(self) -> str:
        """What was shown, with its escape sequences."""
        if not self.file.closed:
            self.close()
        return self._seen.decode().replace("\r\n", "\n")


def run_in_terminal(
    command: Sequence[str],
    *,
    folder: Path,
    environment: dict[str, str],
    ready: Callable[[bytes], bool] = lambda _: False,
    keys: bytes = b"",
) -> tuple[str, int]:
    """Run a command in a terminal, and press keys once what it shows is ready for them.

    Returns:
        All that the terminal showed, and the exit code.
    """
    master, slave = os.openpty()
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    guard = threading.Timer(LONGEST_RUN, os.killpg, (process.pid, signal.SIGKILL))
    guard.start()
    seen = b""
    try:
        while data := os.read(master, 65536):
            seen += data
            if keys and ready(seen):
                os.write(master, keys)
                keys = b""
    except OSError:  # how Linux ends a terminal
        pass
    guard.cancel()
    os.close(master)
    # Ctrl-C drops what the terminal has not shown yet, be it in the middle of a character.
    return seen.decode(errors="replace"), process.wait()
