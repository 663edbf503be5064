"""What became of the batches of a campaign: values, and which changes of them may be.

A batch is planned, then begun, and from then on uncertain until there is an answer:

    planned -> begun -> accepted            by the answer to the POST, or found by a look
                     -> rejected            by the answer
                     -> unsent              by the answer, or resolved by a person
                     -> sent                resolved by a person

Recipients of unsent batches are free again, those of rejected ones on demand. All others are
never sent to again.
"""

from collections import defaultdict
from collections.abc import Container, Iterable
from datetime import datetime
from enum import StrEnum

import attrs

from ip1_async.errors import HTTPStatusError, IP1Error, SendUncertainError
from ip1_async.models import Batch


class Phase(StrEnum):
    """How far a batch of a campaign is.

    Attributes:
        PLANNED: Nothing of it was sent.
        BEGUN: It may or may not have been sent: uncertain, until there is an answer.
        ACCEPTED: The API accepted it.
        REJECTED: The API refuses it as it is.
        UNSENT: It certainly was not sent.
        SENT: A person found out that it was sent.
    """

    PLANNED = "planned"
    BEGUN = "begun"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSENT = "unsent"
    SENT = "sent"


_NEXT = {
    Phase.PLANNED: frozenset({Phase.BEGUN}),
    Phase.BEGUN: frozenset({Phase.ACCEPTED, Phase.REJECTED, Phase.UNSENT, Phase.SENT}),
}
_FREE = frozenset({Phase.UNSENT})
# These concern the account, and 429 the moment, not the batch: the next one would get the same.
_STOPPING = frozenset({401, 402, 403, 429})


@attrs.frozen(kw_only=True)
class Part:
    """A batch of a campaign.

    Attributes:
        key: Its key, as `send` takes it.
        phase: How far it is.
        at: When it came to that, in UTC.
        recipients: Its numbers.
        batch_ids: The batch that it became. Two are an error, which leaves it uncertain.
        status: The HTTP status that refused it.
    """

    key: str
    phase: Phase
    at: datetime
    recipients: tuple[str, ...] = attrs.field(repr=False)
    batch_ids: tuple[str, ...] = ()
    status: int | None = None


def answered(part: Part, answer: Batch | IP1Error, at: datetime) -> Part:
    """Say what an answer to its POST makes of a batch; an uncertain one makes nothing."""
    if isinstance(answer, SendUncertainError):
        return part
    if isinstance(answer, Batch):
        return attrs.evolve(part, phase=Phase.ACCEPTED, at=at, batch_ids=(answer.id,))
    status = answer.status if isinstance(answer, HTTPStatusError) else None
    rejected = status is not None and status not in _STOPPING
    phase = Phase.REJECTED if rejected else Phase.UNSENT
    return attrs.evolve(part, phase=phase, at=at, status=status)


def looked_up(part: Part, found: Iterable[Batch], at: datetime) -> Part:
    """Say what a look at the account makes of a batch; two with its key are an error."""
    ids = tuple(batch.id for batch in found)
    if len(ids) != 1:
        return attrs.evolve(part, batch_ids=ids)
    return attrs.evolve(part, phase=Phase.ACCEPTED, at=at, batch_ids=ids)


@attrs.define
class Ledger:
    """All batches of a campaign, and who is in which of them."""

    parts: dict[str, Part] = attrs.field(factory=dict)
    _key_of: dict[str, str] = attrs.field(factory=dict)

    def put(self, part: Part) -> None:
        """Put in a batch as it is now.

        Raises:
            ValueError: It can't have come to that, or a recipient would be sent to twice.
        """
        before = self.parts[part.key].phase if part.key in self.parts else Phase.PLANNED
        if part.phase not in _NEXT.get(before, ()):
            raise ValueError(f"{before} can't become {part.phase}")
        if part.phase is Phase.BEGUN:
            if len(self.free(part.recipients, retry_rejected=True)) < len(part.recipients):
                raise ValueError("a recipient would be sent to twice")
            self._key_of |= dict.fromkeys(part.recipients, part.key)
        self.parts[part.key] = part

    def free(self, numbers: Iterable[str], *, retry_rejected: bool) -> list[str]:
        """Choose the numbers that may be sent to, each of them once."""
        free = _FREE | {Phase.REJECTED} if retry_rejected else _FREE
        return [
            number
            for number in dict.fromkeys(numbers)
            if number not in self._key_of or self.parts[self._key_of[number]].phase in free
        ]

    def held(self, *phases: Phase, among: Container[str] | None = None) -> tuple[Part, ...]:
        """Give the batches in one of the phases, with those who are in no later batch."""
        numbers = defaultdict(list)
        for number, key in self._key_of.items():
            if self.parts[key].phase in phases and (among is None or number in among):
                numbers[key].append(number)
        return tuple(
            attrs.evolve(self.parts[key], recipients=tuple(own)) for key, own in numbers.items()
        )
