"""Types are part of the interface: what two checkers say of it, and of a user's program."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSERTIONS = Path(__file__).with_name("type_assertions.py")


def check(*command: str, cwd: Path = ROOT) -> str:
    """Run a checker of this environment; its report is the failure."""
    # pyright asks the first python on the path where packages are.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=os.environ | {"PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mypy_agrees_with_the_assertions() -> None:
    """In strict mode mypy finds the types that are stated, and just the errors that are marked."""
    check("mypy", str(ASSERTIONS))


def test_pyright_agrees_with_the_assertions() -> None:
    """Pyright finds the same in strict mode, and nothing wrong in the package."""
    check("pyright")


def test_every_public_type_is_known(tmp_path: Path) -> None:
    """A user's editor knows the type of all that the installed package shows."""
    report = check("pyright", "--verifytypes", "ip1_async", "--ignoreexternal", cwd=tmp_path)
    assert "Type completeness score: 100%" in report
