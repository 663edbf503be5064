"""What an editor shows on hovering: every public name says what it is, takes and raises."""

import ast
import builtins
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType
from typing import Any

import attrs
import pytest

import ip1_async
from ip1_async import archives, campaigns, events, models, testing, v2, v3

PUBLIC = {
    getattr(module, name)
    for module in (ip1_async, campaigns, models, testing, v2, v3)
    for name in module.__all__
    if inspect.isroutine(getattr(module, name)) or inspect.isclass(getattr(module, name))
}
CLASSES = sorted(filter(inspect.isclass, PUBLIC), key=lambda each: each.__qualname__)


# Others come out of a client.
MADE_BY_HAND = {ip1_async.Client, ip1_async.RateLimiter}


def own(each: type) -> Iterator[Any]:
    """Yield what a class of ours defines for users to call, properties as their functions."""
    for name, value in vars(each).items():
        function = value.fget if isinstance(value, property) else value
        made = name == "__init__" and each in MADE_BY_HAND
        if inspect.isfunction(function) and (made or not name.startswith("_")):
            yield function


METHODS = {function for each in CLASSES for function in own(each)}
FUNCTIONS = sorted(
    METHODS.union(filter(inspect.isfunction, PUBLIC)), key=lambda function: function.__qualname__
)


def words(text: str | None) -> set[str]:
    """Give the words of a docstring, in the case they have."""
    return set(re.findall(r"\w+", text or ""))


def body(thing: Any) -> ast.AST:
    """Parse a function or class."""
    return ast.parse(textwrap.dedent(inspect.getsource(thing)))


def raised(function: Any) -> set[str]:
    """Name the classes of the exceptions that a function makes and raises itself."""
    return {
        node.exc.func.id
        for node in ast.walk(body(function))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }


def attributes(each: type) -> Iterator[str]:
    """Yield the public attributes that have no docstring of their own."""
    if attrs.has(each):
        yield from (field.name for field in attrs.fields(each) if not field.name.startswith("_"))
    elif "__init__" in vars(each):
        for node in ast.walk(body(each.__init__)):  # type: ignore[misc]  # the class's own
            if isinstance(node, ast.FunctionDef):
                yield from assigned(node)


def assigned(init: ast.FunctionDef) -> Iterator[str]:
    """Yield the public attributes that `__init__` sets without a docstring below."""
    for line, after in pairwise([*init.body, ast.Pass()]):
        named = re.match(r"self\.([a-z]\w*)(:.*)? = ", ast.unparse(line))
        if named and not isinstance(after, ast.Expr):
            yield named[1]


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__qualname__)
def test_a_class_explains_itself_and_its_attributes(each: type) -> None:
    """Its docstring is its own, and names every public attribute that has none."""
    assert each.__doc__
    assert each.__doc__ != (each.__base__ or object).__doc__
    assert set(attributes(each)) <= words(each.__doc__)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_a_function_explains_what_it_takes_and_raises(function: Any) -> None:
    """Its docstring names every parameter, and every exception that it raises itself."""
    # A class states in its own docstring what making it takes.
    text = function.__doc__ or ip1_async.Client.__doc__ or ""
    said = words(text)
    assert function.__doc__ or function is ip1_async.Client.__init__
    assert set(inspect.signature(function).parameters) - {"self"} <= said
    assert raised(function) <= words(text.partition("Raises:")[2])


# Private names in signatures that say what they are: a user writes neither.
SPEAKING = {"Clock", "Unset"}
LISTED = {
    name
    for module in (ip1_async, archives, campaigns, events, models, testing, v2, v3)
    for name in module.__all__
}


def of_others(module: ModuleType) -> Iterator[str]:
    """Yield the names that a module takes from outside of this package."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        of_ours = isinstance(node, ast.ImportFrom) and str(node.module).startswith("ip1_async")
        if isinstance(node, ast.Import | ast.ImportFrom) and not of_ours:
            yield from (alias.name for alias in node.names)


def shown(function: Any) -> Iterator[str]:
    """Yield the names in a signature as an editor shows it: as they are written."""
    (node,) = body(function).body  # type: ignore[attr-defined]  # a module of one function
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for written in filter(None, [node.returns, *(each.annotation for each in arguments)]):
        yield from (each.id for each in ast.walk(written) if isinstance(each, ast.Name))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_an_editor_shows_names_that_a_user_can_import(function: Any) -> None:
    """Every name in a public signature is Python's, another package's, or public here."""
    module = sys.modules[function.__globals__["__name__"]]
    known = {*dir(builtins), *of_others(module), *LISTED, *SPEAKING, "T"}
    assert set(shown(function)) <= known


@pytest.mark.parametrize("name", ip1_async.__all__)
def test_help_names_no_private_module(name: str) -> None:
    """`help()` says where a user finds a thing, and in a client's signature where its types."""
    thing = getattr(ip1_async, name)
    assert "._" not in str(getattr(thing, "__module__", ""))
    if thing is ip1_async.Client:
        assert "ip1_async._" not in str(inspect.signature(thing))


def test_a_client_lists_its_options() -> None:
    """`help(Client)` begins with them, and an editor shows them on the class and on a call."""
    assert set(inspect.signature(ip1_async.Client).parameters) <= words(ip1_async.Client.__doc__)


def test_the_functions_are_found() -> None:
    """The tests above see what they are about."""
    names = {function.__qualname__ for function in FUNCTIONS}
    assert {"Client.__init__", "Pager.collect", "Pager.cursor", "to_dict"} <= names
    assert set(attributes(v2.V2)) == {"conversations", "batches", "senders", "blacklist"}
    assert {"conversations", "batches"} <= set(attributes(v2.V2))
    assert not set(attributes(ip1_async.Pager))
