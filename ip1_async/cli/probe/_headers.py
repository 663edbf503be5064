"""Findings about headers and refusals: links, rate limits, and empty conversations."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ip1_async.cli.probe._links import RELATIONS, Link, Links, read_links
from ip1_async.cli.probe._requests import Reply
from ip1_async.cli.probe._survey import FEW, NOT_SEEN, PAGE, SECOND, Finding, Survey

_TOO_MANY = 429
_RATE_HEADER = re.compile("(x-)?rate-?limit[a-z-]{0,30}|retry-after", re.IGNORECASE)
_LONGEST_SHAPE = 40


def link_findings(found: Survey) -> Iterator[Finding]:
    """Report on the `Link` headers of a conversation."""
    # Not the pages of a large limit: if the server cut them, their links may follow other rules.
    asked = (found.first, found.again, found.second, found.newest, found.tail)
    pages = [each for each in asked if each.items]
    read = [read_links(each) for each in pages]
    with_links = [each for each in read if each.lines]
    if not with_links:
        yield Finding("Link header", "none", f"on {len(pages)} pages of messages")
        return
    entries = [entry for each in with_links for entry in each.entries]
    evidence = f"on {len(with_links)} of {len(pages)} pages of messages, "
    lines = sorted({each.lines for each in with_links})
    evidence += f"header lines on each: {_span(lines)}"
    yield Finding("Link header", _relations(entries), evidence)
    yield _form(with_links, entries, {each.host for each in pages})
    yield _offsets(read_links(found.second), len(found.second.items))
    yield _kept(read_links(found.second), read_links(found.newest))
    yield _last(found)


def _span(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _relations(entries: list[Link]) -> str:
    seen = [name for name in RELATIONS if any(name in entry.relations for entry in entries)]
    if not all(entry.is_known for entry in entries):
        seen.append("and others")
    return ", ".join(seen) or "no relation that can be read"


def _form(read: list[Links], entries: list[Link], hosts: set[str]) -> Finding:
    well = sum(each.is_well_formed for each in read)
    whole = "well-formed" if well == len(read) else "malformed"
    forms = {_target_form(entry, hosts) for entry in entries}
    evidence = f"{well} of {len(read)} headers are as RFC 8288 wants them"
    return Finding("form of links", ", ".join([whole, *sorted(forms)]), evidence)


def _target_form(entry: Link, hosts: set[str]) -> str:
    if entry.host is None:
        return "relative"
    return "absolute, to the host asked" if entry.host in hosts else "absolute, to another host"


def _offsets(links: Links, count: int) -> Finding:
    """Compare the offsets in the links of a page with the offset that the probe asked for."""
    topic = "offsets in links"
    wanted = {"self": SECOND, "next": SECOND + count}
    steps = {}
    for relation, start in wanted.items():
        link = links.find(relation)
        if link is not None and link.start is not None:
            steps[relation] = link.start - start
    if not steps:
        return Finding(topic, NOT_SEEN, f"start={SECOND}: no self or next that can be read")
    evidence = f"on the page of start={SECOND}: {' and '.join(steps)}"
    if set(steps.values()) == {0}:
        return Finding(topic, "count as start does", evidence)
    if set(steps.values()) == {1}:
        return Finding(topic, "one too high: who follows next skips a message", evidence)
    return Finding(topic, "do not agree with start", evidence)


def _kept(few: Links, newest: Links) -> Finding:
    topic = "limit and order in links"
    limits = {entry.limit for entry in few.entries if entry.relations}
    orders = {entry.order for entry in newest.entries if entry.relations}
    if not limits:
        return Finding(topic, NOT_SEEN, f"start={SECOND}: no link that can be read")
    limit = "limit is kept" if limits == {FEW} else "limit is not kept"
    order = "order is kept" if orders == {"DESC"} else "order is not kept"
    evidence = f"asked with limit={FEW}, and with order=DESC"
    return Finding(topic, f"{limit}, {order if orders else 'order not seen'}", evidence)


def _last(found: Survey) -> Finding:
    topic = "where last leads"
    link = read_links(found.first).find("last")
    if link is None or link.start is None:
        return Finding(topic, NOT_SEEN, f"limit={PAGE}: no last that can be read")
    tail = found.tail
    if tail is found.first:
        return Finding(topic, "to the only page", f"limit={PAGE}: {tail.outcome}")
    evidence = f"its start, asked for: {tail.outcome}"
    if not tail.items:
        return Finding(topic, "past the end", evidence)
    is_last = found.newest.ids[:1] == tail.ids[-1:]
    return Finding(topic, "to the last page" if is_last else "not to the end", evidence)


def refusal_findings(found: Survey, answers: list[Reply]) -> Iterator[Finding]:
    """Report on rate limits, and on conversations without messages."""
    refused = [number for number, each in enumerate(answers, 1) if each.status == _TOO_MANY]
    if refused:
        evidence = f"request {refused[0]}; nothing more was asked"
        yield Finding("rate limit (429)", "answered with 429", evidence)
    else:
        yield Finding("rate limit (429)", "did not occur", f"in {len(answers)} spaced requests")
    yield _rate_headers(answers)
    for path, answer in found.nobody.items():
        topic = "empty conversation" if path == "/" else f"empty {path}"
        yield Finding(topic, answer.outcome, "asked for a made-up sender name")


def _rate_headers(answers: list[Reply]) -> Finding:
    topic = "rate limit headers"
    seen = Counter(
        f"{name}: {shape(value)}"
        for answer in answers
        for name, value in answer.headers.items()
        if _RATE_HEADER.fullmatch(name)
    )
    if not seen:
        return Finding(topic, "none", "no RateLimit-*, X-RateLimit-* or Retry-After")
    counts = ", ".join(str(times) for times in seen.values())
    return Finding(topic, "; ".join(seen), f"on {counts} of {len(answers)} answers")


def shape(value: str) -> str:
    """Show a short number as it is; in any other value replace its digits and letters."""
    if re.fullmatch("[0-9]{1,4}", value):
        return value
    letters = re.sub("[^\x20-\x7e]", "?", re.sub(r"[^\W\d_]+", "a", value))
    return re.sub("[0-9]", "9", letters)[:_LONGEST_SHAPE]
