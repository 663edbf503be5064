"""A limit for the bodies of requests, which neither uvicorn nor an older FastAPI has."""

from http import HTTPStatus

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1_000_000


class BodyLimit:
    """Answer 413 to a body of more than 1 MB, as soon as its size or its data shows that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and count the bytes of its body while the app reads it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = int(Headers(scope=scope).get("content-length", 0))
        received = 0

        async def count() -> Message:
            nonlocal received
            if announced > LARGEST_BODY:
                raise too_large()
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise too_large()
            return message

        await self._app(scope, count, send)


def too_large() -> HTTPException:
    """Make the error that FastAPI answers with 413 when it comes out of reading a body."""
    text = f"The request is larger than {LARGEST_BODY:,} bytes."
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
