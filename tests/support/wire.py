"""A function that replaces the network, for tests that take minutes of virtual time."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from clock import timed_client
from lists import FakeList
from multidict import CIMultiDict

from ip1_async import Client
from ip1_async._http.call import Response, Target
from ip1_async._http.clock import Clock

Exchange = Callable[[Target], Awaitable[Response]]


def page_of(server: FakeList, target: Target) -> Response:
    """Serve a page of a list as the API would."""
    query = target.url.query
    start, limit = int(query["start"]), int(query["limit"])
    ids = server.ids[start : start + limit]
    links = f'<?start={(len(server.ids) - 1) // limit * limit}>; rel="last"'
    if start + limit < len(server.ids):
        links += f', <?start={start + limit}>; rel="next"'
    body = "[" + ",".join(f'{{"id":"{item}"}}' for item in ids) + "]"
    return Response(CIMultiDict({"Link": links}), body.encode())


def summary() -> Response:
    """Answer a single call."""
    return Response(CIMultiDict(), b'{"participant": "x"}')


def timed(seed: int = 1, token: Any = "token", **options: Any) -> Client:
    """Make a client that lives in the running loop's time."""
    now = asyncio.get_running_loop().time
    return timed_client(Clock(now, random=random.Random(seed).random))(token, **options)


def most_in_a_second(moments: list[float]) -> int:
    """Count the arrivals in the busiest 1.000 s."""
    moments = sorted(moments)
    return max(sum(a <= b < a + 1.0 for b in moments[i : i + 60]) for i, a in enumerate(moments))
