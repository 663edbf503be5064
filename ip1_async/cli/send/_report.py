"""What `send` shows: the plan before it asks, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from ip1_async import IP1Error, Preview
from ip1_async.campaigns import Part, Plan, Result
from ip1_async.cli._output import clean, render
from ip1_async.cli._tables import facts_table

_RESOLVE = "look in iP.1's portal, then add --resolve sent KEY or --resolve unsent KEY"
_RETRY = "rejected ones are skipped until you add --retry-rejected"


def find_empty(recipients: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Say how many recipients have no value for a placeholder: that may be meant, or forgotten."""
    values = (pair for each in recipients.values() for pair in each.items())
    empty = Counter(name for name, value in values if not value.strip())
    return (f"{{{name}}} is empty for {people(count)}" for name, count in empty.items())


def draw_plan(plan: Plan) -> str:
    """Draw who will be sent to, what they will read, and what it takes."""
    counts = (("opted out", plan.opted_out), ("blacklisted", plan.blacklisted))
    before = ("sent", plan.sent), ("rejected", plan.rejected), ("uncertain", plan.uncertain)
    batches = f"{plan.batches:,} {'batch' if plan.batches == 1 else 'batches'}"
    facts = [("to send to", f"{people(len(plan.recipients))}, {batches}")]
    facts += [(f"left out: {name}", people(len(numbers))) for name, numbers in counts if numbers]
    facts += [(f"before: {name}", people(_count(parts))) for name, parts in before if parts]
    if plan.cost is not None:
        facts += [("the first will read", clean(plan.example)), *_costs(plan.cost)]
    return render(facts_table(facts))


def _costs(cost: Preview) -> Iterator[tuple[str, str]]:
    yield "in gsm", _cost(cost.gsm_segments, cost.gsm_cost)
    yield "in ucs", _cost(cost.ucs_segments, cost.ucs_cost)
    yield "chosen", cost.datacoding.value.lower()
    if cost.beyond_gsm:
        yield "not in gsm", clean(cost.beyond_gsm)


def _cost(segments: int | None, cost: Decimal | None) -> str:
    if segments is None:
        return "impossible"
    price = "give --price for the cost" if cost is None else f"cost {cost:,.2f}"
    return f"{segments:,} segment{'' if segments == 1 else 's'}, {price}"


def draw_result(result: Result) -> str:
    """Draw what came of everybody."""
    kinds = ("sent", result.sent), ("rejected", result.rejected), ("uncertain", result.uncertain)
    facts = [(name, people(_count(parts))) for name, parts in kinds if parts]
    counts = (("left out", (*result.opted_out, *result.blacklisted)), ("not sent", result.left))
    facts += [(name, people(len(numbers))) for name, numbers in counts if numbers]
    return render(facts_table(facts))


def fail(result: Result) -> None:
    """Raise an error that names what was not sent, or not for certain.

    Raises:
        IP1Error: There is something.
    """
    if result.is_complete:
        return
    counts = {
        "uncertain": _count(result.uncertain),
        "rejected": _count(result.rejected),
        "not sent": len(result.left),
    }
    named = ", ".join(f"{people(count)} {name}" for name, count in counts.items() if count)
    error = IP1Error(named)
    if result.error is not None:
        error.add_note(f"stopped: {result.error}")
    for part in result.rejected:
        error.add_note(f"rejected: {part.key}: {len(part.recipients):,}, status {part.status}")
    for part in result.uncertain:
        twice = "".join(f", batch {clean(each)}" for each in part.batch_ids)
        facts = f"{len(part.recipients):,}, {part.at:%Y-%m-%dT%H:%MZ}{twice}"
        error.add_note(f"uncertain: {part.key}: {facts}")
    advice = (result.rejected, _RETRY), (result.uncertain, _RESOLVE)
    for each in (text for parts, text in advice if parts):
        error.add_note(each)
    raise error


def _count(parts: Iterable[Part]) -> int:
    return sum(len(part.recipients) for part in parts)


def people(count: int) -> str:
    """Count recipients in words."""
    return f"{count:,} recipient{'' if count == 1 else 's'}"
