"""Fixtures for pytest: a running simulator, and a client that talks to it.

The plugin imports the package only when a test uses a fixture: pytest loads plugins before
coverage begins.
"""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING or find_spec("pytest_asyncio"):
    from pytest_asyncio import fixture as async_fixture
else:  # another plugin, such as anyio's, may run async fixtures
    async_fixture = pytest.fixture

if TYPE_CHECKING:
    from ip1_async import Client
    from ip1_async.testing import Simulator


@pytest.fixture
def ip1_simulator_options() -> dict[str, Any]:
    """Give the arguments of the simulator; override this fixture to change them."""
    return {
        "conversations": {"46712345678": 250, "46701234567": 40},
        "batches": {"5bc86b6e85c7209830f96936": 120},
        "bundles": {"65eb3d14f784682890abc24f": 60},
    }


@async_fixture
async def ip1_simulator(ip1_simulator_options: dict[str, Any]) -> AsyncIterator["Simulator"]:
    """Run an iP.1 server for one test."""
    from ip1_async.testing import Simulator  # noqa: PLC0415 (see the module's docstring)

    async with Simulator(**ip1_simulator_options) as simulator:
        yield simulator


@async_fixture
async def ip1_client(ip1_simulator: "Simulator") -> AsyncIterator["Client"]:
    """Open a client of the simulator for one test."""
    from ip1_async import Client  # noqa: PLC0415 (see the module's docstring)

    async with Client(
        token="test",  # noqa: S106 (the simulator takes any)
        v2_url=ip1_simulator.v2_url,
        v3_url=ip1_simulator.v3_url,
    ) as client:
        yield client
