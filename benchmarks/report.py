"""The table, and everything else as JSON."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import attrs

from benchmarks.figures import Comparison, Size

_PACKAGES = (
    *("ip1-async", "aiohttp", "attrs", "cattrs", "msgspec", "yarl", "multidict"),
    *("httpx", "pydantic", "matplotlib", "redis", "pyrate-limiter", "limits", "throttled-py"),
)
_CPU_INFO = Path("/proc/cpuinfo")
_HEADS = ("what", "against", "target", "median", "spread", "met")
_MET = {True: "yes", False: "NO", None: ""}


def table(comparisons: Iterable[Comparison]) -> str:
    """Write comparisons as a Markdown table that also reads well in a terminal."""
    rows = [_HEADS, *map(_row, comparisons)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], _line(["-" * width for width in widths], widths), *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _row(comparison: Comparison) -> tuple[str, ...]:
    low, high = min(comparison.samples), max(comparison.samples)
    return (
        comparison.what,
        comparison.against,
        _target(comparison),
        f"{comparison.median:.2f} {comparison.unit}",
        f"{low:.2f} to {high:.2f}",
        _MET[comparison.is_met],
    )


def _target(comparison: Comparison) -> str:
    if comparison.at_least is not None:
        return f"at least {comparison.at_least:.2f}"
    return "" if comparison.at_most is None else f"at most {comparison.at_most:.2f}"


def machine() -> dict[str, Any]:
    """Describe the machine and the versions."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _cpu() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def describe(about: dict[str, Any]) -> str:
    """Write the machine as two lines."""
    packages = ", ".join(f"{name} {found}" for name, found in about["packages"].items())
    box = f"{about['cpu']}, {about['cores']} cores, {about['system']}"
    return f"{box}\nPython {about['python']}, {packages}"


def save(
    folder: Path, size: Size, comparisons: Iterable[Comparison], figures: dict[str, Any]
) -> Path:
    """Write everything to a file named by the time; give its path."""
    now = datetime.now(UTC)
    result = {
        "time": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "size": attrs.asdict(size),
        "table": [
            {**attrs.asdict(each), "median": each.median, "met": each.is_met}
            for each in comparisons
        ],
        "figures": figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path
