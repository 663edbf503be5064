"""How much CPU does a message take to decode, and how much more if messages are odd?"""

import gc
import json
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.request import urlopen

from benchmarks.contenders import PAGE
from benchmarks.figures import Comparison, Result, Say, Size, ratios
from benchmarks.isolated import isolated
from benchmarks.ready_server import PARTICIPANT, ReadyServer

_MESSAGES = 20_000
_MORE = 2  # runs, so that a full size has seven
_ROUNDS = 5
Page = list[dict[str, Any]]


def measure(server: ReadyServer, size: Size, say: Say) -> Result:
    """Decode the same messages in every way in turn."""
    messages = min(size.messages, _MESSAGES)
    microseconds: dict[str, list[float]] = {name: [] for name in _WAYS}
    for run in range(size.runs + _MORE):
        for name, samples in microseconds.items():
            samples.append(isolated(cpu, name, server.url(messages), messages))
            say(f"decoding, run {run + 1}: {samples[-1]:5.2f} us a message, {name}")
    comparisons = [
        _compare(microseconds, "usual page", "typed pump"),
        _compare(microseconds, "one odd message of 200", "usual page", at_most=1.5),
        _compare(microseconds, "an unknown field in each", "usual page", at_most=3.0),
        _compare(microseconds, "a new status code in each", "usual page", at_most=1.3),
    ]
    return Result(comparisons, {"messages": messages, "microseconds": microseconds})


def _compare(
    samples: dict[str, list[float]], ours: str, theirs: str, *, at_most: float | None = None
) -> Comparison:
    what = f"decoding: {ours}"
    return Comparison(
        what, theirs, "x its CPU", ratios(samples[ours], samples[theirs]), at_most=at_most
    )


def cpu(name: str, url: str, messages: int) -> float:
    """Give the microseconds of CPU that a message takes, with everything warm."""
    write, make_read = _WAYS[name]
    pages = [write(_fetch(url, start), start) for start in range(0, messages, PAGE)]
    read = make_read()
    read(pages[0])
    gc.collect()
    began = time.process_time()
    for _ in range(_ROUNDS):
        for page in pages:
            read(page)
    return (time.process_time() - began) / _ROUNDS / messages * 1_000_000


def _fetch(url: str, start: int) -> Page:
    query = f"start={start}&limit={PAGE}&order=ASC"
    with urlopen(f"{url}/conversations/{PARTICIPANT}?{query}") as answer:  # noqa: S310  # loopback
        page: Page = json.load(answer)
    return page


# What a page holds, by its first offset.


def _usual(page: Page, _: int) -> bytes:
    return _text(page)


def _one_odd(page: Page, start: int) -> bytes:
    page[start // PAGE * 37 % len(page)]["segments"] = "many"  # at another place in each
    return _text(page)


def _unknown(page: Page, _: int) -> bytes:
    return _text([{**message, "campaign": "Spring"} for message in page])


def _new_codes(page: Page, _: int) -> bytes:
    for message in page:
        message["statuses"] = [{**status, "code": 299} for status in message["statuses"]]
    return _text(page)


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# How it is read; a process imports nothing but what it measures.


def _our_pages() -> Callable[[bytes], object]:
    codec = import_module("ip1_async._codec")
    message = import_module("ip1_async").Message
    return lambda body: codec.decode_page(body, message)


def _typed_pump() -> Callable[[bytes], object]:
    decode: Callable[[bytes], object] = import_module("benchmarks.contenders.typed_pump").decode
    return decode


_WAYS: dict[str, tuple[Callable[[Page, int], Any], Callable[[], Callable[[Any], object]]]] = {
    "typed pump": (_usual, _typed_pump),
    "usual page": (_usual, _our_pages),
    "one odd message of 200": (_one_odd, _our_pages),
    "an unknown field in each": (_unknown, _our_pages),
    "a new status code in each": (_new_codes, _our_pages),
}
