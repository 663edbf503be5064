"""Events as OpenTelemetry spans and metrics (extra `otel`).

```python
from ip1_async import Client
from ip1_async.otel import Telemetry

async with Client(on_event=Telemetry()) as client:
    ...
```

A call is a span, and its attempts, failures and waits are events of that span. No attribute holds
a number, a text, an id, a token or a URL with them: only the route, as in
`/v2/conversations/{participant}`, classes of errors, statuses, counts and seconds.
"""

from importlib.metadata import version
from time import perf_counter

from opentelemetry.metrics import MeterProvider, get_meter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer

from ip1_async.errors import HTTPStatusError
from ip1_async.events import (
    Attempt,
    CallBegan,
    CallEnded,
    Event,
    Failure,
    PageRead,
    Paused,
    Shift,
    Waiting,
)

__all__ = ["Telemetry"]

_NAME = "ip1_async"
_ROUTE = "url.template"
_ERROR = "error.type"
_STATUS = "http.response.status_code"
_METHOD = "http.request.method"


class Telemetry:
    """Turn events into spans and metrics; give it as `on_event` to one client or to several.

    A span's parent is the span that was current where its call began: for a page fetched ahead,
    where it was requested. A call that is cancelled ends its span, with `CancelledError`.

    Metrics: counters `ip1.client.requests`, `.retries`, `.items`, `.pauses` and `.shifts`, and
    histograms `ip1.client.wait` (for the rate limit) and `ip1.client.duration` (of a call) in
    seconds, all of them by route.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        """Choose where spans and metrics go.

        Args:
            tracer_provider: Of the spans; `None` is the process's own.
            meter_provider: Of the metrics; `None` is the process's own.
        """
        release = version("ip1-async")
        self._tracer = get_tracer(_NAME, release, tracer_provider)
        meter = get_meter(_NAME, release, meter_provider)
        count, measure = meter.create_counter, meter.create_histogram
        self._requests = count("ip1.client.requests", "{request}", "Requests sent")
        self._retries = count("ip1.client.retries", "{retry}", "Failures with another attempt")
        self._items = count("ip1.client.items", "{item}", "Items read from listings")
        self._pauses = count("ip1.client.pauses", "{pause}", "Times that all had to hold back")
        self._shifts = count("ip1.client.shifts", "{shift}", "Times that a list moved")
        self._wait = measure("ip1.client.wait", "s", "Waits for the rate limit")
        self._duration = measure("ip1.client.duration", "s", "Calls with waits and retries")
        self._calls: dict[int, tuple[Span, float]] = {}

    def __call__(self, event: Event) -> None:
        """Note an event."""
        at = _place(event)
        match event:
            case CallBegan():
                self._begin(event)
            case CallEnded():
                self._end(event)
            case Attempt():
                self._requests.add(1, at)
                self._add(event.call, "attempt", {"ip1.attempt": event.number})
            case Failure():
                self._fail(event)
            case Waiting():
                self._wait.record(event.seconds, at)
                self._add(event.call, "wait", {"ip1.seconds": event.seconds})
            case Paused():
                self._pauses.add(1, at)
            case PageRead():
                self._items.add(event.items, at)
            case Shift():
                self._shifts.add(1, at)

    def _begin(self, event: CallBegan) -> None:
        name = f"{event.method} {event.route}"
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=_place(event))
        self._calls[event.call] = (span, perf_counter())

    def _end(self, event: CallEnded) -> None:
        span, began = self._calls.pop(event.call)
        facts = _facts(event.error)
        self._duration.record(perf_counter() - began, {**_place(event), **facts})
        span.set_attributes(facts)
        if isinstance(event.error, Exception):  # and not cancelled
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def _fail(self, event: Failure) -> None:
        facts = _facts(event.error)
        if event.delay is not None:
            self._retries.add(1, {**_place(event), **facts})
            self._add(event.call, "failure", {**facts, "ip1.delay": event.delay})
        else:
            self._add(event.call, "failure", facts)

    def _add(self, call: int, name: str, attributes: dict[str, str | float]) -> None:
        span, _ = self._calls[call]
        span.add_event(name, attributes)


def _place(event: Event) -> dict[str, str]:
    """Say which endpoint it is about: a route may be read, and sent to."""
    method = event.error.method if isinstance(event, Failure) else getattr(event, "method", None)
    return {_METHOD: method or "GET", _ROUTE: event.route}  # pages are always read


def _facts(error: BaseException | None) -> dict[str, str | float]:
    """Say what kind of error it is, without a word of its text."""
    if error is None:
        return {}
    facts: dict[str, str | float] = {_ERROR: type(error).__name__}
    if isinstance(error, HTTPStatusError):
        facts[_STATUS] = error.status
    return facts
