"""Build the model classes."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, dataclass_transform

import attrs

_C = TypeVar("_C", bound=type)


class _Nothing(dict[str, Any]):
    """The empty `extra`; all models with nothing in it share this one, so it can't change."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("extra can't be changed")

    __setitem__: Any = _refuse
    __ior__: Any = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __reduce__(self) -> str:
        return "NOTHING"  # a copy or an unpickled one is this one, too


NOTHING: Mapping[str, Any] = _Nothing()


def _keys(value: Mapping[str, Any]) -> str:
    """Show only the keys: the values can be anything, and long."""
    return f"<{', '.join(value)}>" if value else "{}"


def extra_field(*, default: Mapping[str, Any]) -> Any:
    """Make the field for what the server sent beyond the known fields; equality ignores it."""
    return attrs.field(default=default, eq=False, repr=_keys)


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field, extra_field))
def model(*, hashable: bool = True) -> Callable[[_C], _C]:
    """Make an immutable, slotted attrs class; only `del` of a field is possible."""
    return attrs.define(
        on_setattr=attrs.setters.frozen,
        unsafe_hash=True if hashable else None,
    )
