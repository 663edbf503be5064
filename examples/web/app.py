"""A conversation in the browser: one FastAPI app, and one `Client` for all of its requests.

    python examples/web/app.py --simulate     # against a simulator in this process
    IP1_API_TOKEN=... python examples/web/app.py

`docs/web-apps.md` explains it.
"""

import argparse
import asyncio
import json
import logging
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    aclosing,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Receive, Scope, Send

from ip1_async import (
    Client,
    ConfigurationError,
    ConversationSummary,
    Direction,
    IP1Error,
    Message,
    MessageStatusCode,
    NotFoundError,
    Pager,
    RequestTimeoutError,
    Status,
)
from ip1_async.testing import Fault, Simulator
from ip1_async.testing import Request as SimulatedRequest

OpenClient = Callable[[], AbstractAsyncContextManager[Client]]

# A person reads slower than one page ahead arrives, and a hundred tabs hold a hundred times this.
PAGES_AHEAD = 2
# Seconds. A person would rather press a button than look at nothing for a minute.
RETRY_FOR = 10.0
# There is no login here: only this machine may ask, under its own name.
HOSTS = ["127.0.0.1", "localhost"]
STATIC = Path(__file__).parent / "static"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
DATA_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


# The app.


def create_app(open_client: OpenClient = Client) -> FastAPI:
    """Make the app; its client is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_client() as client:
            # A copy with other patience: session and rate limit are the client's.
            app.state.client = client.with_options(retry_for=RETRY_FOR, concurrency=PAGES_AHEAD)
            yield

    app = FastAPI(title="Conversations", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    app.add_exception_handler(IP1Error, answer_error)
    app.get("/", include_in_schema=False)(show_page)
    app.post("/api/messages")(stream_messages)
    app.post("/api/summary")(summarise)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def get_client(request: Request) -> Client:
    """Give the one client of the app."""
    client: Client = request.app.state.client
    return client


OneClient = Annotated[Client, Depends(get_client)]


class Question(BaseModel):
    """What the page asks for. It travels in the body, since addresses end up in logs."""

    participant: str = Field(max_length=100)
    cursor: str | None = Field(default=None, max_length=1000)


async def show_page() -> FileResponse:
    """Serve the page."""
    return FileResponse(STATIC / "page.html", headers=PAGE_HEADERS)


async def stream_messages(question: Question, client: OneClient) -> StreamingResponse:
    """Stream a conversation as records, newest message first."""
    with bad_input_refused():
        pager = client.v2.conversations.list_messages(
            question.participant, order="DESC", cursor=question.cursor
        )
    return RecordStream(records(pager))


async def summarise(question: Question, client: OneClient) -> JSONResponse:
    """Count a conversation; this one call goes before the pages of every stream."""
    with bad_input_refused():
        summary = await client.v2.conversations.get_summary(question.participant)
    return JSONResponse(counts(summary), headers=DATA_HEADERS)


# Errors.


@contextmanager
def bad_input_refused() -> Iterator[None]:
    """Answer 400 to what the client refuses to send."""
    try:
        yield
    except ConfigurationError:  # a ValueError, too, but not of the person who asks
        raise
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from None


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Answer an error of the client; its text names the route, never a number."""
    log.warning("%s", error)
    status = HTTPStatus.BAD_GATEWAY
    if isinstance(error, NotFoundError):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(error, RequestTimeoutError):
        status = HTTPStatus.GATEWAY_TIMEOUT
    return JSONResponse({"detail": str(error)}, status, DATA_HEADERS)


# The stream.


class RecordStream(StreamingResponse):
    """JSON objects, one on a line, for as long as somebody reads them."""

    def __init__(self, records: AsyncGenerator[bytes, None]) -> None:
        super().__init__(records, headers=DATA_HEADERS, media_type="application/x-ndjson")
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send until the end, or until the browser leaves."""
        # The base class leaves it to `send` to notice that, where the server speaks ASGI 2.4:
        # too late for a pager that waits for the rate limit.
        try:
            async with aclosing(self._records), asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self.stream_response(send))
                leaving = tasks.create_task(self.listen_for_disconnect(receive))
                sending.add_done_callback(lambda _: leaving.cancel())
                leaving.add_done_callback(lambda _: sending.cancel())
        except* OSError:
            log.debug("the browser left")


async def records(pager: Pager[Message]) -> AsyncGenerator[bytes, None]:
    """Write a record for each page, then one for the end or for an error.

    Sending waits while the browser does not read, and then so does the pager.
    """
    async with pager:
        try:
            async for page in pager.pages():
                bubbles = [bubble(message) for message in page.items]
                yield line(messages=bubbles, cursor=page.cursor, total=pager.estimated_total)
        except IP1Error as error:
            log.warning("a stream stopped: %s", error)
            yield line(error=str(error), cursor=error.cursor)
        else:
            yield line(end=True, missing=pager.not_found)


def line(**record: Any) -> bytes:
    """Write a record; half an emoji, where a text was cut, survives as an escape."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


# What the page shows.


def bubble(message: Message) -> dict[str, Any]:
    """Pick what the page shows of a message, and nothing else."""
    outgoing = message.direction == Direction.MT
    return {
        "id": message.id,
        "text": message.body or "",
        "outgoing": outgoing,
        "sender": message.sender,
        "time": message.modified and message.modified.isoformat(),
        "state": delivery_state(message.latest_status) if outgoing else None,
        "status": status_text(message.latest_status),
        "segments": message.segments or 0,
        # A string: JavaScript would round the number.
        "price": None if message.price is None else f"{message.price:f}",
        "currency": (message.currency or "").upper(),
    }


def delivery_state(status: Status | None) -> str:
    """Tell `delivered` and `failed` from `sending`: all that may still change."""
    if status is None:
        return "sending"
    if status.code == MessageStatusCode.DELIVERED_TO_HANDSET:
        return "delivered"
    # A refund follows a failure, though its block is the one of messages under way.
    is_over = status.is_final or status.code == MessageStatusCode.REFUNDED
    return "failed" if is_over else "sending"


def status_text(status: Status | None) -> str:
    """Say a status in words, or as the number where it has none."""
    if status is None or status.code is None:
        return "no status yet"
    if isinstance(status.code, MessageStatusCode):
        return status.code.name.replace("_", " ").lower().replace("gsm", "GSM")
    return f"status {status.code}"


def counts(summary: ConversationSummary) -> dict[str, int]:
    """Sum up a conversation by what became of its messages."""
    sums = dict.fromkeys(("delivered", "sending", "failed"), 0)
    for code, count in summary.mobile_terminated_messages.items():
        sums[delivery_state(Status(code=code))] += count.messages or 0
    received = summary.mobile_originated_messages.values()
    return {
        **sums,
        "received": sum(count.messages or 0 for count in received),
        "messages": summary.total_message_count or 0,
        "segments": summary.total_sms_count or 0,
    }


# Running it.

DEMO = {"46712345678": 1_000, "46798765432": 10_000, "46701020304": 1_000}
STUMBLES = "46701020304"


def stumble() -> Callable[[int, SimulatedRequest], Fault | None]:
    """Make one conversation fail at each page but the newest, every other time it is asked for."""
    failed: set[str] = set()

    def choose(_: int, request: SimulatedRequest) -> Fault | None:
        if STUMBLES not in request.path or request.query.get("start", "0") == "0":
            return None
        failed.symmetric_difference_update({request.raw_path})
        return Fault(status=403) if request.raw_path in failed else None

    return choose


@asynccontextmanager
async def open_simulated() -> AsyncIterator[Client]:
    """Open a client of a simulator that answers like a service some way off."""
    simulator = Simulator(
        conversations=DEMO, latency=(0.1, 0.4), rate_limit=30, faults=stumble(), seed=7
    )
    async with (
        simulator,
        Client("simulated", v2_url=simulator.v2_url, v3_url=simulator.v3_url) as client,
    ):
        yield client


class Server(uvicorn.Server):
    """A server that ends its streams when it stops, instead of waiting for their last page."""

    def __init__(self, app: FastAPI, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=HOSTS[0],
                port=port,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=2,  # for tabs that do not even read
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the client first: each stream then ends with a record that says so."""
        await self._app.state.client.aclose()
        await super().shutdown(sockets)


def main() -> None:
    """Serve the page on this machine until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Show iP.1 conversations in the browser.")
    parser.add_argument("--simulate", action="store_true", help="use a simulator, no token needed")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    open_client: OpenClient = open_simulated
    if not arguments.simulate:
        try:
            client = Client()  # token and addresses come from the environment
        except ConfigurationError as error:
            sys.exit(f"{error} (or try --simulate)")
        open_client = lambda: client  # noqa: E731
    address = f"http://{HOSTS[0]}:{arguments.port}/"
    print(f"Open {address} (Ctrl-C ends it)", flush=True)
    if arguments.simulate:
        for participant, count in DEMO.items():
            print(f"  {address}#{participant}  {count:,} messages", flush=True)
    with suppress(KeyboardInterrupt):
        Server(create_app(open_client), arguments.port).run()


if __name__ == "__main__":
    main()
