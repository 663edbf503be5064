"""What a batch would say, take and cost, before it is sent."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from ip1_async._template import Recipients, RecipientsLike
from ip1_async.models import DataCoding
from ip1_async.segments import Segments, beyond_gsm, gsm_segments, ucs_segments

# E.164: at most 15 digits, and no country code begins with 0. Fewer than 7 reach no subscriber.
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")


@attrs.frozen
class TextPreview:
    """The text of one recipient.

    Attributes:
        recipient: The number, without a leading `+`.
        text: What this recipient will read.
        gsm: Its segments in GSM; `None` where the text needs UCS.
        ucs: Its segments in UCS.
    """

    recipient: str
    text: str
    gsm: Segments | None
    ucs: Segments


@attrs.frozen
class Preview:
    """What a batch would say, take and cost.

    Attributes:
        datacoding: The coding it would be sent in.
        texts: One for each number that can be right, in the order given.
        impossible: Numbers that can't be right: no digits only, a leading 0, fewer than 7 digits
            or more than 15. They take part in nothing else here.
        beyond_gsm: The characters that force UCS, each of them once.
        gsm_segments: Segments of all texts in GSM; `None` where iP.1 would reject one of them.
        ucs_segments: Segments of all texts in UCS.
        gsm_cost: What those cost in GSM; `None` without prices too.
        ucs_cost: What those cost in UCS; `None` without prices.
    """

    datacoding: DataCoding
    texts: tuple[TextPreview, ...]
    impossible: tuple[str, ...]
    beyond_gsm: str
    gsm_segments: int | None
    ucs_segments: int
    gsm_cost: Decimal | None
    ucs_cost: Decimal | None

    @property
    def segments(self) -> int | None:
        """Segments in the coding chosen."""
        return self.gsm_segments if self.datacoding is DataCoding.GSM else self.ucs_segments

    @property
    def cost(self) -> Decimal | None:
        """What it costs in the coding chosen."""
        return self.gsm_cost if self.datacoding is DataCoding.GSM else self.ucs_cost


def preview(
    body: str,
    recipients: RecipientsLike,
    *,
    datacoding: DataCoding | Literal["gsm", "ucs"] = "ucs",
    prices: Mapping[str, Decimal] | None = None,
) -> Preview:
    """Look at a batch as `send` takes it; nothing is sent or asked.

    Args:
        body: The text; with a mapping of recipients `{name}` is a placeholder.
        recipients: Numbers, or a mapping from numbers to the values of their placeholders, with
            the key `default` for who lacks one.
        datacoding: The coding to send in.
        prices: Price of one segment by how a number begins, "46" for Sweden; the longest that
            fits counts, and "" fits all.

    Raises:
        ValueError: A number was given twice, a placeholder has no value, or a number no price.
    """
    coding, read = DataCoding(datacoding), Recipients.read(recipients)
    texts, impossible = [], []
    for number, text in read.texts(body):
        if _NUMBER.fullmatch(number):
            texts.append(TextPreview(number, text, gsm_segments(text), ucs_segments(text)))
        else:
            impossible.append(number)
    gsm = [each.gsm for each in texts if each.gsm is not None]
    fits = len(gsm) == len(texts)
    each_price = None if prices is None else [_price(each.recipient, prices) for each in texts]
    return Preview(
        coding,
        tuple(texts),
        tuple(impossible),
        beyond_gsm("".join(each.text for each in texts)),
        sum(each.count for each in gsm) if fits else None,
        sum(each.ucs.count for each in texts),
        _cost(each_price, gsm) if fits else None,
        _cost(each_price, [each.ucs for each in texts]),
    )


def _price(number: str, prices: Mapping[str, Decimal]) -> Decimal:
    beginnings = (number[:length] for length in range(len(number), -1, -1))
    price = next((prices[each] for each in beginnings if each in prices), None)
    if price is None:
        raise ValueError(f"prices: none for numbers that begin with {number[:3]}")
    return price


def _cost(prices: list[Decimal] | None, counted: list[Segments]) -> Decimal | None:
    if prices is None:
        return None
    pairs = zip(prices, counted, strict=True)
    return sum((price * each.count for price, each in pairs), Decimal())
