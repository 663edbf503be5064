"""Calls the app back: delivery reports and incoming messages, repeated as iP.1 repeats them."""

import asyncio
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from attrs import define, field
from yarl import URL

from ip1_async.testing._background import Background
from ip1_async.testing._messages import Json, encode

_REPEATS = 10
_PAUSE = 600.0
_TIMEOUT = ClientTimeout(total=30)
_MOST_OPEN = 16
_TAKEN = 200
_JSON = {"Content-Type": "application/json; charset=utf-8"}


@define(eq=False)
class HookCall:
    """One call of one of the app's URLs.

    Attributes:
        time: When it began, in the event loop's seconds.
        url: What was called.
        payload: The object that was posted.
        status: The status of the answer; `None` before there is one, and where none came.
    """

    time: float
    url: str
    payload: Json = field(repr=False)
    status: int | None = None


@define(eq=False)
class Hooks:
    """Posts objects to the app until it answers 200.

    Every call has a connection of its own. After any other answer the call is repeated every ten
    minutes, at most ten times. Another machine is never called, as if it could not be reached: no
    test should get to a real service by mistake.
    """

    _background: Background
    _calls: list[HookCall]
    _slots: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(_MOST_OPEN), init=False)

    def post(self, url: Any, payload: Json) -> None:
        """Begin to post an object, where there is a URL."""
        if url:
            self._background.start(self._deliver(url, payload))

    async def _deliver(self, url: Any, payload: Json) -> None:
        for _ in range(_REPEATS):
            if await self._call(url, payload) == _TAKEN:
                return
            await self._background.sleep(_PAUSE)
        await self._call(url, payload)

    async def _call(self, url: Any, payload: Json) -> int | None:
        call = HookCall(self._background.clock(), url, payload)
        self._calls.append(call)
        if not is_local(url):
            return None
        body = encode(payload)
        async with self._slots, ClientSession(timeout=_TIMEOUT, headers=_JSON) as session:
            with suppress(ClientError, OSError, TimeoutError):
                async with session.post(url, data=body, allow_redirects=False) as answer:
                    call.status = answer.status
        return call.status


def is_local(url: Any) -> bool:
    """Say whether a URL leads to this machine."""
    with suppress(TypeError, ValueError):
        host = URL(url).host or ""
        return host == "localhost" or ip_address(host).is_loopback
    return False
