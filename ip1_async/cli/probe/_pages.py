"""Findings about paging, in words, counts and offsets only."""

from collections.abc import Iterator
from itertools import pairwise

from ip1_async.cli.probe._links import read_links
from ip1_async.cli.probe._requests import NOT_ASKED, Reply
from ip1_async.cli.probe._survey import (
    FEW,
    NOT_SEEN,
    PAGE,
    SECOND,
    TOP,
    Finding,
    Survey,
    offset_base,
    starts_at,
)

_LEAST = 3  # messages that it takes to distinguish offsets from 0 and from 1
_BAD_REQUEST, _NOT_FOUND = 400, 404


def paging_findings(found: Survey) -> Iterator[Finding]:
    """Report on pages and offsets."""
    yield _default_page(found)
    yield _largest_limit(found)
    yield _first_offset(found)
    yield _past_the_end(found)
    yield _repeated(found)
    yield _reversed(found)
    yield _summary_total(found)
    yield _bundle(found)


def _default_page(found: Survey) -> Finding:
    topic = "default page"
    bare, first = found.bare, found.first
    if not bare.items or not first.items:
        return Finding(topic, NOT_SEEN, f"without start and limit: {bare.outcome}")
    count = len(bare.items)
    size = f"all {count}" if count == found.total else str(count)
    if bare.ids[0] == first.ids[0]:
        order = "oldest first"
    else:
        order = "newest first" if bare.ids[0] in found.newest.ids[:1] else "order unclear"
    evidence = f"without start, limit and order; limit={PAGE} brought {first.outcome}"
    return Finding(topic, f"{size} messages, {order}", evidence)


def _largest_limit(found: Survey) -> Finding:
    topic = "largest limit"
    if found.ignores_start:
        return Finding(topic, "none: limit is ignored", _ignored(found.first, found.second))
    top = found.limits[0]
    if top.is_list and top.items:
        return Finding(topic, *_taken(found, top))
    taken = [each.limit for each in found.limits if each.is_list]
    refused = [each for each in found.limits if each.status >= _BAD_REQUEST]
    if not refused or top.status == _NOT_FOUND:
        return Finding(topic, NOT_SEEN, f"limit={TOP}: {top.outcome}")
    least = min(refused, key=lambda each: each.limit)
    status = f"; a larger one is refused with {least.status}"
    evidence = f"limit={least.limit}: {least.outcome}"
    if not taken:
        return Finding(topic, f"below {least.limit}{status}", evidence)
    best = max(taken)
    size = str(best) if least.limit == best + 1 else f"from {best} to {least.limit - 1}"
    return Finding(topic, f"{size}{status}", f"limit={best} is taken; {evidence}")


def _taken(found: Survey, top: Reply) -> tuple[str, str]:
    """Decide whether the server cut a page, or whether the list has no more messages."""
    count = len(top.items)
    total = found.total or found.summary_total or 0
    links = read_links(top)
    said = next((link.limit for link in links.entries if link.limit), TOP)
    brought = f"limit={TOP} brought {count} messages"
    cut = "a larger one is cut to that (clamped), without an error"
    if count >= TOP:
        return f"at least {TOP}", brought
    if total > count:
        return f"{count}; {cut}", f"{brought} of {total}"
    if links.find("next"):
        return f"{count}; {cut}", f"{brought}, and a link to more"
    if said < TOP:
        return f"{said}; {cut}", f"limit={TOP} became limit={said} in its links"
    answer = f"not seen: limit={TOP} is accepted, but all messages fit"
    return answer, f"{brought}, all there are; a longer conversation would show more"


def _ignored(first: Reply, second: Reply) -> str:
    return (
        f"start={SECOND}, limit={FEW} brought {len(second.items)} messages from the first on, "
        f"start={first.start} brought {len(first.items)}"
    )


def _first_offset(found: Survey) -> Finding:
    return Finding("first offset", *_offsets(found.first, found.second))


def _offsets(first: Reply, second: Reply) -> tuple[str, str]:
    base, place = offset_base(first, second), starts_at(first, second)
    asked = f"start={SECOND}: {second.outcome}"
    if len(first.items) < _LEAST:
        return NOT_SEEN, f"this needs {_LEAST} messages or more; start=0: {first.outcome}"
    if place == 0:
        return "none: start is ignored", _ignored(first, second)
    if place is None or base is None:
        return "unclear", f"{asked}, which do not begin at message 2 or 3 of the first page"
    evidence = f"start={SECOND} begins with message {place + 1} of the first page"
    return f"{base}: offsets count from {base}", evidence


def _past_the_end(found: Survey) -> Finding:
    past = found.past
    evidence = "asked for a start of ten million"
    if not past.items:
        return Finding("past the end", past.outcome, evidence)
    if past.ids == found.first.ids:
        which = "the first page again"
    elif past.ids[-1] in found.tail.ids[-1:]:
        which = "the last page"
    else:
        which = "messages from elsewhere"
    return Finding("past the end", f"{which}, {past.outcome}", evidence)


def _repeated(found: Survey) -> Finding:
    topic = "same page twice"
    first, again = found.first.ids, found.again.ids
    count = min(len(first), len(again))
    if not count:
        return Finding(topic, NOT_SEEN, f"first page: {found.first.outcome}")
    ties = _ties(found.first)
    return Finding(topic, _compare(first[:count], again[:count]), f"{count} messages; {ties}")


def _reversed(found: Survey) -> Finding:
    topic = "DESC and ASC"
    tail, newest = found.tail.ids, found.newest.ids
    count = min(len(tail), len(newest))
    if not count:
        return Finding(topic, NOT_SEEN, f"order=DESC: {found.newest.outcome}")
    if newest == found.first.ids and count > 1:
        return Finding(topic, "order is ignored", "order=DESC brought the first page of ASC")
    evidence = f"the {count} newest messages, asked for in both orders; {_ties(found.tail)}"
    answer = _compare(tail[-count:], newest[:count][::-1])
    return Finding(topic, answer.replace("same order", "exactly reversed"), evidence)


def _compare(one: list[str], other: list[str]) -> str:
    if one == other:
        return "same order"
    if set(one) == set(other):
        moved = sum(a != b for a, b in zip(one, other, strict=True))
        return f"another order: {moved} of {len(one)} are elsewhere"
    return "other messages: the list moved, or its order is not stable"


def _ties(answer: Reply) -> str:
    """Count neighbours whose last update is in the same second; lists show no creation time."""
    seconds = [str(item.get("modified"))[:19] for item in answer.items]
    pairs = sum(a == b for a, b in pairwise(seconds))
    return f"{pairs} share the second of `modified` with the one before"


def _summary_total(found: Survey) -> Finding:
    topic = "summary's total"
    said, counted = found.summary_total, found.total
    if said is None:
        return Finding(topic, NOT_SEEN, f"/summary: {found.summary.outcome}")
    if counted is None:
        counted = len(found.first.items) if found.ignores_start else None
    evidence = f"the summary counts {said}"
    if counted is None:
        return Finding(topic, "not compared", f"{evidence}; last page: {found.tail.outcome}")
    answer = "agrees with the list" if said == counted else "differs from the list"
    return Finding(topic, answer, f"{evidence}, the list has {counted} by its last page")


def _bundle(found: Survey) -> Finding:
    topic = "paging of v3"
    first, second = found.bundle, found.bundle_second
    if first is NOT_ASKED:
        return Finding(topic, "not asked", "give a bundle with --bundle")
    if len(first.items) < _LEAST:
        return Finding(topic, NOT_SEEN, f"limit={FEW}: {first.outcome}; needs {_LEAST} or more")
    answer, evidence = _offsets(first, second)
    if starts_at(first, second) == 0 or offset_base(first, second) is None:
        return Finding(topic, answer, evidence)
    linked = "with" if read_links(first).lines else "without"
    return Finding(topic, f"yes, {linked} a Link header; {answer}", evidence)
