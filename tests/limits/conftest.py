"""What the tests of shared limits share: a Redis server, and limiters that are closed."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis_server import RedisServer

from ip1_async.limits import RedisLimiter


@pytest.fixture(scope="session")
def _one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(_one_server: RedisServer) -> RedisServer:
    """Give a server without data."""
    with _one_server.client as client:
        client.flushall()
    return _one_server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server that a test may kill."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def limiter(server: RedisServer) -> AsyncIterator[Callable[..., RedisLimiter]]:
    """Make limiters, of the server if no other is named."""
    made: list[RedisLimiter] = []

    def make(url: str | None = None, rate: float = 30.0, **options: Any) -> RedisLimiter:
        made.append(RedisLimiter(url or server.url, rate, **options))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()
