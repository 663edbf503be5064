"""A terminal for the tests of the command line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal

from ip1_async.cli._screen import screen
from ip1_async.testing import Simulator


@pytest.fixture(autouse=True)
def state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep what a command remembers to its test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(screen, "level", logging.WARNING)
    return tmp_path / "state" / "ip1"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Open a terminal of 80 columns; the test decides what goes there."""
    each = Terminal(monkeypatch)
    yield each
    _ = each.screen
    monkeypatch.undo()


@pytest.fixture
def server(ip1_simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """Lead the command to the simulator."""
    monkeypatch.setenv("IP1_V2_URL", ip1_simulator.v2_url)
    monkeypatch.setenv("IP1_V3_URL", ip1_simulator.v3_url)
    monkeypatch.setenv("IP1_API_TOKEN", "secret-token")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return ip1_simulator
