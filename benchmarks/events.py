"""What do events cost a call (µs of CPU): heard by nobody, counted, and as OpenTelemetry?"""

import argparse
import asyncio
from collections.abc import Callable
from time import process_time

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ip1_async import Client, Stats
from ip1_async.events import Attempt, CallBegan, CallEnded, OnEvent, make_emit
from ip1_async.otel import Telemetry
from ip1_async.testing import Simulator

_Listen = Callable[[], OnEvent | None]
_ROUTE = "/v2/conversations/{participant}/summary"


def cost(on_event: OnEvent | None, calls: int) -> float:
    """Measure the events of a call that is answered at once, in microseconds."""
    emit = make_emit(on_event)
    began = process_time()
    for call in range(calls):
        emit(CallBegan, _ROUTE, "GET", call=call)
        emit(Attempt, _ROUTE, 1, call=call)
        emit(CallEnded, _ROUTE, None, "GET", call=call)
    return (process_time() - began) / calls * 1e6


async def real_call(calls: int) -> float:
    """Measure whole calls over loopback with the server's part, in microseconds."""
    async with (
        Simulator(conversations={"46712345678": 10}) as simulator,
        Client("any", v2_url=simulator.v2_url, rate_limit=None) as client,
    ):
        began = process_time()
        for _ in range(calls):
            await client.v2.conversations.get_summary("46712345678")
        return (process_time() - began) / calls * 1e6


def main() -> None:
    """Measure each and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events")
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    meters = MeterProvider([InMemoryMetricReader()])
    listeners: dict[str, _Listen] = {
        "nobody": lambda: None,
        "Stats": Stats,
        "Telemetry without an SDK": Telemetry,
        "Telemetry with an SDK": lambda: Telemetry(tracer_provider=tracers, meter_provider=meters),
    }
    for name, listen in listeners.items():
        print(f"{name:25} {min(cost(listen(), calls) for _ in range(3)):7.1f} µs a call")
    print(f"{'a whole call':25} {asyncio.run(real_call(calls // 20)):7.1f} µs, with its server")
    tracers.shutdown()
    meters.shutdown()


if __name__ == "__main__":
    main()
