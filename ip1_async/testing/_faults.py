"""What goes wrong on purpose: answers that fail, and answers that take their time."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from aiohttp import web
from attrs import define, evolve, field, frozen

from ip1_async.testing._data.mixing import key_of, mix


@define(eq=False)
class Request:
    """A request that arrived.

    Attributes:
        time: The event loop's time at arrival, in seconds.
        method: The HTTP method.
        path: The path, percent-decoded, without the query.
        raw_path: Path and query as they came.
        query: The parameters after the `?`.
        headers: The headers, case-insensitive.
        body: The body as it came.
        status: The status of the answer; `None` before there is one, and if none was sent.
    """

    time: float
    method: str
    path: str
    raw_path: str
    query: dict[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int | None = None


@frozen(kw_only=True)
class Fault:
    """One answer that goes wrong.

    Without `status` and `body` the simulator takes the true answer, and then spoils it: a send
    whose answer breaks off was accepted. With `status` or `body`, or with a hang or a reset before
    the answer, the request reaches nothing, unless it is `accepted`.

    Attributes:
        accepted: First do what the request asks for: a send is accepted, and then its answer is
            lost, late, or replaced by another one.
        status: This status instead of the true one; without `body`, problem details come with it.
        headers: More headers for the answer, such as `Retry-After`.
        body: These bytes instead of the true body.
        reset: Reset the connection: `"before"` anything is sent, or `"inside"` the body.
        truncate: Close the connection half-way through the announced length.
        delay: How many seconds to wait first.
        hang: Never answer.
    """

    accepted: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes | None = None
    reset: Literal["before", "inside"] | None = None
    truncate: bool = False
    delay: float = 0.0
    hang: bool = False


Faults = (
    float | Sequence[Fault | None] | Iterator[Fault | None] | Callable[[int, Request], Fault | None]
)
Latency = float | tuple[float, float] | Callable[[Request], float]

_USUAL = (
    Fault(reset="before"),
    Fault(reset="inside"),
    Fault(status=503),
    Fault(truncate=True),
    Fault(status=429, headers={"Retry-After": "1"}),
)
_FINE = 1_000_000


def choose_fault(faults: Faults, number: int, request: Request, seed: int) -> Fault | None:
    """Choose what goes wrong with request `number`, counted from 0; `None` is nothing."""
    if isinstance(faults, int | float):
        bits = mix(key_of(seed, "faults"), number)
        return _draw(bits) if bits % _FINE < faults * _FINE else None
    if isinstance(faults, Sequence):
        return faults[number] if number < len(faults) else None
    if isinstance(faults, Iterator):
        return next(faults, None)
    return faults(number, request)


def _draw(bits: int) -> Fault:
    """Draw a usual fault; half of them hit a request that was accepted, but never a 429."""
    fault = _USUAL[bits // _FINE % len(_USUAL)]
    return evolve(fault, accepted=bits >> 63 == 1 and fault.status != 429)  # noqa: PLR2004


def choose_latency(latency: Latency, number: int, request: Request, seed: int) -> float:
    """Choose how many seconds the answer to request `number` takes."""
    if callable(latency):
        return latency(request)
    if isinstance(latency, tuple):
        low, high = latency
        share = mix(key_of(seed, "latency"), number) % _FINE / _FINE
        return low + (high - low) * share
    return latency


async def send_half(
    request: web.BaseRequest, response: web.StreamResponse, body: bytes, fault: Fault
) -> web.StreamResponse:
    """Send half of an answer, then end the connection."""
    response.content_length = (
        len(body) + 1
    )  # one byte more than there is: even an empty body is cut
    with suppress(ConnectionResetError):  # the client left first
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    if fault.reset:
        reset(request)
    else:
        _transport(request).close()
    return response


def reset(request: web.BaseRequest) -> None:
    """Reset the connection: a socket that may not linger closes with RST instead of FIN."""
    transport = _transport(request)
    sock: Any = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.transport
    assert transport is not None  # aiohttp cancels the handler of a lost connection
    return transport
