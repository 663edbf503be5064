"""A terminal of one's own, for commands that are to see one."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

LONGEST_RUN = 120.0  # seconds


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
    return seen.decode(), process.wait()
