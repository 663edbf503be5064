"""What a client tells while it works, and a collector that counts it.

```python
stats = Stats()
async with Client(on_event=stats) as client:
    ...
print(stats.attempts, stats.items)
```

The logger `ip1_async` says the same: `Paused` at WARNING, `Failure` and `Shift` at INFO, the rest
at DEBUG. Events name the route (`/v2/conversations/{participant}`), never a number or a message.
"""

import inspect
import logging
from collections.abc import Callable

import attrs

from ip1_async.errors import ConfigurationError, IP1Error

__all__ = ["Attempt", "Event", "Failure", "PageRead", "Paused", "Shift", "Stats", "Waiting"]

_log = logging.getLogger("ip1_async")


@attrs.frozen
class Attempt:
    """One request is sent now, be it the first of its call or a retry.

    Attributes:
        route: The path with its placeholders.
        number: Which request of its call it is, from 1.
        method: HTTP method.
    """

    route: str
    number: int
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.route}: attempt {self.number}"


@attrs.frozen
class Failure:
    """An attempt failed, or could not be made. A 404 that only ends a listing is no failure.

    Attributes:
        route: The path with its placeholders.
        error: What went wrong. Its text is safe to log; its `path` and `problem` are not.
        delay: Seconds until the next attempt, in an outage until the next one of any call; `None`
            where the call gives up.
    """

    route: str
    error: IP1Error
    delay: float | None

    def __str__(self) -> str:
        after = "given up" if self.delay is None else f"next attempt in {self.delay:.3g} s"
        return f"{self.error}; {after}"


@attrs.frozen
class Waiting:
    """A request waited for the rate limit, and is sent next.

    Attributes:
        route: The path with its placeholders.
        seconds: How long, from a millisecond.
        method: HTTP method.
    """

    route: str
    seconds: float
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.route}: waited {self.seconds:.3g} s for the rate limit"


@attrs.frozen
class Paused:
    """A 429 or 5xx makes everybody on the limit hold back. Many at once make one event.

    Attributes:
        route: The path with its placeholders.
        seconds: How long from now, at most 120, as `RateLimiter` keeps it.
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
    """A page was joined to those before it.

    Attributes:
        route: The path with its placeholders.
        start: The offset it was asked for.
        items: How many items it brought that did not come before.
    """

    route: str
    start: int
    items: int

    def __str__(self) -> str:
        return f"GET {self.route}: {self.items} new items from offset {self.start}"


@attrs.frozen
class Shift:
    """The list moved under its reader, and is rejoined.

    Attributes:
        route: The path with its placeholders.
        start: The offset where the reader stood.
    """

    route: str
    start: int

    def __str__(self) -> str:
        return f"GET {self.route}: the list moved at offset {self.start}, and is rejoined"


Event = Attempt | Failure | Waiting | Paused | PageRead | Shift
OnEvent = Callable[[Event], None]
# Above DEBUG. A pause can be acted on, with a lower rate or a shared limit, so it is seen unasked.
_LEVELS = {Failure: logging.INFO, Shift: logging.INFO, Paused: logging.WARNING}


def make_emit(on_event: OnEvent | None) -> OnEvent:
    """Make the function that logs every event and hands it to the caller's own.

    Raises:
        ConfigurationError: The caller's is no plain function.
    """
    if inspect.iscoroutinefunction(on_event) or not (on_event is None or callable(on_event)):
        raise ConfigurationError("on_event: expected a function that is not async")

    def emit(event: Event) -> None:
        level = _LEVELS.get(type(event), logging.DEBUG)
        if _log.isEnabledFor(level):
            _log.log(level, str(event))  # the text only: the error itself holds more
        if on_event is not None:
            try:
                on_event(event)
            except Exception:  # noqa: BLE001  # what watches a call must not break it
                _log.exception("on_event failed")

    return emit


@attrs.define
class Stats:
    """Counts of what was told; give it as `on_event` to one client or to several.

    Attributes:
        attempts: Requests sent.
        failures: Attempts that failed.
        retries: Failures after which another attempt was to follow.
        waited: Seconds that requests waited for the rate limit, all together.
        pauses: How often everybody held back.
        pages: Pages joined.
        items: Items in them.
        shifts: How often a list moved under its reader.
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
