"""Run every measurement in a fresh interpreter, so that none inherits a heap or imports."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def isolated(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a module in its own interpreter; all values pass as JSON."""
    return _run("-m", __spec__.name, function.__module__, function.__name__, json.dumps(arguments))


def evaluated(code: str) -> Any:
    """Run code in its own interpreter; its output is JSON."""
    return _run("-c", code)


def _run(*arguments: str) -> Any:
    command = [sys.executable, *arguments]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603  # our own modules
    return json.loads(output)


def _main(module: str, name: str, arguments: str) -> None:
    print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(arguments))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
