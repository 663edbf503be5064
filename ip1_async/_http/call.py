"""One call: what is asked for, what happened on the way, and what came back."""

import attrs
from multidict import CIMultiDict
from yarl import URL

from ip1_async._http.retry import RetryBudget
from ip1_async._http.secret import Secret
from ip1_async.errors import (
    HTTPStatusError,
    IP1Error,
    NotFoundError,
    SendUncertainError,
    TransportError,
)

# They may come from something on the way that gave up, while the server went on.
_UNCERTAIN_REFUSALS = (408, 409, 425)
_SERVER_ERRORS = 500


@attrs.frozen(eq=False, repr=False)
class Target:
    """What is asked for; each call has one of its own, whose `id` names it in events.

    Attributes:
        url: Where it goes, percent-encoded.
        route: The path with its placeholders, for errors and logs.
        method: GET, PUT and DELETE may be repeated; a POST is a send, and is not.
        body: JSON that goes along.
        key: The mark of a send.
        low_priority: It is one of many, and lets others go first.
        accepts_404: A 404 is an answer like any other to the caller, and no failure.
    """

    url: URL
    route: str
    method: str = "GET"
    body: bytes | None = None
    key: str | None = None
    low_priority: bool = False
    accepts_404: bool = False

    @property
    def is_send(self) -> bool:
        """Whether it must never arrive twice."""
        return self.method == "POST"

    def locate(self, error: IP1Error, attempts: int) -> None:
        """Put the facts of this request on an error."""
        error.method, error.route, error.key = self.method, self.route, self.key
        error.path, error.attempts = self.url.raw_path, attempts


@attrs.define(eq=False, repr=False)
class Response:
    """A complete answer of a status that the caller can use."""

    headers: CIMultiDict[str]
    body: bytes
    missing: bool = False  # a 404, where the caller accepts it
    attempts: int = 1


Outcome = Response | IP1Error


@attrs.define(eq=False, repr=False)
class Call:
    """What happened to one call so far.

    Attributes:
        target: What is asked for.
        timeout: Seconds for one attempt.
        budget: How long it may go on failing.
        sent: How many requests were sent.
        undone: How many DELETEs certainly changed nothing at the server.
        connected: Whether bytes of the last one may have been written.
        token: For the next attempt.
        error: The last failure that was reported.
    """

    target: Target
    timeout: float
    budget: RetryBudget
    sent: int = 0
    undone: int = 0
    connected: bool = False
    token: Secret = attrs.field(init=False)
    error: IP1Error | None = None

    def note(self, outcome: Outcome) -> None:
        """Note what came of a request that was sent."""
        if isinstance(outcome, TransportError) and not self.connected:
            outcome.unsent = True
        if self.target.method == "DELETE" and isinstance(outcome, IP1Error):
            self.undone += not self._may_have_worked(outcome)

    def judge(self, outcome: Outcome) -> Outcome:
        """Say what an outcome means to this caller."""
        if isinstance(outcome, Response):
            return outcome
        if isinstance(outcome, NotFoundError) and self._accepts_404():
            return Response(CIMultiDict(outcome.headers), b"", missing=True)
        if self.target.is_send and self._may_have_worked(outcome):
            return SendUncertainError.after(outcome)
        return outcome

    def _accepts_404(self) -> bool:
        """A DELETE may find that an earlier attempt, whose answer was lost, had worked."""
        repeated = self.target.method == "DELETE" and self.sent - self.undone > 0
        return self.target.accepts_404 or repeated

    def _may_have_worked(self, error: IP1Error) -> bool:
        """Whether the server may have done what was asked for, in spite of an error."""
        if isinstance(error, HTTPStatusError):
            return error.status in _UNCERTAIN_REFUSALS or error.status >= _SERVER_ERRORS
        unsent = isinstance(error, TransportError) and error.unsent
        return self.connected and not unsent
