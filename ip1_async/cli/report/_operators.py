"""The names of networks, if a list of them is installed."""

from functools import cache
from importlib import import_module
from typing import Any


@cache
def _operators() -> dict[str, Any] | None:
    try:
        networks: dict[str, Any] = import_module("mcc_mnc_lut.p1_mnc").P1_MNC
    except ModuleNotFoundError:
        return None
    return networks


def has_names() -> bool:
    """Whether a list is installed."""
    return _operators() is not None


def operator_name(mcc: str, mnc: str) -> str:
    """Name a network and its country, as far as the list knows it; else give its numbers."""
    if not mcc:
        return "unknown"
    found = (_operators() or {}).get(mcc + mnc) or []
    named = {
        each["brand"] or each["operator"]: each["cc2s"]
        for each in (found if isinstance(found, list) else [found])
    }
    for name, countries in named.items():
        if name:
            return f"{name}, {'/'.join(countries)}"
    return f"{mcc}-{mnc or '?'}"
