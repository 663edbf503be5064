"""Hooks for servers and frameworks that speak ASGI."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from ip1_async.webhooks._hooks import MOST_BYTES, Hooks

Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Event, Receive, Send], Awaitable[None]]


def make_app(hooks: Hooks) -> ASGIApp:
    """Make the application."""

    async def app(scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(hooks, receive, send)
        elif scope["type"] == "http":
            await _serve(hooks, scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    return app


async def _live(hooks: Hooks, receive: Receive, send: Send) -> None:
    while (event := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{event['type']}.complete"})
    await hooks.aclose()
    await send({"type": "lifespan.shutdown.complete"})


async def _serve(hooks: Hooks, scope: Event, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"0")]
    if not hooks.admits(scope["path"]):
        status = HTTPStatus.NOT_FOUND
    elif scope["method"] != "POST":
        status = HTTPStatus.METHOD_NOT_ALLOWED
        headers.append((b"allow", b"POST"))
    elif (body := await _read(receive)) is None:
        return
    else:
        status = await hooks.answer(body)
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body"})


async def _read(receive: Receive) -> bytes | None:
    """Read a body, and no more of it than shows that it is too large; `None` if nobody waits."""
    body = bytearray()
    more = True
    while more and len(body) <= MOST_BYTES:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return bytes(body)
