"""The command `simulate`: it runs an iP.1 server on this machine, to try things out."""

import asyncio
import shlex
from contextlib import suppress

from cyclopts.types import NonNegativeFloat, PositiveInt, UInt16

from ip1_async.cli._output import note, write
from ip1_async.testing import LinkStyle, Simulator

_EXAMPLE = "46712345678=1000"


async def simulate(
    *,
    conversation: list[str] | None = None,
    batch: list[str] | None = None,
    bundle: list[str] | None = None,
    port: UInt16 = 0,
    latency: NonNegativeFloat = 0.0,
    rate_limit: PositiveInt | None = None,
    faults: NonNegativeFloat = 0.0,
    token: str | None = None,
    link_style: LinkStyle = "next+last",
    max_page_size: PositiveInt = 200,
    seed: int = 0,
    incoming_url: str | None = None,
    status_seconds: NonNegativeFloat = 1.0,
) -> None:
    """Run an iP.1 server on this machine until Ctrl-C.

    It prints the environment variables that direct the other commands, and any client, to it. What
    is sent there reaches no phone, but gets statuses and delivery reports. POST sender, recipient
    and body to /simulator/incoming to send a message from a phone.

    For example:

        ip1 simulate --conversation 46712345678=5000 --latency 0.2

    Args:
        conversation: NAME=COUNT, a conversation; can be repeated. The default is 46712345678=1000.
        batch: ID=COUNT, a batch; can be repeated.
        bundle: ID=COUNT, a bundle; can be repeated.
        port: Port to listen on; 0 takes a free one.
        latency: Seconds until each answer.
        rate_limit: Requests per second; the server answers what exceeds it with 429.
        faults: Share of requests that fail, such as 0.05; of some sends only the answer is lost.
        token: A made-up token, to accept no other. Never a real one: all users can read it.
        link_style: How the server writes the Link header.
        max_page_size: The largest page, in messages.
        seed: The same seed makes the same messages and faults.
        incoming_url: A URL on this machine, to which the server posts messages from phones.
        status_seconds: Seconds that a sent message stays in a status; one in four stays longer.
    """
    simulator = Simulator(
        conversations=_lists(conversation or ([] if batch or bundle else [_EXAMPLE])),
        batches=_lists(batch),
        bundles=_lists(bundle),
        port=port,
        latency=latency,
        rate_limit=rate_limit,
        faults=faults,
        token=token,
        link_style=link_style,
        max_page_size=max_page_size,
        seed=seed,
        incoming_url=incoming_url,
        status_seconds=status_seconds,
    )
    with suppress(asyncio.CancelledError):  # Ctrl-C is the normal end
        async with simulator:
            await _announce(simulator)
            await asyncio.Event().wait()


async def _announce(simulator: Simulator) -> None:
    variables = {
        "IP1_V2_URL": simulator.v2_url,
        "IP1_V3_URL": simulator.v3_url,
        "IP1_API_TOKEN": shlex.quote(simulator.token or "simulated"),
    }
    note("serving until Ctrl-C; paste this into another shell:")
    await write("".join(f"export {name}={value}\n" for name, value in variables.items()))


def _lists(given: list[str] | None) -> dict[str, int]:
    return dict(map(_named_count, given or ()))


def _named_count(text: str) -> tuple[str, int]:
    name, _, count = text.rpartition("=")
    if not name or not (count.isascii() and count.isdecimal()):
        raise ValueError(f"expected NAME=COUNT, not {text!r}")
    return name, int(count)
