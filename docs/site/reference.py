"""The pages of the API reference: a line for each public name, which Sphinx fills in."""

import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import Any

import ip1_async

# Their names are at the front door; or they are no library.
NO_PAGE = {"cli", "client", "errors", "models", "pagination"}
# The pages of the front door: what is on them, by the module where it is written.
FRONT = {"errors": "Errors", "models": "Models", "": "Client and pager"}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name of each page, and its text."""
    front: dict[str, list[str]] = {home: [] for home in reversed(FRONT)}
    for name in sorted([*ip1_async.__all__, "convert"], key=lambda name: name != "Client"):
        home = home_of(getattr(ip1_async, name))
        front[home if home in FRONT else ""].append(name)
    for home, names in front.items():
        about = f"ip1_async.{home}" if home else "ip1_async"
        yield home or "client", page(FRONT[home], about, "ip1_async", names)
    for _, module_name, _ in pkgutil.iter_modules(ip1_async.__path__):
        if module_name.startswith("_") or module_name in NO_PAGE:
            continue
        module = import_module(f"ip1_async.{module_name}")
        if own(module):
            yield (
                module_name,
                page(module_name.capitalize(), module.__name__, module.__name__, own(module)),
            )


def home_of(thing: Any) -> str:
    """Name the room that a thing is written in."""
    module = getattr(thing, "__module__", None) or ""
    return module.split(".")[1] if "." in module else ""


def own(module: ModuleType) -> list[str]:
    """Name what a module has and the front door has not."""
    listed = getattr(module, "__all__", ())
    return [name for name in listed if name not in ip1_async.__all__ and name != "convert"]


def page(title: str, about: str, module: str, names: list[str]) -> str:
    """Write a page of the reference, under the docstring of a module."""
    head = (
        f"{title}\n{'=' * len(title)}\n\n*Import from* ``{module}``\n\n.. automodule:: {about}\n\n"
    )
    head += f".. py:currentmodule:: {module}\n\n"
    return head + "\n".join(entry(module, name) for name in names)


def entry(module: str, name: str) -> str:
    """Write the line of a name."""
    thing = getattr(import_module(module), name)
    if inspect.isclass(thing):
        values = "   :undoc-members:\n" if issubclass(thing, Enum) else ""
        return f".. autoclass:: {module}.{name}\n   :members:\n{values}"
    if inspect.isroutine(thing):
        return f".. autofunction:: {module}.{name}\n"
    return f".. autodata:: {module}.{name}\n   :no-value:\n"
