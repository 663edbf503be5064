"""The body of an RCS send, checked. The manual says little of what is rejected; the rest goes."""

from collections.abc import Iterable, Mapping
from typing import Any

from ip1_async._sending.checks import check_tags, given, optional_text, values_by_number
from ip1_async._template import Recipients, RecipientsLike


def make_body(
    key: str,
    *,
    brand: str,
    agent: str,
    recipients: RecipientsLike,
    content: str | None,
    card: Mapping[str, Any] | None,
    suggestions: Iterable[Mapping[str, Any]],
    reference: str | None,
    tags: Iterable[str],
) -> dict[str, Any]:
    """Make what `POST /v3/bundles` takes (API manual, Bundles).

    Raises:
        ValueError: It can't be what was meant.
    """
    if content is None and card is None:
        raise ValueError("content: expected a text, or a card instead")
    return given(
        {
            "brand": _check_name("brand", brand),
            "agent": _check_name("agent", agent),
            "recipients": values_by_number(Recipients.read(recipients)),
            "content": optional_text("content", content),
            "card": None if card is None else dict(card),
            "suggestions": [dict(each) for each in suggestions],
            "reference": optional_text("reference", reference),
            "tags": check_tags(tags),
            "uniqueId": key,
        }
    )


def _check_name(name: str, text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name}: expected a text that is not blank")
    return text
