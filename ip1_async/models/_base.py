"""How every model is made."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, dataclass_transform

import attrs

_C = TypeVar("_C", bound=type)


class _Nothing(dict[str, Any]):
    """An empty `extra`, one for all the models that have nothing in it; so it stays empty."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("extra can't be changed")

    __setitem__: Any = _refuse
    __ior__: Any = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __reduce__(self) -> str:
        return "NOTHING"  # copies and pickles are the same one


NOTHING: Mapping[str, Any] = _Nothing()


def _keys(value: Mapping[str, Any]) -> str:
    """Name the keys only: extra values can be anything, and long."""
    return f"<{', '.join(value)}>" if value else "{}"


def extra_field(*, default: Mapping[str, Any]) -> Any:
    """Make the field for what the server sent beyond the known fields; no part of equality."""
    return attrs.field(default=default, eq=False, repr=_keys)


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field, extra_field))
def model(*, hashable: bool = True) -> Callable[[_C], _C]:
    """Make an immutable, slotted attrs class; only `del` of a field is not refused."""
    return attrs.define(
        on_setattr=attrs.setters.frozen,
        unsafe_hash=True if hashable else None,
    )
