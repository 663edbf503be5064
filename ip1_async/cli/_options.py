"""Options that several commands share."""

import asyncio
import os
from pathlib import Path
from typing import Any, Literal

import aiohttp
import attrs
from cyclopts import Parameter

from ip1_async import Client, ConfigurationError, Stats


@Parameter(name="*", group="Connection")
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
        return Client(await self.token(), session=session, on_event=stats, **settings)

    async def token(self) -> str:
        """Read the token from its file, or from IP1_API_TOKEN; it is "" if there is none.

        Raises:
            ConfigurationError: The file can't be read.
        """
        if self.token_file is None:
            return os.environ.get("IP1_API_TOKEN", "").strip(" ")
        return await read_secret("--token-file", self.token_file)


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


@Parameter(name="*", group="Paging")
@attrs.frozen(kw_only=True)
class PagingOptions:
    """Which part of a list to read, and how.

    Attributes:
        order: ASC is oldest first.
        start: Offset of the first message; not together with --cursor.
        max_items: The most messages to read.
        page_size: Messages to ask for in one request.
        concurrency: The most pages in flight or waiting; 16 if not given.
        cursor: Where an earlier run of the same command stopped.
    """

    order: Literal["ASC", "DESC"] = "ASC"
    start: int = 0
    max_items: int | None = None
    page_size: int = 200
    concurrency: int | None = None
    cursor: str | None = None

    def arguments(self) -> dict[str, Any]:
        """Give the keyword arguments of a listing."""
        return attrs.asdict(self)


DEFAULT_CONNECTION = Connection()
DEFAULT_PAGING = PagingOptions()
