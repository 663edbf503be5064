"""Tables that are longer than the screen go through the user's pager."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import last_screen, run_in_terminal

from ip1_async.testing import Simulator

NUMBER = "46712345678"


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give a conversation that is longer than a screen, and one that is not."""
    return {"conversations": {NUMBER: 60, "short": 3}}


@pytest.mark.parametrize(
    ("pager", "shown"),
    [
        ("sed s/^/>/", ">time"),
        ("head -1", "time"),
        ("", "time"),
        ("no-such-pager", "time"),
    ],
)
async def test_a_long_table_goes_to_the_pager(
    ip1_simulator: Simulator, tmp_path: Path, pager: str, shown: str
) -> None:
    """Only what is longer than the screen; to leave it early is no error."""
    code = "import sys; from ip1_async.cli import main; sys.exit(main())"
    own = {"PAGER": pager, "COLUMNS": "80", "LINES": "24", "TERM": "xterm", "IP1_API_TOKEN": "x"}
    for name, start in ((NUMBER, shown), ("short", "time")):
        output, exit_code = await asyncio.to_thread(
            run_in_terminal,
            [sys.executable, "-W", "error", "-c", code, "messages", name, "--page-size", "20"],
            folder=tmp_path,
            environment={**os.environ, **own, "IP1_V2_URL": ip1_simulator.v2_url},
        )
        assert exit_code == 0
        lines = last_screen(output.replace("\r\n", "\n"), lines=500)
        assert lines[0].startswith(start)
        assert "ip1:" not in output
