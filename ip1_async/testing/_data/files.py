"""Reads the tables beside this module: texts, countries, and how common a status is."""

import json
from importlib.resources import files
from typing import Any


def read_table(name: str) -> Any:
    """Read a table by its name."""
    return json.loads(
        files("ip1_async.testing._data").joinpath(f"{name}.json").read_text(encoding="utf-8")
    )
