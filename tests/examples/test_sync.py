"""The bridge for code without async."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from ip1_async.testing import Simulator

ROOT = Path(__file__).parents[2]
BRIDGE = "from examples.sync.bridge import call, iterate\n"
LIST = "lambda client: client.v2.conversations.list_messages('46712345678')"
SUMMARY = "lambda client: client.v2.conversations.get_summary('46712345678')"
PROGRAMS = {
    "threads share a client": f"""
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    found = pool.map(lambda _: call({SUMMARY}).total_message_count, range(20))
    print(set(found))
""",
    "a list is left early": f"""
for message in iterate({LIST}):
    break
print({{sum(1 for _ in iterate({LIST}))}})
""",
    "a forked process has its own": f"""
import os
call({SUMMARY})
if not (child := os.fork()):
    os._exit(call({SUMMARY}).total_message_count != 1000)
print({{1000}} if os.waitpid(child, 0)[1] == 0 else "failed")
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
async def test_it_serves_a_process_and_ends_with_it(program: str) -> None:
    """One loop and one client for all threads; no warning, nothing open, no hang at the end."""
    async with Simulator(conversations={"46712345678": 1_000}) as simulator:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", BRIDGE + program),
            cwd=ROOT,
            env={**os.environ, "IP1_V2_URL": simulator.v2_url, "IP1_API_TOKEN": "token"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            output, complaints = await process.communicate()
    assert (output, complaints) == (b"{1000}\n", b"")
