"""cattrs takes its time to import, and no event loop waits for it."""

import subprocess
import sys

USUAL = """
import sys
from ip1_async import ConversationSummary, Message
from ip1_async._codec import decode, decode_page
decode(b'{"id": "m1", "statuses": [{"code": 201}], "segments": 1}', Message)
counts = b'{"participant": "iP1", "mobileTerminatedMessages": {"201": {"sms": 1}}}'
decode(counts, ConversationSummary)
decode_page(b'[{"id": "m1"}]', Message)
assert "cattrs" not in sys.modules
"""
FIRST = """
import asyncio, sys, threading
from ip1_async import Client, to_dict
from ip1_async.testing import Simulator

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "cattrs":
            threads.append(threading.current_thread())

async def main():
    async with Simulator(conversations={"46712345678": 3}, latency=0.5) as simulator:
        async with Client("token", v2_url=simulator.v2_url) as client:
            for _ in range(2):
                messages = await client.v2.conversations.list_messages("46712345678").collect()
                assert to_dict(messages[0])["id"] == messages[0].id

threads = []
sys.meta_path.insert(0, Watch())
asyncio.run(main())
assert threads and threading.main_thread() not in threads, threads
"""


def test_usual_objects_do_without_cattrs() -> None:
    """Neither importing the package nor reading a usual object imports it."""
    subprocess.run([sys.executable, "-c", USUAL], check=True, timeout=60)


def test_cattrs_is_imported_beside_the_event_loop() -> None:
    """The first request has a thread import it, while the answer is on its way."""
    subprocess.run([sys.executable, "-c", FIRST], check=True, timeout=60)
