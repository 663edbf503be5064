"""The events of a client while it works, and `Stats`, which counts them.

```python
stats = Stats()
async with Client(on_event=stats) as client:
    ...
print(stats.attempts, stats.items)
```

The logger `ip1_async` logs the same events: `Paused` at WARNING, `Failure` and `Shift` at INFO, the
others at DEBUG. Events name the route (`/v2/conversations/{participant}`), never a number or a
message.
"""

import inspect
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

import attrs

from ip1_async.errors import ConfigurationError, IP1Error

__all__ = [
    "Attempt",
    "CallBegan",
    "CallEnded",
    "Event",
    "Failure",
    "OnEvent",
    "PageRead",
    "Paused",
    "Shift",
    "Stats",
    "Waiting",
]

P = ParamSpec("P")
_log = logging.getLogger("ip1_async")


def _call_field() -> Any:
    """Make the field for the call that an event belongs to; no part of equality."""
    return attrs.field(default=0, kw_only=True, eq=False, repr=False)


@attrs.frozen
class CallBegan:
    """A call begins: what was asked for, with all its waits and attempts.

    Attributes:
        route: The path with its placeholders.
        method: HTTP method.
        call: A number that no other call under way has; its other events carry it, too.
    """

    route: str
    method: str = "GET"
    call: int = _call_field()

    def __str__(self) -> str:
        return f"{self.method} {self.route}: began"


@attrs.frozen
class CallEnded:
    """A call ended: answered, failed or cancelled.

    Attributes:
        route: The path with its placeholders.
        error: What it raises; `None` where it was answered.
        method: HTTP method.
        call: The number of the call.
    """

    route: str
    error: BaseException | None
    method: str = "GET"
    call: int = _call_field()

    def __str__(self) -> str:
        outcome = "answered" if self.error is None else type(self.error).__name__
        return f"{self.method} {self.route}: {outcome}"


@attrs.frozen
class Attempt:
    """The client sends a request now: the first one of a call, or a retry.

    Attributes:
        route: The path with its placeholders.
        number: The number of the request within its call, from 1.
        method: HTTP method.
        call: The number of the call.
    """

    route: str
    number: int
    method: str = "GET"
    call: int = _call_field()

    def __str__(self) -> str:
        return f"{self.method} {self.route}: attempt {self.number}"


@attrs.frozen
class Failure:
    """An attempt failed, or could not be sent. A 404 that only ends a listing is no failure.

    Attributes:
        route: The path with its placeholders.
        error: What went wrong. Its text is safe to log; its `path` and `problem` are not.
        delay: Seconds until the next attempt; in an outage, until the next attempt of any call.
            `None` if the call gives up.
        call: The number of the call.
    """

    route: str
    error: IP1Error
    delay: float | None
    call: int = _call_field()

    def __str__(self) -> str:
        after = "given up" if self.delay is None else f"next attempt in {self.delay:.3g} s"
        return f"{self.error}; {after}"


@attrs.frozen
class Waiting:
    """A request waited for the rate limit; the client sends it now.

    Attributes:
        route: The path with its placeholders.
        seconds: How long it waited; at least a millisecond.
        method: HTTP method.
        call: The number of the call.
    """

    route: str
    seconds: float
    method: str = "GET"
    call: int = _call_field()

    def __str__(self) -> str:
        return f"{self.method} {self.route}: waited {self.seconds:.3g} s for the rate limit"


@attrs.frozen
class Paused:
    """The server answered 429 or 5xx, so all calls wait. Many such answers at once are one event.

    Attributes:
        route: The path with its placeholders.
        seconds: How long they wait from now, at most 120: the longest pause of a `RateLimiter`.
        method: HTTP method of what was refused.
    """

    route: str
    seconds: float
    method: str = "GET"

    def __str__(self) -> str:
        wait = f"all wait for {self.seconds:.3g} s"
        return f"{self.method} {self.route}: the server asks for less; {wait}"


@attrs.frozen
class PageRead:
    """A page was joined to the pages before it.

    Attributes:
        route: The path with its placeholders.
        start: The offset in its request.
        items: How many new items it has.
    """

    route: str
    start: int
    items: int

    def __str__(self) -> str:
        return f"GET {self.route}: {self.items} new items from offset {self.start}"


@attrs.frozen
class Shift:
    """The list moved while the pager read it; the pager found its place again.

    Attributes:
        route: The path with its placeholders.
        start: The offset where the pager was.
    """

    route: str
    start: int

    def __str__(self) -> str:
        return f"GET {self.route}: the list moved at offset {self.start}, and is rejoined"


Event = CallBegan | CallEnded | Attempt | Failure | Waiting | Paused | PageRead | Shift
OnEvent = Callable[[Event], None]
# The others are DEBUG. A pause is a warning because users can act on it: they can lower the rate,
# or share the limit.
_BELOW_DEBUG = 5  # besides the attempts these say nothing new
_LEVELS: dict[Any, int] = {
    CallBegan: _BELOW_DEBUG,
    CallEnded: _BELOW_DEBUG,
    Failure: logging.INFO,
    Shift: logging.INFO,
    Paused: logging.WARNING,
}


class Emit(Protocol):
    """Reports an event, which is made only if somebody listens."""

    def __call__(self, kind: Callable[P, Event], *args: P.args, **kwargs: P.kwargs) -> None:
        """Report an event of a kind with these values."""
        ...


def make_emit(on_event: OnEvent | None) -> Emit:
    """Make the function that logs every event and passes it to the caller's function.

    Raises:
        ConfigurationError: The caller's function is async, or is no function.
    """
    if inspect.iscoroutinefunction(on_event) or not (on_event is None or callable(on_event)):
        raise ConfigurationError("on_event: expected a function that is not async")

    def emit(kind: Callable[P, Event], *args: P.args, **kwargs: P.kwargs) -> None:
        level = _LEVELS.get(kind, logging.DEBUG)
        is_logged = _log.isEnabledFor(level)
        if on_event is None and not is_logged:
            return
        event = kind(*args, **kwargs)
        if is_logged:
            _log.log(level, str(event))  # only the text: the error itself holds private data
        if on_event is not None:
            try:
                on_event(event)
            except Exception:  # noqa: BLE001  # an observer must not break a call
                _log.exception("on_event failed")

    return emit


@attrs.define
class Stats:
    """Counts events; give it as `on_event` to one client or to several.

    Attributes:
        attempts: Requests sent.
        failures: Attempts that failed.
        retries: Failures after which the client planned another attempt.
        waited: Seconds that all requests together waited for the rate limit.
        pauses: How often all calls had to wait because the server asked for it.
        pages: Pages joined.
        items: Items in them.
        shifts: How often a list moved while a pager read it.
    """

    attempts: int = 0
    failures: int = 0
    retries: int = 0
    waited: float = 0.0
    pauses: int = 0
    pages: int = 0
    items: int = 0
    shifts: int = 0

    def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Attempt():
                self.attempts += 1
            case Failure():
                self.failures += 1
                self.retries += event.delay is not None
            case Waiting():
                self.waited += event.seconds
            case Paused():
                self.pauses += 1
            case PageRead():
                self.pages += 1
                self.items += event.items
            case Shift():
                self.shifts += 1
