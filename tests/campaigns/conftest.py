"""An account and a journal for campaigns."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from campaign_parts import JournalFile, Send, numbers

from ip1_async import Client, campaigns
from ip1_async.campaigns import Result
from ip1_async.testing import Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Serve an account."""
    async with Simulator() as each:
        yield each


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    """Lead a client there that gives up at once."""
    url = simulator.v2_url
    async with Client("t", v2_url=url, rate_limit=None, retry_for=0) as each:
        yield each


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    """Give a path for a journal."""
    return JournalFile(tmp_path / "new" / "journal")


@pytest.fixture
def send(client: Client, journal: JournalFile) -> Send:
    """Send to three people, unless a test wants something else."""

    async def call(**options: Any) -> Result:
        usual = {"sender": "iP1", "recipients": numbers(3), "body": "Hello", "patience": 0}
        return await campaigns.send(client, journal=journal.path, **{**usual, **options})

    return call
