"""The questions of a probe, in their order; an answer can make later questions unnecessary."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

import attrs

from ip1_async import TransportError
from ip1_async.cli.probe._links import read_links
from ip1_async.cli.probe._requests import NOT_ASKED, Reply, Requester
from ip1_async.cli.probe._resources import Resources

PAGE = 50  # the documented default
FEW = 3
SECOND = 2  # the offset of the third message, or of the second where offsets count from 1
FAR = 10_000_000
TOP = 5_000
_STEPS = (50, 100, 200, 250, 500, 1_000, 2_000)
_BAD_REQUEST, _NOT_FOUND = 400, 404
NOT_SEEN = "not seen"

Ask = Callable[..., Awaitable[Reply]]


@attrs.frozen
class Finding:
    """One line of the report.

    Attributes:
        topic: What the probe wanted to know.
        answer: What it found.
        evidence: Where it saw this.
    """

    topic: str
    answer: str
    evidence: str


@attrs.define
class Survey:
    """The answers, by question; the probe leaves out a question that makes no sense.

    Attributes:
        summary: The summary of the conversation.
        bare: Its messages, without any paging.
        first: Its first page.
        again: The first page once more.
        second: A few messages from `start=2` on.
        newest: The first page in descending order.
        tail: The last page, in ascending order.
        outgoing: A few messages of `/mt`.
        incoming: A few messages of `/mo`.
        past: The answer far past the end.
        limits: Pages of the largest limit, and then of limits that close in on what is allowed.
        bundle: The first few messages of a bundle.
        bundle_second: A few messages of the bundle from `start=2` on.
        nobody: The answers for a conversation that does not exist, by the end of the path.
    """

    summary: Reply = NOT_ASKED
    bare: Reply = NOT_ASKED
    first: Reply = NOT_ASKED
    again: Reply = NOT_ASKED
    second: Reply = NOT_ASKED
    newest: Reply = NOT_ASKED
    tail: Reply = NOT_ASKED
    outgoing: Reply = NOT_ASKED
    incoming: Reply = NOT_ASKED
    past: Reply = NOT_ASKED
    limits: list[Reply] = attrs.field(factory=list)
    bundle: Reply = NOT_ASKED
    bundle_second: Reply = NOT_ASKED
    nobody: dict[str, Reply] = attrs.field(factory=dict)

    @property
    def base(self) -> int | None:
        """The first offset; `None` if the answers do not show it."""
        return offset_base(self.first, self.second)

    @property
    def ignores_start(self) -> bool:
        """Whether another offset brings the same messages."""
        return starts_at(self.first, self.second) == 0

    @property
    def summary_total(self) -> int | None:
        """How many messages the summary counts."""
        value = self.summary.value
        text = str(value.get("totalMessageCount")) if isinstance(value, dict) else ""
        return int(text) if re.fullmatch("[0-9]{1,7}", text) else None

    @property
    def total(self) -> int | None:
        """How many messages the list has, by its last page; `None` if that is unclear."""
        if self.ignores_start or self.newest.ids[:1] != self.tail.ids[-1:] or not self.tail.items:
            return None
        # Where offsets count from 1, a start of 0 is the first message too.
        return max(self.tail.start - (self.base or 0), 0) + len(self.tail.items)


def starts_at(first: Reply, second: Reply) -> int | None:
    """Find where in the first page a later page begins, even if ties changed places."""
    ids = first.ids
    return min((ids.index(each) for each in second.ids if each in ids), default=None)


def offset_base(first: Reply, second: Reply) -> int | None:
    """Find out whether offsets begin at 0 or 1, by the page of `start=2`; `None` if unclear."""
    place = starts_at(first, second)
    return SECOND - place if place in (SECOND, SECOND - 1) else None


async def survey(requester: Requester, resources: Resources) -> Survey:
    """Ask all questions, in at most the 20 requests that a probe may send.

    Raises:
        AuthenticationError: The server refused the token.
        TransportError: The server did not answer at all.
    """
    found = Survey()
    conversation = resources.conversation
    ask = partial(requester.ask, conversation)
    found.summary = await requester.ask(conversation.below("summary"))
    found.bare = await ask()
    _require_one(found.summary, found.bare)
    found.first = await ask(start=0, limit=PAGE, order="ASC")
    lowest = 0
    if found.first.status == _BAD_REQUEST and found.bare.items:
        found.first, lowest = found.bare, 1
    if found.first.items:
        await _compare(found, ask, lowest)
        found.outgoing = await requester.ask(conversation.below("mt"), start=lowest, limit=FEW)
        found.incoming = await requester.ask(conversation.below("mo"), start=lowest, limit=FEW)
    found.past = await ask(start=FAR, limit=PAGE, order="ASC")
    if not found.ignores_start:
        found.limits = await _find_limit(partial(ask, start=lowest, order="ASC"))
    if resources.bundle:
        await _look_at_bundle(found, partial(requester.ask, resources.bundle), lowest)
    for path in ("", "mt", "mo"):
        nobody = resources.nobody
        found.nobody[f"/{path}"] = await requester.ask(nobody.below(path) if path else nobody)
    return found


def _require_one(*answers: Reply) -> None:
    if not any(each.status for each in answers):
        raise TransportError(answers[-1].failure)


async def _compare(found: Survey, ask: Ask, lowest: int) -> None:
    """Ask for parts of the list that should agree with each other."""
    found.again = await ask(start=lowest, limit=PAGE, order="ASC")
    found.second = await ask(start=SECOND, limit=FEW, order="ASC")
    found.newest = await ask(start=lowest, limit=PAGE, order="DESC")
    start = _tail_start(found)
    if start is None:
        found.tail = found.first
    else:
        # A limit of one more shows whether the page is the last.
        found.tail = await ask(start=start, limit=len(found.first.items) + 1, order="ASC")


def _tail_start(found: Survey) -> int | None:
    """Give the offset of the last page, by links or summary; `None` if it is the first."""
    base, size = found.base or 0, len(found.first.items)
    last = read_links(found.first).find("last")
    if last is not None and last.start is not None:
        return last.start if last.start > base else None
    total = found.summary_total or 0
    if total == size or found.ignores_start:
        return None
    return max(total - size, size) + base


async def _find_limit(ask: Ask) -> list[Reply]:
    """Ask for a very large page; if the server refuses it, bisect for the largest it accepts."""
    top = await ask(limit=TOP)
    answers, steps, taken = [top], list(_STEPS), 0
    if top.status < _BAD_REQUEST or top.status == _NOT_FOUND:
        return answers
    while steps and not answers[-1].failure:
        middle = len(steps) // 2
        answers.append(await ask(limit=steps[middle]))
        if answers[-1].is_list:
            taken, steps = steps[middle], steps[middle + 1 :]
        else:
            steps = steps[:middle]
    if taken:
        answers.append(await ask(limit=taken + 1))
    return answers


async def _look_at_bundle(found: Survey, ask: Ask, lowest: int) -> None:
    found.bundle = await ask(start=lowest, limit=FEW, order="ASC")
    if found.bundle.items:
        found.bundle_second = await ask(start=SECOND, limit=FEW, order="ASC")
