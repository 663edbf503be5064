"""Events as spans and metrics, without a word about whom they concern."""

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from clock import FakeClock
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id

from ip1_async import Client, ServerError
from ip1_async.otel import Telemetry
from ip1_async.testing import Fault, Simulator

NUMBER = "46712345678"
TOKEN = "canary-token"
LIST = "/v2/conversations/{participant}"
SUMMARY = f"{LIST}/summary"
CALL = {"http.request.method": "GET", "url.template": SUMMARY}


def value_of(point: Any) -> float:
    """Give a counter's sum, or how many values a histogram has."""
    value: float = point.value if isinstance(point, NumberDataPoint) else point.count
    return value


class Collector:
    """A telemetry whose spans and metrics stay in memory."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        meters = MeterProvider([self.reader])
        self.telemetry = Telemetry(tracer_provider=self.tracers, meter_provider=meters)

    def spans(self) -> list[ReadableSpan]:
        """Give the spans that ended."""
        return list(self.exporter.get_finished_spans())

    def points(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Give attributes and values of each metric by its name."""
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: [
                (dict(point.attributes or {}), value_of(point)) for point in metric.data.data_points
            ]
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def collector() -> Collector:
    """Give a telemetry that holds nothing yet."""
    return Collector()


def events_of(span: ReadableSpan) -> list[tuple[str, dict[str, Any]]]:
    """Give name and attributes of a span's events."""
    return [(event.name, dict(event.attributes or {})) for event in span.events]


async def test_a_call_is_a_span_and_its_attempts_are_events(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """The span names the route; a retry is an event with what failed and when it goes on."""
    async with Simulator(conversations={NUMBER: 10}, faults=[Fault(status=503)]) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry)
        await client.v2.conversations.get_summary(NUMBER)
    (span,) = collector.spans()
    assert (span.name, span.kind) == (f"GET {SUMMARY}", SpanKind.CLIENT)
    assert span.attributes == CALL
    assert span.status.status_code == StatusCode.UNSET
    failure = {"error.type": "ServerError", "http.response.status_code": 503, "ip1.delay": 0.5}
    assert events_of(span) == [
        ("attempt", {"ip1.attempt": 1}),
        ("failure", failure),
        ("attempt", {"ip1.attempt": 2}),
    ]


async def test_a_call_that_fails_ends_its_span_as_an_error(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """Class and status of the error are on the span, its text is not."""
    async with Simulator(conversations={NUMBER: 10}, faults=[Fault(status=503)]) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry, retry_for=0)
        with pytest.raises(ServerError):
            await client.v2.conversations.get_summary(NUMBER)
    (span,) = collector.spans()
    facts = {"error.type": "ServerError", "http.response.status_code": 503}
    assert span.attributes == CALL | facts
    assert span.status.status_code == StatusCode.ERROR
    assert not span.status.description
    assert events_of(span)[-1] == ("failure", facts)


async def test_a_cancelled_call_ends_its_span(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """Its span says so, and is no error."""
    async with Simulator(conversations={NUMBER: 10}, faults=[Fault(hang=True)]) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await client.v2.conversations.get_summary(NUMBER)
    (span,) = collector.spans()
    assert span.attributes == CALL | {"error.type": "CancelledError"}
    assert span.status.status_code == StatusCode.UNSET


@pytest.mark.parametrize("faults", [0.0, 0.4, [Fault(reset="before")] * 40])
async def test_calls_at_the_same_time_keep_their_parents(
    collector: Collector, make_client: Callable[..., Client], faults: Any
) -> None:
    """Each span is a child of who called, with its own attempts, in an outage's probes too."""
    tracer = collector.tracers.get_tracer("test")

    async def call(client: Client, number: int) -> None:
        with tracer.start_as_current_span(f"caller {number}"):
            await asyncio.sleep(0.01 * (number % 3))
            await client.v2.conversations.get_summary(NUMBER)

    async with Simulator(conversations={NUMBER: 10}, faults=faults, latency=0.05) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry, retry_for=600)
        await asyncio.gather(*(call(client, number) for number in range(20)))
        requests = len(sim.requests)
    spans = collector.spans()
    callers = {span.context.span_id for span in spans if span.name.startswith("caller")}
    calls = [span for span in spans if span.name == f"GET {SUMMARY}"]
    assert {span.parent.span_id for span in calls if span.parent} == callers
    assert len(calls) == len(callers) == 20
    attempts = [[each for each in events_of(span) if each[0] == "attempt"] for span in calls]
    assert all(
        [each["ip1.attempt"] for _, each in of_call] == list(range(1, len(of_call) + 1))
        for of_call in attempts
    )
    assert sum(map(len, attempts)) == requests


async def test_pages_are_children_of_who_reads(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """Pages fetched ahead belong to the span in which they were requested."""
    tracer = collector.tracers.get_tracer("test")
    async with Simulator(conversations={NUMBER: 1_000}) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry)
        with tracer.start_as_current_span("export") as export:
            await client.v2.conversations.list_messages(NUMBER).collect()
        pages = [span for span in collector.spans() if span.name == f"GET {LIST}"]
        parents = {format_span_id(span.parent.span_id) for span in pages if span.parent}
        assert parents == {format_span_id(export.get_span_context().span_id)}
        assert len(pages) == len(sim.requests) > 4


async def test_metrics_count_what_happened(
    collector: Collector, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """Requests, retries, waits, items, pauses, moves and durations, by method and route."""
    asked = [None, None, Fault(status=429, headers={"Retry-After": "1"})]
    async with Simulator(conversations={NUMBER: 1_000}, faults=asked) as sim:
        client = make_client(
            v2_url=sim.v2_url, on_event=collector.telemetry, rate_limit=clock.limiter(2)
        )
        pager = client.v2.conversations.list_messages(NUMBER, concurrency=1)
        async for page in pager.pages():
            if page.start == 0:
                sim.purge(NUMBER, 0, 10)
        requests = len(sim.requests)
    points = collector.points()
    route = {"http.request.method": "GET", "url.template": LIST}
    refused = {**route, "error.type": "RateLimitError", "http.response.status_code": 429}
    assert points["ip1.client.requests"] == [(route, requests)]
    assert points["ip1.client.retries"] == [(refused, 1)]
    assert points["ip1.client.items"] == [(route, 1_000)]
    assert points["ip1.client.pauses"] == [(route, 1)]
    assert points["ip1.client.shifts"] == [(route, 1)]
    assert points["ip1.client.duration"] == [(route, requests - 1)]
    ((waited, times),) = points["ip1.client.wait"]
    assert (waited, times > 1) == (route, True)
    waits = [each for span in collector.spans() for each in events_of(span) if each[0] == "wait"]
    assert len(waits) == times


def test_an_event_that_is_new_changes_nothing(collector: Collector) -> None:
    """A client that knows more events than this layer is counted as far as it is known."""
    collector.telemetry(SimpleNamespace(route=LIST))  # type: ignore[arg-type]
    assert collector.reader.get_metrics_data() is None


async def test_nothing_exported_shows_a_secret(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """No name, attribute or event has token, number, id, text or address, even if echoed."""
    ids = ["canary-batch", "canary-message", "canary-bundle"]
    echo = f"{TOKEN} {NUMBER} canary text {' '.join(ids)}".encode()
    faults = [Fault(status=status, body=echo, headers={"X": TOKEN}) for status in (404, 429, 500)]
    async with Simulator(faults=[*faults, Fault(body=echo), Fault(reset="before")] * 8) as sim:
        urls = {"v2_url": sim.v2_url, "v3_url": sim.v3_url}
        client = make_client(TOKEN, retry_for=0, on_event=collector.telemetry, **urls)
        for _ in range(6):
            calls = [
                client.v2.conversations.get_summary(NUMBER),
                client.v2.conversations.list_messages(NUMBER).collect(),
                client.v2.batches.get_message(ids[0], ids[1]),
                client.v3.bundles.list_messages(ids[2]).collect(),
            ]
            await asyncio.gather(*calls, return_exceptions=True)
        address = sim.v2_url.removesuffix("/v2")
    text = "".join(span.to_json() for span in collector.spans()) + json.dumps(
        collector.points(), default=str
    )
    assert "ServerError" in text
    for secret in (TOKEN, NUMBER, "canary text", address, *ids):
        assert secret not in text


async def test_a_route_that_is_read_and_sent_to_is_counted_apart(
    collector: Collector, make_client: Callable[..., Client]
) -> None:
    """The list of batches and a send share their route, and no series."""
    async with Simulator(faults=[Fault(status=429, headers={"Retry-After": "0"})]) as sim:
        client = make_client(v2_url=sim.v2_url, on_event=collector.telemetry)
        await client.v2.batches.send(sender="iP1", recipients=[NUMBER], body="Hello")
        await client.v2.batches.list().collect()
    points = collector.points()
    counts = {at["http.request.method"]: count for at, count in points["ip1.client.requests"]}
    assert counts == {"POST": 2, "GET": 1}
    ((retried, _),) = points["ip1.client.retries"]
    assert retried["http.request.method"] == "POST"
