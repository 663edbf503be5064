"""What is to be sent, before anything is: who, in which batches, and what it takes."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypedDict

import attrs

from ip1_async._preview import Preview, preview
from ip1_async._sending.checks import check_tags
from ip1_async._sending.sms import CodingLike, TypeLike, Window, make_body
from ip1_async._template import Recipients, RecipientsLike
from ip1_async.campaigns._numbers import read_all
from ip1_async.campaigns._state import Ledger, Part, Phase

MOST_IN_A_BATCH = 1_000
Prices = Mapping[str, Decimal]


class Options(TypedDict, total=False):
    """More of what a campaign can take, as `client.v2.batches.send` describes it.

    Attributes:
        type: "sms" or "flash".
        datacoding: "ucs" or "gsm".
        priority: 1 or 2.
        delivery_windows: When to deliver.
        delivery_report_url: Where iP.1 is to post delivery reports.
        reference: A text of yours.
        tags: Marks of yours.
    """

    type: TypeLike
    datacoding: CodingLike
    priority: int
    delivery_windows: Iterable[Window]
    delivery_report_url: str | None
    reference: str | None
    tags: Iterable[str]


@attrs.frozen
class Letter:
    """What is sent, and to whom.

    Attributes:
        recipients: All recipients, by normalised number.
        options: What `client.v2.batches.send` takes besides.
        header: What must not change from run to run.
    """

    recipients: Recipients
    options: dict[str, Any]
    header: dict[str, Any]

    def arguments(self, numbers: Iterable[str]) -> RecipientsLike:
        """Give some of the recipients as `send` takes them."""
        return _arguments(self.recipients, numbers)


def write_letter(recipients: RecipientsLike, given: Mapping[str, Any]) -> Letter:
    """Check everything as `send` will, so that no batch is refused half-way.

    Raises:
        ValueError: It can't be sent.
    """
    options, everybody = dict(given), read_all(recipients)
    options["delivery_windows"] = tuple(given.get("delivery_windows", ()))
    options["tags"] = check_tags(given.get("tags", ()))
    made = make_body("x", recipients=_arguments(everybody, everybody.values), **options)
    del made["recipients"]
    made["tags"] = options["tags"]
    digest = hashlib.sha256(made.pop("body").encode()).hexdigest()
    header = {**made, "body_sha256": digest, "templated": everybody.has_templates}
    return Letter(everybody, options, header)


def _arguments(recipients: Recipients, numbers: Iterable[str]) -> RecipientsLike:
    if not recipients.has_templates:
        return list(numbers)
    default = {"default": recipients.default} if recipients.default else {}
    return default | {number: recipients.values[number] for number in numbers}


@attrs.frozen(kw_only=True)
class Plan:
    """What a run is about to do.

    Attributes:
        recipients: Who will be sent to.
        batches: In how many batches.
        opted_out: Who is left out, as they opted out.
        blacklisted: Who is left out, as they are on the account's blacklist.
        sent: Batches that were sent before.
        rejected: Batches that were rejected before, and are left out.
        uncertain: Batches that may or may not have been sent before; they are looked up.
        example: What the first recipient will read.
        cost: Segments and cost in both codings, without texts; `None` if there is nothing to send.
    """

    recipients: tuple[str, ...] = attrs.field(repr=False)
    batches: int
    opted_out: tuple[str, ...] = attrs.field(repr=False)
    blacklisted: tuple[str, ...] = attrs.field(repr=False)
    sent: tuple[Part, ...]
    rejected: tuple[Part, ...]
    uncertain: tuple[Part, ...]
    example: str = attrs.field(repr=False)
    cost: Preview | None


def make_plan(
    letter: Letter,
    ledger: Ledger,
    *,
    opt_outs: frozenset[str],
    blacklist: frozenset[str],
    retry_rejected: bool,
    prices: Prices | None,
) -> Plan:
    """Choose who is sent to, and count what it takes.

    Raises:
        ValueError: A number has no price.
    """
    free = ledger.free(letter.recipients.values, retry_rejected=retry_rejected)
    others = blacklist - opt_outs
    numbers = tuple(each for each in free if each not in opt_outs and each not in others)
    cost = _preview(letter, numbers, prices) if numbers else None
    rejected = ledger.held(Phase.REJECTED, among=letter.recipients.values)
    return Plan(
        recipients=numbers,
        batches=len([*chunks(numbers)]),
        opted_out=tuple(each for each in free if each in opt_outs),
        blacklisted=tuple(each for each in free if each in others),
        sent=ledger.held(Phase.ACCEPTED, Phase.SENT),
        rejected=() if retry_rejected else rejected,
        uncertain=ledger.held(Phase.BEGUN),
        example="" if cost is None else cost.texts[0].text,
        cost=cost and attrs.evolve(cost, texts=()),
    )


def chunks(numbers: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Part the numbers into batches."""
    for start in range(0, len(numbers), MOST_IN_A_BATCH):
        yield numbers[start : start + MOST_IN_A_BATCH]


def _preview(letter: Letter, numbers: tuple[str, ...], prices: Prices | None) -> Preview:
    return preview(
        letter.options["body"],
        letter.arguments(numbers),
        datacoding=letter.header["datacoding"],
        prices=prices,
    )
