"""A terminal for the tests of the command line."""

from collections.abc import Iterator

import pytest
from terminal import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Open a terminal of 80 columns; the test decides what goes there."""
    each = Terminal(monkeypatch)
    yield each
    _ = each.screen
    monkeypatch.undo()
