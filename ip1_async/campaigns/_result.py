"""What came of a campaign."""

import attrs

from ip1_async.campaigns._plan import Letter, Plan
from ip1_async.campaigns._state import Ledger, Part, Phase
from ip1_async.errors import IP1Error


@attrs.frozen(kw_only=True)
class Result:
    """What came of a campaign so far; every recipient is in just one of the fields.

    Attributes:
        sent: Batches that were accepted, in this run or before.
        rejected: Batches that the API refuses as they are, as far as their recipients are still
            wanted.
        uncertain: Batches that may or may not have been sent; `resolve` takes a person's answer.
        opted_out: Recipients left out, as they opted out.
        blacklisted: Recipients left out, as they are on the account's blacklist.
        left: Recipients whom nothing was sent to; the next run does.
        error: What kept this run from its end, or `None`.
    """

    sent: tuple[Part, ...]
    rejected: tuple[Part, ...]
    uncertain: tuple[Part, ...]
    opted_out: tuple[str, ...] = attrs.field(repr=False)
    blacklisted: tuple[str, ...] = attrs.field(repr=False)
    left: tuple[str, ...] = attrs.field(repr=False)
    error: IP1Error | None

    @property
    def is_complete(self) -> bool:
        """Whether everybody was sent to who is not left out."""
        return not (self.rejected or self.uncertain or self.left)


def make_result(letter: Letter, plan: Plan, ledger: Ledger, error: IP1Error | None) -> Result:
    """Sort all recipients by what came of them."""
    wanted = letter.recipients.values.keys() - {*plan.opted_out, *plan.blacklisted}
    free = ledger.free(letter.recipients.values, retry_rejected=False)
    return Result(
        sent=ledger.held(Phase.ACCEPTED, Phase.SENT),
        rejected=ledger.held(Phase.REJECTED, among=wanted),
        uncertain=ledger.held(Phase.BEGUN),
        opted_out=plan.opted_out,
        blacklisted=plan.blacklisted,
        left=tuple(each for each in free if each in wanted),
        error=error,
    )
