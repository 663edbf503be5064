"""What the tests of the transport share."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from wire import Exchange

from ip1_async._http.call import Response
from ip1_async._http.wire import Wire


class _NoSession:
    """Takes the place of a session; there is no network to open or close."""

    def __init__(self, **_: Any) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exchange], None]:
    """Put a function where the network would be; permission and timeout stay real."""

    def put(exchange: Exchange) -> None:
        async def replaced(self: Wire, call: Any, middleware: Any) -> Response:
            async def handler(_: Any) -> Any:
                return await exchange(call.target)

            return await middleware(None, handler)  # type: ignore[no-any-return]

        monkeypatch.setattr(aiohttp, "ClientSession", _NoSession)
        monkeypatch.setattr(Wire, "exchange", replaced)

    return put
