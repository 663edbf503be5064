"""The pytest plugin, in test runs of its own."""

import importlib.util
import subprocess
import sys

import pytest

import ip1_async
from ip1_async.testing import plugin

pytest_plugins = ["pytester"]

STRICT = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
USES_SIMULATOR = """
import aiohttp
import pytest
import pytest_asyncio

{override}

@pytest.mark.asyncio
async def test_it(ip1_simulator):
    url = ip1_simulator.v2_url + "/conversations/{number}"
    async with aiohttp.ClientSession(headers={{"Authorization": "Bearer x"}}) as session:
        async with session.get(url) as response:
            assert len(await response.json()) == {count}
"""
OVERRIDE = """
@pytest.fixture
def ip1_simulator_options():
    return {"conversations": {"46799999999": 7}}
"""
USES_CLIENT = """
import pytest

@pytest.mark.asyncio
async def test_it(ip1_client, ip1_simulator):
    messages = await ip1_client.v2.conversations.list_messages("46712345678").collect()
    assert len(messages) == 250
    assert ip1_simulator.requests
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
@pytest.mark.parametrize(
    ("override", "number", "count"),
    [("", "46712345678", 50), (OVERRIDE, "46799999999", 7)],
    ids=["default", "overridden"],
)
def test_the_simulator_runs_for_a_test(
    pytester: pytest.Pytester, mode: str, override: str, number: str, count: int
) -> None:
    """The fixture serves its default lists, or those of the user, in both asyncio modes."""
    pytester.makepyfile(USES_SIMULATOR.format(override=override, number=number, count=count))
    result = pytester.runpytest_inprocess(*STRICT, "-o", f"asyncio_mode={mode}")
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(not hasattr(ip1_async, "Client"), reason="the client is not there yet")
def test_the_client_talks_to_the_simulator(pytester: pytest.Pytester) -> None:
    """The client fixture reads what the simulator serves."""
    pytester.makepyfile(USES_CLIENT)
    result = pytester.runpytest_inprocess(*STRICT, "-o", "asyncio_mode=strict")
    result.assert_outcomes(passed=1)


def test_the_plugin_loads_without_pytest_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who runs async tests in another way is not stopped by the plugin."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    spec = importlib.util.spec_from_file_location("plain_plugin", plugin.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.async_fixture is pytest.fixture


def test_the_plugin_imports_no_server() -> None:
    """Loading the plugin costs neither aiohttp's server nor the texts."""
    code = (
        "import sys, ip1_async.testing.plugin;"
        "print([name for name in sys.modules if name.startswith('ip1_async.testing._')])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b"[]"
