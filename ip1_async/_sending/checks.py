"""What both kinds of bodies check. Texts of errors name places, never a number."""

from collections.abc import Iterable, Mapping
from typing import Any

from ip1_async._sending.keys import MARK
from ip1_async._template import Recipients, Values


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not given."""
    return {name: value for name, value in fields.items() if value not in (None, [])}


def optional_text(name: str, text: str | None) -> str | None:
    """Refuse what is no text.

    Raises:
        ValueError: It is something else.
    """
    if text is not None and not isinstance(text, str):
        raise ValueError(f"{name}: expected a text")
    return text


def check_tags(tags: Iterable[str]) -> list[str]:
    """Refuse what is no list of texts, and a tag that looks like one with a key.

    Raises:
        ValueError: It is, or does.
    """
    listed = [] if isinstance(tags, str) else list(tags)
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in listed):
        raise ValueError("tags: expected a list of texts")
    if any(tag.startswith(MARK) for tag in listed):
        raise ValueError(f"tags: what begins with {MARK} is for the key")
    return listed


def values_by_number(recipients: Recipients) -> dict[str, dict[str, str]]:
    """Give the values of placeholders by number, and by "default" those for all.

    Raises:
        ValueError: A name or a value is no text.
    """
    default: dict[str, Values] = {"default": recipients.default} if recipients.default else {}
    given_by = {**default, **recipients.values}
    if not all(
        isinstance(text, str) for own in given_by.values() for pair in own.items() for text in pair
    ):
        raise ValueError("recipients: expected texts as placeholders and their values")
    return {number: dict(own) for number, own in given_by.items()}
