"""The tests with other versions: the lowest of every dependency, and the other Pythons.

`nox` runs them all; an interpreter that is not there is skipped with a line that says so.
"""

import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "uv"  # it alone can resolve to the lowest versions
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

# What reads, joins, decodes and raises; the rest asks the tools of one environment, or takes long.
CORE = [
    *(f"tests/{room}" for room in ("archives", "codec", "tables")),
    *(f"tests/paging/test_{name}.py" for name in ("cursor", "joiner", "moving_lists", "pager")),
    *(f"tests/limits/test_{name}.py" for name in ("file", "ledger", "redis", "shared", "urls")),
    *(f"tests/http/test_{name}.py" for name in ("limit", "links", "settings", "transport")),
    "tests/test_errors.py",
]


def find_pythons() -> None:
    """Put pyenv's interpreters before its shims, which refuse a version that is not switched on."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = sorted(map(str, root.glob("versions/3.*/bin")))
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])


find_pythons()


def run_tests(session: nox.Session) -> None:
    """Run the tests that a version can change, or what is given after `--`."""
    session.run("pytest", "-q", "-n", "2", *(session.posargs or CORE))


@nox.session(python=["3.12", "3.13", "3.14"])
def newest(session: nox.Session) -> None:
    """Test with the newest versions of everything."""
    session.install("-e", ".[dev]")
    run_tests(session)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Test with the lowest versions that `pyproject.toml` allows, under the newest test tools."""
    # `create_tmp` would move all temporary files: too deep for the path of a socket.
    floors = str(Path(session.virtualenv.location, "floors.txt"))
    session.run_install(
        # Without dependencies of dependencies: the newest of those may be too new for a test tool.
        *("uv", "pip", "compile", "--quiet", "--no-deps"),
        *("--resolution=lowest-direct", "--extra=all"),
        *(f"--python={session.python}", "--no-annotate", f"--output-file={floors}"),
        "pyproject.toml",
        external=True,
        silent=True,
    )
    session.install("-e", ".[dev]", f"--constraint={floors}")
    run_tests(session)


@nox.session(python=["3.11", "3.12", "3.13"])
def wheels(session: nox.Session) -> None:
    """Every dependency has a wheel for this Python, at its lowest version too."""
    for resolution in ("lowest-direct", "highest"):
        session.run_install(
            *("uv", "pip", "install", "--dry-run", "--quiet", f"--resolution={resolution}"),
            *("--only-binary=:all:", "--no-binary=ip1-async", ".[all]"),
            external=True,
        )
