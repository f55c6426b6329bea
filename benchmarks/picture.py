"""The picture of the results: how many times as long as gaussmix each library takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["draw"]

COLOURS = (
    "#0072b2", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c564b", "#7f7f7f", "#bcbd22", "#5e3c99",
    "#a6761d", "#1b1b1b",
)  # fmt: skip
MARKERS = "ooohsD^vPpXd"


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw a line of points for each workload, from fast to slow."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    entries = [entry for entry in results["workloads"] if "peers" in entry]
    growth = results.get("growth")
    widths = [2.6, 1] if growth else [1]
    figure, axes = plt.subplots(
        1, len(widths), figsize=(13 if growth else 10, 1.6 + 0.42 * len(entries)), width_ratios=widths, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    draw_ratios(axes[0, 0], entries, results["peers"])
    if growth:
        draw_growth(axes[0, 1], growth)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_ratios(ax: Any, entries: list[dict[str, Any]], titles: dict[str, str]) -> None:
    """Draw the median ratios, with the smallest and largest as a line; hollow where the objective differs."""
    for i, (name, title) in enumerate(titles.items()):
        found = [(y, e["peers"].get(name, {})) for y, e in enumerate(entries)]
        points = [(y, f["ratio"], f["agrees"]) for y, f in found if f.get("status") == "measured"]
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        for y, ratio, agrees in points:
            ax.plot([ratio["min"], ratio["max"]], [y, y], color=colour, linewidth=1, alpha=0.6)
            inside, edge = (colour, "white") if agrees else ("white", colour)
            ax.plot(
                ratio["median"],
                y,
                marker,
                color=inside,
                markeredgecolor=edge,
                markersize=8,
                markeredgewidth=0.8,
            )
        if points:
            ax.plot([], [], marker, color=colour, label=title, markersize=8, markeredgecolor="white")
    ax.axvline(1, color="black", linewidth=1)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_yticks(range(len(entries)), [label(entry) for entry in entries])
    ax.set_ylim(len(entries) - 0.5, -0.5)
    ax.grid(axis="x", alpha=0.3)
    ax.set_xlabel("times as long as gaussmix (1 = as fast; median of pairs)")
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)


def label(entry: dict[str, Any]) -> str:
    """Return the name of a workload with its size."""
    size = f"({entry['N']:,}, {entry['D']}, {entry['K']})"
    kind = " diagonal" if entry["family"] == "diag" else ""
    return f"{entry['name']} {size}{kind}" if entry.get("real") else f"{size}{kind}"


def draw_growth(ax: Any, growth: dict[str, Any]) -> None:
    """Draw the time of a pass as N, K and D grow, each from its smallest value."""
    for letter, colour, marker in zip(growth, COLOURS[:3], "osD", strict=False):
        points = growth[letter]["points"]
        x, y = [p[letter] / points[0][letter] for p in points], [p["ms"] for p in points]
        ax.loglog(x, y, marker + "-", color=colour, label=f"{letter}: slope {growth[letter]['slope']:.2f}")
    ax.set_xlabel("N, K or D ÷ its smallest")
    ax.set_ylabel("gaussmix, ms a pass")
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
