"""The rooms, and which way their doors open."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import ip1_async
from ip1_async import archives, errors, events, models, tables, testing, v2, v3

ROOT = Path(ip1_async.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
# From the bottom up: a module imports from rows below its own only.
ROWS = [
    {"errors", "_links", "_cursor", "models._base"},
    {"models.status", "_limit", "_settings", "events"},
    {"models.message", "models.bundle", "models.summary", "_retry"},
    {"models"},
    {"_wire"},
    {"_usual", "_tolerant"},
    {"_listing", "_codec"},
    {"_lookahead", "_memory", "_seam", "_transport"},
    {"pagination"},
    {"_api"},
    {"v2.conversations", "v2.batches", "v3.bundles"},
    {"v2", "v3"},
    {"client"},
    {""},
]
RANKS = {module: rank for rank, row in enumerate(ROWS) for module in row}


def module_of(path: Path) -> str:
    """Name a file's module within the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_guest(module: str) -> bool:
    """Say whether a module stands outside of the core."""
    return module.split(".", maxsplit=1)[0] in ("testing", "cli", "archives", "tables")


CORE = [path for path in FILES if not is_guest(module_of(path))]
MODULES = [module_of(path) for path in FILES]


def imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield module and name of what is imported from this package."""
    for each in ast.walk(node):
        if isinstance(each, ast.ImportFrom):
            assert each.level == 0
            yield from ((each.module or "", alias.name) for alias in each.names)
        elif isinstance(each, ast.Import):
            yield from ((alias.name, "") for alias in each.names)


def ours(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield imports of the package itself, each as the module that is meant and the name in it."""
    for module, name in imports(node):
        if module.split(".")[0] == "ip1_async":
            inner = module.removeprefix("ip1_async").removeprefix(".")
            deeper = f"{inner}.{name}".removeprefix(".")
            yield (deeper, "") if deeper in MODULES else (inner, name)


def parsed(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CORE, ids=module_of)
def test_imports_point_one_way(path: Path) -> None:
    """Every module of the core has its row, and imports from the rows below."""
    rank = RANKS[module_of(path)]
    for module, name in ours(parsed(path)):
        if (module_of(path), module, name) == ("", "archives", "archive"):
            continue  # the front door leads to them, too
        assert not is_guest(module)
        assert RANKS[module] < rank, f"{module_of(path)} imports {module}"


def test_errors_import_nothing_of_ours() -> None:
    """The tree stands by itself."""
    assert not list(ours(parsed(ROOT / "errors.py")))


def test_the_pager_knows_no_http() -> None:
    """Paging can be read, and tested, without a network."""
    for name in ("pagination", "_listing", "_memory", "_seam", "_cursor"):
        found = {module.split(".")[0] for module, _ in imports(parsed(ROOT / f"{name}.py"))}
        assert not found & {"aiohttp", "yarl", "cattrs"}


def test_one_room_does_io() -> None:
    """Only the transport, and the client that hands over a session, know aiohttp."""
    knows = {
        module_of(path)
        for path in CORE
        if any(module.split(".")[0] == "aiohttp" for module, _ in imports(parsed(path)))
    }
    assert knows == {"_transport", "client"}


@pytest.mark.parametrize("path", sorted((ROOT / "testing").rglob("*.py")), ids=module_of)
def test_the_simulator_never_imports_the_client(path: Path) -> None:
    """A bug in common would hide on both sides; only the plugin's fixtures bring them together."""
    tree = parsed(path)
    if path.name == "plugin.py":
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert all(module.split(".")[0] == "testing" for module, _ in ours(tree))


@pytest.mark.parametrize("path", sorted((ROOT / "cli").rglob("*.py")), ids=module_of)
def test_the_command_line_is_a_guest(path: Path) -> None:
    """It calls what every user can call, and its own modules."""
    public = {"": {*ip1_async.__all__, "__version__", ""}, "testing": set(testing.__all__)}
    public |= {"archives": set(archives.__all__), "events": set(events.__all__)}
    public["tables"] = set(tables.__all__)
    for module, name in ours(parsed(path)):
        assert module.split(".")[0] == "cli" or name in public[module]


@pytest.mark.parametrize(
    "module",
    [ip1_async, archives, events, models, tables, v2, v3, testing],
    ids=lambda module: module.__name__,
)
def test_all_is_complete_and_sorted(module: ModuleType) -> None:
    """Every public name is listed once, exists, and stands in the linter's order."""
    listed = list(module.__all__)
    assert len(set(listed)) == len(listed)
    assert all(hasattr(module, name) for name in listed)
    assert sorted(listed, key=lambda n: (not n.isupper(), not n[0].isupper(), n)) == listed


def test_all_names_what_is_imported() -> None:
    """The front door re-exports, and hides nothing that it imports."""
    tree = parsed(ROOT / "__init__.py")
    assert sorted(name for _, name in ours(tree)) == sorted(ip1_async.__all__)
    assert {name for name in vars(errors) if name.endswith("Error")} <= set(ip1_async.__all__)
    assert set(models.__all__) <= set(ip1_async.__all__)


def lines_of_code(path: Path) -> int:
    """Count lines that are neither blank, comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {
        line
        for token in tokens
        if token.type not in (*skipped, tokenize.ENDMARKER)
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - docstring_lines(ast.parse(text)))


def docstring_lines(tree: ast.Module) -> set[int]:
    """Number the lines of docstrings, those after attributes too."""
    texts = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
    return {
        line for node in texts for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def test_the_core_is_small() -> None:
    """What does not earn its lines goes: the core stays under 1,900 lines of code."""
    assert sum(map(lines_of_code, CORE)) < 1_900


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_functions_are_short(path: Path) -> None:
    """None is over 60 lines, docstring included."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} in {path.name}"


def test_there_is_no_room_for_odds_and_ends() -> None:
    """A file has one purpose, and its name says it."""
    assert not {"utils", "helpers", "common", "misc"} & {path.stem for path in FILES}
