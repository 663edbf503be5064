"""What an editor shows on hovering: every public name says what it is, takes and raises."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import attrs
import pytest

import ip1_async
from ip1_async import models, testing, v2, v3

PUBLIC = {
    getattr(module, name)
    for module in (ip1_async, models, testing, v2, v3)
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
    for node in ast.walk(body(each)):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for line, after in pairwise([*node.body, ast.Pass()]):
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
    said = words(function.__doc__)
    assert said
    assert set(inspect.signature(function).parameters) - {"self"} <= said
    assert raised(function) <= words((function.__doc__ or "").partition("Raises:")[2])


def test_the_functions_are_found() -> None:
    """The tests above see what they are about."""
    names = {function.__qualname__ for function in FUNCTIONS}
    assert {"Client.__init__", "Pager.collect", "Pager.cursor", "to_dict"} <= names
    assert set(attributes(v2.V2)) == {"conversations", "batches", "senders", "blacklist"}
    assert not set(attributes(ip1_async.Pager))
