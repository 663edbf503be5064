"""How clients and pagers are used and left: nothing printed, nothing left behind."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trustme

from ip1_async import Client, ConfigurationError
from ip1_async.testing import Simulator

SHAPES = Path(__file__).parent / "support" / "usage_shapes.py"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_no_usage_leaves_anything_behind(loop: str) -> None:
    """Sixteen usage shapes print nothing under `-X dev -W error`: no warning, no slow callback."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", SHAPES, loop],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        # Measuring coverage in there would itself hold the loop.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
    )
    assert (done.stderr, done.stdout) == ("", "16\n")


TLS_PROGRAM = """
import asyncio, ssl, sys
from fault_server import FaultServer
from ip1_async import Client

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is no failure
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(sys.argv[1])
    async with FaultServer(400, tls=tls) as server:
        async with Client("token", v2_url=server.url, rate_limit=None) as client:
            pager = client.v2.conversations.list_messages("x", page_size=20)
            read = [await anext(pager) for _ in range(100)]
        print(len(read))

asyncio.run(main())
"""


def test_closing_waits_for_tls(tmp_path: Path) -> None:
    """A client that is closed in the middle of TLS streams leaves no transport open."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", TLS_PROGRAM, tmp_path / "server.pem"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=SHAPES.parent,
        env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "ca.pem")},
    )
    assert (done.stderr, done.stdout) == ("", "100\n")


async def test_another_thread_is_refused_clearly() -> None:
    """A client used from another thread's loop says so, and sends nothing."""
    async with Simulator(conversations={"46712345678": 10}) as simulator:
        async with Client("token", v2_url=simulator.v2_url) as client:
            await client.v2.conversations.get_summary("46712345678")
            caught: list[ConfigurationError] = []

            def use() -> None:
                try:
                    asyncio.run(client.v2.conversations.get_summary("46712345678"))
                except ConfigurationError as error:
                    caught.append(error)

            thread = threading.Thread(target=use)
            thread.start()
            await asyncio.to_thread(thread.join)
        assert "thread" in str(caught[0])
        assert len(simulator.requests) == 1


def _use_in_child(client: Client) -> None:
    try:
        asyncio.run(client.v2.conversations.get_summary("46712345678"))
    except ConfigurationError:
        sys.exit(7)


def test_a_forked_process_is_refused_clearly() -> None:
    """A client made before a fork is refused in the child."""
    client = Client("token", v2_url="http://127.0.0.1:9/v2")
    child = multiprocessing.get_context("fork").Process(target=_use_in_child, args=(client,))
    child.start()
    child.join()
    assert child.exitcode == 7
