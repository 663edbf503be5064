"""Draw plots from the figures of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, StrMethodFormatter

from benchmarks.contenders import LABELS, OURS, PAGE

_LIMIT = 30  # requests per second of an account
_OURS = "tab:red"
_OTHERS = ("tab:blue", "tab:orange", "tab:green", "tab:purple", "tab:gray")


def draw(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every plot that has figures; give the files."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    if "curves" in figures:
        drawn.append(_save(folder / "concurrency.png", _concurrency, figures["curves"]))
        drawn.append(_save(folder / "contenders.png", _contenders, figures["curves"]))
    if figures.get("memory"):
        drawn.append(_save(folder / "memory.png", _memory, figures["memory"]))
    return drawn


def _save(path: Path, plot: Any, figures: Mapping[str, Any]) -> Path:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_prop_cycle(color=_OTHERS)  # of what names none
    plot(axes, figures)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=144, metadata={"Software": None})
    return path


def _concurrency(axes: Axes, figures: Mapping[str, Any]) -> None:
    for (latency, rates), color in zip(
        figures["messages_per_second"].items(), _OTHERS, strict=False
    ):
        x = figures["concurrencies"]
        label = f"{1000 * float(latency):.0f} ms of latency"
        axes.plot(x, [max(each) for each in rates], marker="o", color=color, label=label)
        _shade(axes, x, rates, color)
    limit = f"account's limit ({_LIMIT} requests/s)"
    axes.axhline(_LIMIT * PAGE, color="gray", linestyle="--", label=limit)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(figures["concurrencies"])
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_title(f"Throughput over concurrency (page {PAGE}, limit off, best of the runs)")
    axes.set_xlabel("concurrency")
    axes.set_ylabel("messages per second")


def _contenders(axes: Axes, figures: Mapping[str, Any]) -> None:
    dearest_first = sorted(figures["cpu"].items(), key=lambda item: -min(item[1][-1]))
    colors = iter(_OTHERS)
    for name, runs in dearest_first:
        color, width = (_OURS, 2.5) if name == OURS else (next(colors), 1.5)
        least = [min(seconds) for seconds in runs]
        style: dict[str, Any] = {"color": color, "linewidth": width}
        axes.plot(figures["messages"], least, marker="o", label=LABELS[name], **style)
        _shade(axes, figures["messages"], runs, color)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.set_title(f"CPU over messages (page {PAGE}, no latency, limit off, best of the runs)")
    axes.set_xlabel("messages")
    axes.set_ylabel("seconds of CPU")


def _shade(axes: Axes, x: Sequence[float], runs: Sequence[Sequence[float]], color: str) -> None:
    """Show the spread of the runs; what disturbs the machine only adds to the best."""
    low, high = [min(each) for each in runs], [max(each) for each in runs]
    axes.fill_between(x, low, high, color=color, alpha=0.15, linewidth=0)


def _memory(axes: Axes, figures: Mapping[str, Any]) -> None:
    samples = figures["streamed"][-1]
    _plot_memory(axes, samples, "ip1_async, streamed", color=_OURS, linewidth=2.5)
    for name, kept in figures["kept"].items():
        _plot_memory(axes, kept, name)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.set_title("Memory over messages")
    axes.set_xlabel("messages")
    axes.set_ylabel("resident MB")


def _plot_memory(axes: Axes, samples: Any, label: str, **style: Any) -> None:
    axes.plot([each[0] for each in samples], [each[1] for each in samples], label=label, **style)
