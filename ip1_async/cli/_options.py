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


@Parameter(name="*", group=Group("Connection", show=False))
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
        rate_limit: Requests per second.
    """

    token_file: Path | None = None
    v2_url: str | None = None
    v3_url: str | None = None
    allow_http: bool = False
    timeout: float = 30.0
    retry_for: float = 60.0
    rate_limit: float = 30.0

    async def client(
        self, session: aiohttp.ClientSession | None = None, stats: Stats | None = None
    ) -> Client:
        """Make a client, with the caller's session if one is given; `stats` counts its events.

        Raises:
            ConfigurationError: A setting can't be used, or the token can't be read.
        """
        settings = attrs.asdict(self)
        del settings["token_file"]
        return Client(await self.token(), session=session, on_event=screen.watch(stats), **settings)

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
    value = tokens[0].value.upper()
    if value not in ("ASC", "DESC"):
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
