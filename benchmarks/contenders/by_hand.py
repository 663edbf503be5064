"""aiohttp, msgspec and a file: the shortest way to write a list as lines."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.contenders import PAGE
from benchmarks.ready_server import PARTICIPANT


def write_lines(url: str, messages: int, path: str, in_flight: int) -> None:
    """Fetch a list, and write it as JSON lines."""
    Path(path).parent.mkdir(exist_ok=True)
    asyncio.run(_write(url, messages, path, in_flight))


async def _write(url: str, messages: int, path: str, in_flight: int) -> None:
    page = f"{url}/conversations/{PARTICIPANT}?limit={PAGE}&order=ASC&start="
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer token"}) as session:
        with open(path, "wb") as file:  # noqa: ASYNC230, PTH123  # as one writes it
            for start in range(0, messages, PAGE * in_flight):
                starts = range(start, min(start + PAGE * in_flight, messages), PAGE)
                for items in await asyncio.gather(*(_get(session, f"{page}{at}") for at in starts)):
                    file.writelines(bytes(item) + b"\n" for item in items)


async def _get(session: aiohttp.ClientSession, url: str) -> list[msgspec.Raw]:
    async with session.get(url) as response:
        return msgspec.json.decode(await response.read(), type=list[msgspec.Raw])


if __name__ == "__main__":
    write_lines(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
