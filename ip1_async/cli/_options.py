"""Options that several commands share."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import aiohttp
import attrs
from cyclopts import Group, Parameter, Token

from ip1_async import Client, ConfigurationError, Stats
from ip1_async.cli._screen import screen
from ip1_async.limits import FileLimiter, RedisLimiter, from_url, from_variable, has_password

_RATE = 30.0


class _Client(Client):
    """A client that closes its shared limiter, too.

    Attributes:
        limiter: The limiter.
    """

    limiter: RedisLimiter | FileLimiter | None = None

    async def aclose(self) -> None:
        """Close the client, then its limiter."""
        await super().aclose()
        if self.limiter is not None:
            await self.limiter.aclose()


_HIDDEN = Group("Connection", show=False)  # the help of all commands shows it, once


@Parameter(name="*", group=_HIDDEN)
@attrs.frozen(kw_only=True)
class Connection:
    """How to reach the API.

    Attributes:
        token_file: File that holds the token, instead of the variable IP1_API_TOKEN.
        v2_url: Base URL of v2, instead of IP1_V2_URL or iP.1's own.
        v3_url: Base URL of v3, instead of IP1_V3_URL or iP.1's own.
        allow_http: Allow http:// to other machines. Everybody on the way can read the token.
        timeout: Seconds for one attempt.
        retry_for: Seconds to retry a failed call, from its first failure on; 0 never retries.
        rate_limit: Requests per second; 30 if not given. Without --limit, of this process alone.
        limit: The limit that processes share, redis://host?name=account or file:///path, instead of
            IP1_LIMIT_URL. A password belongs in the variable.
    """

    token_file: Path | None = None
    v2_url: str | None = None
    v3_url: str | None = None
    allow_http: bool = False
    timeout: float = 30.0
    retry_for: float = 60.0
    rate_limit: float | None = None
    limit: str | None = None

    @property
    def rate(self) -> float:
        """Requests per second."""
        return _RATE if self.rate_limit is None else self.rate_limit

    def shared_limit(self) -> RedisLimiter | FileLimiter | None:
        """Make the limiter of --limit, or that of IP1_LIMIT_URL where no rate is given.

        Raises:
            ConfigurationError: It can't be used, or --limit shows a password to the whole machine.
        """
        if self.limit is None:
            unset = self.rate_limit is None
            return from_variable(allow_http=self.allow_http) if unset else None
        if has_password(self.limit):
            raise ConfigurationError(
                "--limit: all users of this machine can read it there; put it into IP1_LIMIT_URL"
            )
        return from_url(self.limit, self.rate, allow_http=self.allow_http)

    async def client(
        self, session: aiohttp.ClientSession | None = None, stats: Stats | None = None
    ) -> Client:
        """Make a client, with the caller's session if one is given; `stats` counts its events.

        Raises:
            ConfigurationError: A setting can't be used, or the token can't be read.
        """
        settings = attrs.asdict(self)
        for name in ("token_file", "rate_limit", "limit"):
            del settings[name]
        limiter = self.shared_limit()
        client = _Client(
            await self.token(),
            rate_limit=limiter or self.rate,
            session=session,
            on_event=screen.watch(stats),
            **settings,
        )
        client.limiter = limiter
        return client

    async def token(self) -> str:
        """Read the token from its file, or from IP1_API_TOKEN.

        Raises:
            ConfigurationError: The file can't be read, or there is no token.
        """
        if self.token_file is not None:
            return await read_secret("--token-file", self.token_file)
        if token := os.environ.get("IP1_API_TOKEN", "").strip(" "):
            return token
        raise ConfigurationError("no token; set IP1_API_TOKEN, or give --token-file")


async def read_secret(option: str, file: Path) -> str:
    """Read the text of a file that an option names.

    Raises:
        ConfigurationError: The file can't be read.
    """
    try:
        # A decoding error would quote the secret. The client refuses what is not ASCII.
        text = await asyncio.to_thread(file.read_text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(f"{option}: {error.strerror}") from error
    return text.strip()


def _read_order(_: type, tokens: Sequence[Token]) -> str:
    value = tokens[0].value.lower()
    if value not in ("asc", "desc"):
        raise ValueError("expected asc or desc")
    return value


@Parameter(name="*", group="Paging")
@attrs.frozen(kw_only=True)
class PagingOptions:
    """Which part of a list to read, and how.

    Attributes:
        order: asc is oldest first, desc is newest first.
        start: Offset of the first message; not together with --cursor.
        max_items: The most messages to read.
        page_size: Messages to ask for in one request.
        concurrency: The most pages in flight or waiting; 16 if not given.
        cursor: Where an earlier run of the same command stopped.
        cursor_file: File that keeps the place: a run goes on from there, and keeps it up to date.
    """

    order: Annotated[Literal["asc", "desc"], Parameter(converter=_read_order)] = "asc"
    start: int = 0
    max_items: int | None = None
    page_size: int = 200
    concurrency: int | None = None
    cursor: str | None = None
    cursor_file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """Give the keyword arguments of a listing.

        Raises:
            ValueError: Options exclude each other.
        """
        if self.cursor is not None and (self.start or self.cursor_file is not None):
            raise ValueError("--cursor: not together with --start or --cursor-file")
        arguments = attrs.asdict(self)
        del arguments["cursor_file"]
        return {**arguments, "order": self.order.upper()}


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Form:
    """What the output looks like.

    Attributes:
        table: Write a table, in a file or a pipe, too.
        json: Write JSON lines, on a terminal, too.
    """

    table: bool = False
    json: bool = False

    def is_table(self) -> bool:
        """Whether the output is a table.

        Raises:
            ValueError: Both forms are asked for.
        """
        if self.table and self.json:
            raise ValueError("--table: not together with --json")
        return self.table or (sys.stdout.isatty() and not self.json)


DEFAULT_CONNECTION = Connection()
DEFAULT_PAGING = PagingOptions()
DEFAULT_FORM = Form()


def take_everywhere(
    *,
    verbose: Annotated[bool, Parameter(alias="-v", group="All commands")] = False,
    quiet: Annotated[bool, Parameter(alias="-q", group="All commands")] = False,
    connection: Annotated[Connection, Parameter(group="Connection")] = DEFAULT_CONNECTION,
) -> None:
    """Take what every command takes: for the help, which is not repeated for each of them.

    Args:
        verbose: Show failed attempts and other events, too.
        quiet: Show errors only: no bar and no notes.
        connection: How to reach the API.
    """
