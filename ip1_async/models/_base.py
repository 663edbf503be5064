"""How every model is made."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

import attrs

_C = TypeVar("_C", bound=type)


def _keys(value: Mapping[str, Any]) -> str:
    """Name the keys only: extra values can be anything, and long."""
    return f"<{', '.join(value)}>" if value else "{}"


def extra_field(*, factory: Callable[[], Mapping[str, Any]]) -> Any:
    """Make the field for what the server sent beyond the known fields; no part of equality."""
    return attrs.field(factory=factory, eq=False, repr=_keys)


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field, extra_field))
def model(*, hashable: bool = True) -> Callable[[_C], _C]:
    """Make an immutable, slotted attrs class.

    `frozen=True` costs three times the construction, as every field then goes through
    `object.__setattr__`; refusing assignment gives the same promise but for `del`.
    """
    return attrs.define(
        on_setattr=attrs.setters.frozen,
        unsafe_hash=True if hashable else None,
    )
