"""Pictures of the search's benchmark: success against time in each cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["LOOKS", "draw_large", "draw_success"]

Summary = dict[str, Any]

LOOKS = {
    "ours": ("#0072b2", "o"), "off": ("#56b4e9", "o"), "off10": ("#009e73", "v"), "sklearn": ("#e69f00", "s"),
    "sklearn10": ("#d55e00", "D"), "mclust": ("#7f7f7f", "^"),
}  # fmt: skip


def draw_success(cells: list[Summary], path: Path) -> None:
    """Draw a panel for each cell: a point for each method at its median time, with the spread of both."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from .text import title_of

    across = min(4, len(cells) + 1)
    down = -(-(len(cells) + 1) // across)
    figure, axes = plt.subplots(
        down, across, figsize=(3.6 * across, 3.1 * down), sharey=True, squeeze=False, layout="constrained"
    )
    panels = list(axes.flat)
    for ax, cell in zip(panels, cells, strict=False):
        draw_cell(ax, cell)
    for row in axes:
        row[0].set_ylabel("problems solved, %")
    for ax in panels[len(cells) :]:
        ax.axis("off")
    shown = [name for name in LOOKS if any(name in cell["methods"] for cell in cells)]
    handles = [
        plt.Line2D([], [], color=LOOKS[n][0], marker=LOOKS[n][1], linestyle="", label=title_of(n))
        for n in shown
    ]
    panels[len(cells)].legend(handles=handles, loc="center", frameon=False, fontsize=11)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_cell(ax: Any, cell: Summary) -> None:
    """Draw one panel."""
    for name, (colour, marker) in reversed(LOOKS.items()):  # ours on top
        found = cell["methods"].get(name)
        if not found or not found["seconds"]:
            continue
        time = found["seconds"]
        share = 100 * found["success"]["count"] / found["success"]["of"]
        low, high = (100 * end for end in found["success"]["interval"])
        ax.plot([time["low"], time["high"]], [share, share], color=colour, linewidth=1.2, alpha=0.7)
        ax.plot([time["median"]] * 2, [low, high], color=colour, linewidth=1.2, alpha=0.7)
        ax.plot(time["median"], share, marker, color=colour, markersize=8, markeredgecolor="white", zorder=3)
    ax.axhline(98, color="black", linewidth=0.8, linestyle=":")
    ax.set_xscale("log")
    ax.set_ylim(-4, 104)
    ax.set_title(f"D = {cell['D']}, K = {cell['K']}, N = {cell['N']:,}", fontsize=10)
    ax.set_xlabel("seconds a fit")
    # A decade has only its ends named, so each panel shows one at least.
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, 0.9 * 10.0 ** np.floor(np.log10(high))), high)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter("")
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)


def draw_large(sets: list[Summary], path: Path) -> None:
    """Draw objective against time for each set of rows: lines of iterations, points where a fit ended."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        1, len(sets), figsize=(6.2 * len(sets), 4.4), squeeze=False, layout="constrained"
    )
    for ax, found in zip(axes.flat, sets, strict=True):
        for name in ("sklearn", "off", "ours"):
            if name in found:
                draw_runs(ax, name, found[name] if isinstance(found[name], list) else [found[name]])
        runs = [found["ours"], *found["sklearn"]]
        ends = [run.get("objective", run["points"][-1][1]) for run in runs if run["points"]]
        room = max(ends) - min(ends)
        ax.set_ylim(min(ends) - max(2 * room, 0.05), max(ends) + max(0.3 * room, 0.01))
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.xaxis.set_minor_formatter("")
        ax.set_title(f"{found['title']}, N = {found['N']:,}", fontsize=10)
        ax.set_xlabel("seconds since the call")
        ax.set_ylabel("mean log-likelihood, nats a row")
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_runs(ax: Any, name: str, runs: list[Summary]) -> None:
    """Draw the runs of one method; the best so far as steps where there are several."""
    from .text import title_of

    colour, marker = LOOKS[name]
    for run in runs:
        if run["points"]:
            ax.plot(*zip(*run["points"], strict=True), color=colour, linewidth=1, alpha=0.6)
    ended = [run for run in runs if "objective" in run]
    x, y = [run["seconds"] for run in ended], [run["objective"] for run in ended]
    ax.plot(x, y, marker, color=colour, markersize=8, markeredgecolor="white", label=title_of(name), zorder=3)
    if len(ended) > 1:
        best = [max(y[: i + 1]) for i in range(len(y))]
        ax.step(x, best, where="post", color=colour, linewidth=1.5, linestyle="--", label="best so far")
