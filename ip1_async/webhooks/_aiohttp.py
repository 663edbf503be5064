"""Hooks for aiohttp.web."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import hdrs, web

from ip1_async.webhooks._hooks import MOST_BYTES, Hooks

AiohttpHandler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


def make_handler(hooks: Hooks) -> AiohttpHandler:
    """Make the handler of a route."""

    async def handle(request: web.Request) -> web.Response:
        if not hooks.admits(request.path):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if request.method != hdrs.METH_POST:
            headers = {hdrs.ALLOW: hdrs.METH_POST}
            return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        return web.Response(status=await hooks.answer(await _read(request)))

    return handle


async def _read(request: web.Request) -> bytes:
    """Read a body, and no more of it than shows that it is too large."""
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > MOST_BYTES:
                break
    except web.RequestPayloadError:  # packed, and damaged
        return b""
    return bytes(body)
