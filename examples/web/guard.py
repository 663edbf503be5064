"""Who may call the app: the page itself, from this machine."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# There is no login here: only this machine may ask, under its own name.
HOSTS = ["127.0.0.1", "localhost"]
HOOKS = "/hooks"
_READING = ("GET", "HEAD")


class Guard:
    """Refuse other names of this machine, and what the pages of other sites send.

    A site can point its own name at 127.0.0.1 (DNS rebinding): then `Host` has that name. It can
    post a form or plain text here without asking first: then `Origin` has its name, and the content
    is no JSON. Hooks come from outside, and their path has a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or say what is wrong with it."""
        if scope["type"] == "http" and not scope["path"].startswith(f"{HOOKS}/"):
            fault = find_fault(scope["method"], Headers(scope=scope))
            if fault is not None:
                status, detail = fault
                await JSONResponse({"detail": detail}, status)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def find_fault(method: str, headers: Headers) -> tuple[HTTPStatus, str] | None:
    """Say why a request is refused; `None` where it is not."""
    host = headers.get("host", "")
    if len(headers.getlist("host")) != 1 or host.partition(":")[0] not in HOSTS:
        return HTTPStatus.BAD_REQUEST, "This app has another name."
    if method in _READING:
        return None
    # A browser always says where a POST comes from; "null" is a file, or a frame without rights.
    if headers.getlist("origin") not in ([f"http://{host}"], [f"https://{host}"]):
        return HTTPStatus.FORBIDDEN, "Only the page of this app may ask this."
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only JSON is read here."
    return None
