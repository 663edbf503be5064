"""Reads the tables beside this module: texts, countries, and how common a status is."""

import json
from pathlib import Path
from typing import Any


def read_table(name: str) -> Any:
    """Read a table by its name."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
