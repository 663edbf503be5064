"""The alternatives to this package, each as short as its users would write it.

Every contender is a module with `read(url, messages, concurrency)`: a coroutine function that
reads two fields of each message, and gives the number of characters in them.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

PAGE = 200
OURS = "ip1_async"
NEEDS = {
    "raw_pump": "aiohttp",
    "typed_pump": "msgspec",
    OURS: "ip1_async",
    "json_dicts": "aiohttp",
    "stock_cattrs": "cattrs",
    "httpx_pydantic": "httpx pydantic",
}
LABELS = {
    "raw_pump": "raw pump (bodies dropped)",
    "typed_pump": "typed pump (msgspec to attrs)",
    OURS: "ip1_async",
    "json_dicts": "aiohttp + json dicts, sequential",
    "stock_cattrs": "aiohttp + cattrs, sequential",
    "httpx_pydantic": "httpx + pydantic, sequential",
}


def available() -> list[str]:
    """Name the contenders whose packages are installed."""
    return [name for name, needed in NEEDS.items() if all(map(find_spec, needed.split()))]


def timed(name: str, warm: Sequence[Any], url: str, messages: int, concurrency: int) -> Any:
    """Let a contender read one list as a warm-up, then another; give seconds and characters."""
    read = import_module(f"benchmarks.contenders.{_MODULES.get(name, name)}").read
    asyncio.run(read(*warm, concurrency))
    gc.collect()
    began = time.perf_counter()
    characters = asyncio.run(read(url, messages, concurrency))
    return [time.perf_counter() - began, characters]


_MODULES = {OURS: "ours"}
