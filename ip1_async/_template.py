"""What a batch says to each recipient: the numbers as iP.1 spells them, and the placeholders.

With a list of numbers the body goes out as it is, braces too. With a mapping it is a template:
`{name}` gives way to the recipient's own value, else to that of the key `default`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Self, TypeAlias

import attrs

Values: TypeAlias = Mapping[str, str]
RecipientsLike: TypeAlias = Iterable[str] | Mapping[str, Values]

_DEFAULT = "default"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@attrs.frozen(repr=False)
class Recipients:
    """The recipients of one batch.

    Attributes:
        values: Values of the placeholders by number, in the order given.
        default: Values for recipients that lack them.
        has_templates: Whether the body is a template.
    """

    values: dict[str, Values]
    default: Values
    has_templates: bool

    @classmethod
    def read(cls, recipients: RecipientsLike) -> Self:
        """Drop one leading `+` from each number, and leave other spellings alone.

        Raises:
            ValueError: There is no recipient, one comes twice, or something else is no recipient.
        """
        if isinstance(recipients, str):
            message = "recipients: expected a list of numbers or a mapping, not one text"
            raise ValueError(message)  # noqa: TRY004  # of all that can't be sent
        given = dict(recipients) if isinstance(recipients, Mapping) else None
        default = {} if given is None else given.pop(_DEFAULT, {})
        pairs = given.items() if given is not None else ((number, {}) for number in recipients)
        values: dict[str, Values] = {}
        for place, (number, own) in enumerate(pairs, start=1):
            if not isinstance(number, str) or (spelled := number.removeprefix("+")) in values:
                raise ValueError(f"recipient {place}: given before, or no text")
            values[spelled] = own
        if not values:
            raise ValueError("recipients: expected at least one number")
        if not all(isinstance(each, Mapping) for each in (default, *values.values())):
            raise ValueError("recipients: expected a mapping of placeholders for each number")
        return cls(values, default, given is not None)

    def texts(self, body: str) -> Iterator[tuple[str, str]]:
        """Give each number with its text; to check a body is to go through all of them.

        Raises:
            ValueError: A recipient has no value for a placeholder, or one that is no text.
        """
        for place, (number, own) in enumerate(self.values.items(), start=1):
            yield number, self._fill(body, own, place) if self.has_templates else body

    def _fill(self, body: str, own: Values, place: int) -> str:
        def value(found: re.Match[str]) -> str:
            text = own.get(found[1], self.default.get(found[1]))
            if isinstance(text, str):
                return text
            raise ValueError(f"recipient {place}: expected a text for {found[0]}")

        return _PLACEHOLDER.sub(value, body)
