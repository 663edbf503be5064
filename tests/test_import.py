"""Nothing is imported before it is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ip1_async

MODULES = {path.stem for path in Path(ip1_async.__file__).parent.iterdir()}


def loaded_after(code: str) -> set[str]:
    """Name the modules that a fresh interpreter has after some code."""
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    # Coverage, which would begin there too, imports sqlite3 itself.
    measured = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=measured)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        ("import ip1_async", {"aiohttp", "msgspec"}),
        ("from ip1_async import IP1Error", {"aiohttp", "msgspec"}),
        ("from ip1_async import Message", {"aiohttp", "msgspec"}),
        ("from ip1_async import to_json", {"aiohttp"}),
        ("from ip1_async import Client", {"ip1_async.archives", "sqlite3"}),
        ("from ip1_async.tables import read_messages", {"aiohttp", "pyarrow"}),
        ("from ip1_async.tables import convert", {"aiohttp", "pandas", "pyarrow.compute"}),
    ],
)
def test_a_name_brings_only_what_it_needs(code: str, left_out: set[str]) -> None:
    """The command and the tables start without a client, and a client without archives."""
    assert not left_out & loaded_after(code)


def test_every_name_is_itself() -> None:
    """A name of the front door is the same object as in its own module, each time."""
    from ip1_async.client import Client  # noqa: PLC0415
    from ip1_async.errors import IP1Error  # noqa: PLC0415

    assert ip1_async.Client is Client
    assert ip1_async.IP1Error is IP1Error
    assert ip1_async.errors.IP1Error is IP1Error


@pytest.mark.parametrize("name", sorted(set(ip1_async.__all__) & MODULES))
def test_no_module_hides_a_function(name: str) -> None:
    """A function keeps its name at the front door, though its module has the same one."""
    code = f"import ip1_async.{name}; assert callable(ip1_async.{name})"
    loaded_after(code)


def test_no_other_name_is_found() -> None:
    """A misspelt name is an error, as in any module."""
    with pytest.raises(AttributeError, match="'ip1_async' has no attribute 'Cleint'"):
        _ = ip1_async.Cleint  # type: ignore[attr-defined]
