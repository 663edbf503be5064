"""The command `listen`: hooks of iP.1 to stdout, or on to another program."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import aiohttp
from aiohttp import web
from cyclopts.types import UInt16
from yarl import URL

from ip1_async import ConfigurationError, to_json
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection, read_secret
from ip1_async.cli._output import json_line, note, write
from ip1_async.webhooks import HookEvent, NotTaken, Receiver, UnverifiedReceiver

Handler: TypeAlias = Callable[[HookEvent], Awaitable[None]]
_FORWARDING = 15.0  # seconds


async def listen(
    *,
    path_secret_file: Path,
    host: str = "127.0.0.1",
    port: UInt16 = 8080,
    forward_to: str | None = None,
    unverified: bool = False,
    connection: Connection = DEFAULT_CONNECTION,
) -> None:
    """Take delivery reports and incoming SMS until Ctrl-C, and print them as JSON lines.

    What arrives is looked up, and what the API says of it is printed or forwarded. Put it behind
    a server that speaks TLS. Hooks that were taken are remembered until the command ends.

    For example:

        ip1 listen --path-secret-file secret --port 8080

    Args:
        path_secret_file: File that holds the last segment of the URL's path. Make it long.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        forward_to: POST each event there as JSON instead of printing it: to https://, or to
            http:// on this machine. Where that fails iP.1 gets 502, and repeats.
        unverified: Believe what anybody posts who knows the secret, and look nothing up.
        connection: How to reach the API.
    """
    secret = await read_secret("--path-secret-file", path_secret_file)
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        handler = _printer(over)
        if forward_to is not None:
            handler = await _forwarder(_check(forward_to), stack)
        hooks: Receiver | UnverifiedReceiver = (
            UnverifiedReceiver(secret=secret)
            if unverified
            else Receiver(await connection.client(), secret=secret)
        )
        stack.push_async_callback(hooks.aclose)
        hooks.fallback(handler)
        note(f"listening on {await _serve(hooks, host, port, stack)} and the secret, until Ctrl-C")
        await over.wait()
    raise BrokenPipeError


def _check(forward_to: str) -> URL:
    """Refuse what could be read or changed on its way, and credentials.

    Raises:
        ConfigurationError: The URL can't be used.
    """
    try:
        url = URL(forward_to)
        if url.host and "@" not in url.raw_authority and _is_safe(url):
            return url
    except ValueError:  # a host, port or address that is none
        pass
    raise ConfigurationError(
        "--forward-to: expected https://, or http:// to this machine, without credentials"
    )


def _is_safe(url: URL) -> bool:
    if url.scheme == "http":
        return url.host == "localhost" or ipaddress.ip_address(url.host or "").is_loopback
    return url.scheme == "https"


async def _serve(
    hooks: Receiver | UnverifiedReceiver, host: str, port: int, stack: AsyncExitStack
) -> str:
    """Serve every path, and log none of them; give the URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hooks.aiohttp())
    # What is packed is no hook of iP.1. Unpacking it here would log what can't be unpacked.
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port).start()
    return str(URL.build(scheme="http", host=host, port=runner.addresses[0][1], path="/"))


def _printer(over: asyncio.Event) -> Handler:
    async def show(event: HookEvent) -> None:
        try:
            await write(json_line(event))
        except BrokenPipeError:  # the reader has seen enough
            over.set()
            raise NotTaken(HTTPStatus.SERVICE_UNAVAILABLE) from None

    return show


async def _forwarder(url: URL, stack: AsyncExitStack) -> Handler:
    session = await stack.enter_async_context(
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_FORWARDING),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )
    )

    async def forward(event: HookEvent) -> None:
        headers, body = {"Content-Type": "application/json"}, to_json(event).encode()
        try:
            # Followed, a redirect could carry the event to any host.
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as got:
                done = HTTPStatus.OK <= got.status < HTTPStatus.MULTIPLE_CHOICES
                failure = None if done else str(got.status)
        except (aiohttp.ClientError, OSError) as error:
            failure = type(error).__name__
        if failure:
            note(f"not forwarded: {failure}")
            raise NotTaken(HTTPStatus.BAD_GATEWAY)

    return forward
