"""The command: read its options, listen, and stop in peace."""

import argparse
import asyncio
import os
import socket
import sys

import uvicorn
from fastapi import FastAPI

from examples.web import demo
from examples.web.app import HOSTS, OpenClient, create_app
from ip1_async import Client, ConfigurationError

# Seconds for the last records, when the server stops; a tab that does not read gets none.
LAST_WORDS = 2.0


class Server(uvicorn.Server):
    """A server that ends its streams when it stops, instead of waiting for their last page."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="on",
            )
        )
        self.app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the client first: the last record of every stream then says why it ended."""
        await self.app.state.client.aclose()
        asyncio.get_running_loop().call_later(LAST_WORDS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        # Uvicorn would cancel these streams, and print where: a lost connection is no error.
        for connection in self.server_state.connections.copy():
            connection.transport.abort()


def main() -> None:
    """Serve the page on this machine until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.web", description="Show iP.1 conversations in the browser."
    )
    parser.add_argument("--simulate", action="store_true", help="use a simulator, no token needed")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    arguments = parser.parse_args()
    open_client = demo.open_simulated if arguments.simulate else open_real()
    with listen(arguments.port) as listener:
        address = "http://{}:{}/".format(*listener.getsockname())
        print(f"Open {address} (Ctrl-C ends it)", flush=True)
        if arguments.simulate:
            for participant, count in demo.CONVERSATIONS.items():
                print(f"  {address}#{participant}  {count:,} messages", flush=True)
        Server(create_app(open_client)).run([listener])


def open_real() -> OpenClient:
    """Make a client whose token and addresses come from the environment."""
    try:
        client = Client()
    except ConfigurationError as error:
        sys.exit(f"{error} (or try --simulate)")
    return lambda: client


def listen(port: int) -> socket.socket:
    """Take a port before anybody reads its address."""
    try:
        return socket.create_server((HOSTS[0], port))
    except OSError as error:
        sys.exit(f"port {port}: {os.strerror(error.errno or 0)}")
