"""The command: read its options, listen, and stop in peace."""

import argparse
import asyncio
import os
import socket
import sys
from functools import partial

import uvicorn
from attrs import evolve
from fastapi import FastAPI

from examples.web import demo
from examples.web.app import OpenClient, create_app
from examples.web.guard import HOSTS
from examples.web.settings import Settings
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
        state = self.app.state
        await state.outbox.finish(LAST_WORDS)  # what is being sent would be uncertain
        state.outbox.hub.close()
        await state.client.aclose()
        asyncio.get_running_loop().call_later(LAST_WORDS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        # Uvicorn would cancel these streams, and print where: a lost connection is no error.
        for connection in self.server_state.connections.copy():
            connection.transport.abort()


def main() -> None:
    """Serve the page on this machine until Ctrl-C."""
    arguments = read_arguments()
    open_client = None if arguments.simulate else open_real()
    with listen(arguments.port) as listener:
        address = "http://{}:{}/".format(*listener.getsockname())
        print(f"Open {address} (Ctrl-C ends it)", flush=True)
        if open_client is None:
            settings = Settings(public_url=address)
            open_client = partial(demo.open_simulated, settings.hook_url)
            for participant, count in demo.CONVERSATIONS.items():
                print(f"  {address}#{participant}  {count:,} messages", flush=True)
        else:
            settings = read_settings(arguments)
        Server(create_app(open_client, settings)).run([listener])


def read_arguments() -> argparse.Namespace:
    """Read the options of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.web", description="A support inbox in the browser, over iP.1."
    )
    parser.add_argument("--simulate", action="store_true", help="use a simulator, no token needed")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--sender", default="iP1", help="a registered number or name")
    parser.add_argument("--public-url", help="how iP.1 reaches this app, for hooks")
    parser.add_argument("--journal", default="answers.db", help="keeps the keys of answers")
    return parser.parse_args()


def read_settings(arguments: argparse.Namespace) -> Settings:
    """Take what was given, and the secret of hooks from the environment."""
    secret = os.environ.get("HOOK_SECRET")
    if arguments.public_url and not secret:
        sys.exit("HOOK_SECRET: set it to a long random text (openssl rand -hex 32)")
    settings = Settings(arguments.sender, arguments.public_url, journal=arguments.journal)
    return evolve(settings, secret=secret) if secret else settings


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
