"""Run every measurement in a fresh interpreter, so that none inherits a heap or imports."""

import compileall
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_HOME = "IP1_BENCHMARKS_HOME"


def home() -> Path:
    """Give the folder whose packages are measured."""
    return Path(os.environ.get(_HOME, ROOT))


@contextmanager
def installed() -> Iterator[None]:
    """Measure a copy with its byte code, as an install has it.

    A checkout may compile its files at each import: that made 1.28 of 1.17.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        for package in ("ip1_async", "benchmarks"):
            ignored = shutil.ignore_patterns("__pycache__", "results")
            shutil.copytree(ROOT / package, Path(folder, package), ignore=ignored)
        compileall.compile_dir(folder, quiet=1)
        os.environ[_HOME] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def isolated(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a module in its own interpreter; all values pass as JSON."""
    command = [sys.executable, "-m", __spec__.name, function.__module__, function.__name__]
    output = subprocess.run(  # noqa: S603  # our own modules
        [*command, json.dumps(arguments)], cwd=home(), check=True, stdout=subprocess.PIPE
    ).stdout
    return json.loads(output)


def cpu(*command: str) -> float:
    """Run a command, and give the seconds of CPU that it took, start and end included."""
    environment = {**os.environ, "IP1_API_TOKEN": "token"}
    with subprocess.Popen(  # noqa: S603  # our own modules
        command,
        cwd=home(),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime


def _main(module: str, name: str, arguments: str) -> None:
    print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(arguments))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
