"""A support inbox in the browser: one FastAPI app, and one `Client` for all of its requests.

    python -m examples.web --simulate     # against a simulator in this process
    IP1_API_TOKEN=... python -m examples.web

`docs/web-apps.md` explains it.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from examples.web.body_limit import BodyLimit
from examples.web.guard import HOOKS, Guard
from examples.web.hooks import make_receiver
from examples.web.hub import Hub
from examples.web.journal import Journal
from examples.web.outbox import Draft, Outbox
from examples.web.settings import Settings
from examples.web.stream import DATA_HEADERS, RecordStream, records
from examples.web.view import counts
from ip1_async import (
    Client,
    ClientClosedError,
    ConfigurationError,
    IP1Error,
    NotFoundError,
    RequestTimeoutError,
)

OpenClient = Callable[[], AbstractAsyncContextManager[Client]]

# A person reads slower than one page ahead arrives, and a hundred tabs hold a hundred times this.
PAGES_AHEAD = 2
# Seconds. A person would rather press a button than look at nothing for a minute.
RETRY_FOR = 10.0
STATIC = Path(__file__).parent / "static"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = logging.getLogger(__name__)


def create_app(open_client: OpenClient = Client, settings: Settings | None = None) -> FastAPI:
    """Make the app; its client is opened when it starts and closed when it stops."""
    known = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_client() as client, open_outbox(client, known) as outbox:
            app.state.client, app.state.outbox = outbox.client, outbox
            app.state.hooks = make_receiver(client, outbox.hub, known.secret).asgi()
            yield

    async def take_hook(scope: Scope, receive: Receive, send: Send) -> None:
        await app.state.hooks(scope, receive, send)

    # The page knows its calls: nobody needs a description of them, or FastAPI's own pages.
    app = FastAPI(title="Conversations", lifespan=lifespan, openapi_url=None)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard)
    app.add_exception_handler(IP1Error, answer_error)
    app.add_exception_handler(RequestValidationError, answer_bad_question)
    app.get("/")(show_page)
    app.post("/api/messages")(stream_messages)
    app.post("/api/summary")(summarise)
    app.post("/api/live")(stream_news)
    app.post("/api/send")(send_answer)
    app.post("/api/settle")(settle_answer)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount(HOOKS, take_hook)
    return app


@asynccontextmanager
async def open_outbox(client: Client, settings: Settings) -> AsyncIterator[Outbox]:
    """Open the file of keys, and close it when nothing is being sent any more."""
    # A copy with other patience: session and rate limit are the client's.
    patient = client.with_options(retry_for=RETRY_FOR, concurrency=PAGES_AHEAD)
    journal = Journal(settings.journal)
    await journal.open()
    outbox = Outbox(patient, journal, Hub(), settings.sender, settings.hook_url)
    try:
        yield outbox
    finally:
        await outbox.finish(RETRY_FOR)
        await journal.aclose()


def get_client(request: Request) -> Client:
    """Give the one client of the app."""
    client: Client = request.app.state.client
    return client


def get_outbox(request: Request) -> Outbox:
    """Give the one outbox of the app."""
    outbox: Outbox = request.app.state.outbox
    return outbox


OneClient = Annotated[Client, Depends(get_client)]
OneOutbox = Annotated[Outbox, Depends(get_outbox)]
# Made by the page: a UUID.
Key = Annotated[str, Field(pattern="^[0-9a-f-]{36}$")]


class Question(BaseModel):
    """What the page asks for. It travels in the body, since addresses end up in logs."""

    participant: str = Field(max_length=100)
    cursor: str | None = Field(default=None, max_length=1000)


class Answer(BaseModel):
    """What the page sends, under a key that it makes once for each text."""

    key: Key
    participant: str = Field(max_length=100)
    text: str = Field(max_length=2000)


class Doubt(BaseModel):
    """A key of which the page does not know what became of it."""

    key: Key


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


async def stream_news(outbox: OneOutbox) -> StreamingResponse:
    """Stream what happens: messages and delivery reports, of all conversations."""
    return RecordStream(outbox.hub.feed())


async def send_answer(answer: Answer, outbox: OneOutbox) -> JSONResponse:
    """Send an answer once, however often it is asked for, and say what became of it."""
    outcome = await outbox.send(Draft(answer.key, answer.participant, answer.text))
    return JSONResponse(outcome, headers=DATA_HEADERS)


async def settle_answer(doubt: Doubt, outbox: OneOutbox) -> JSONResponse:
    """Find out what became of an answer; one that never came here is not sent any more."""
    return JSONResponse(await outbox.settle(doubt.key), headers=DATA_HEADERS)


# Errors. Every answer has one line of text as its `detail`, which the page shows.


@contextmanager
def bad_input_refused() -> Iterator[None]:
    """Answer 400 to what the client refuses to send."""
    try:
        yield
    except ConfigurationError:  # a ValueError, too, but not of the person who asks
        raise
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from None


async def answer_bad_question(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 without the input, which may hold a number, or text that no answer can carry."""
    assert isinstance(error, RequestValidationError)  # Starlette's type is wider
    problems = (f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
    detail = "; ".join(problems)
    return JSONResponse({"detail": detail}, HTTPStatus.UNPROCESSABLE_ENTITY, DATA_HEADERS)


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Answer an error of the client; its text names the route, never a number."""
    log.warning("%s", error)
    status, detail = HTTPStatus.BAD_GATEWAY, str(error)
    if isinstance(error, ClientClosedError):
        status, detail = HTTPStatus.SERVICE_UNAVAILABLE, "The server is restarting."
    elif isinstance(error, NotFoundError):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(error, RequestTimeoutError):
        status = HTTPStatus.GATEWAY_TIMEOUT
    return JSONResponse({"detail": detail}, status, DATA_HEADERS)
