"""Success against cost: a panel for each kind of table, a line for each library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["draw"]

Summary = dict[str, Any]
LOOKS = {"gaussmix": ("#0072b2", "o"), "scikit-learn": ("#d55e00", "s"), "mclust": ("#7f7f7f", "^")}


def draw(kinds: list[Summary], path: Path) -> None:
    """Draw a panel for each kind of table: the share of fits that reached the reference against their time.

    Parameters
    ----------
    kinds : list of dict
        Each with ``kind``, ``tasks`` and ``points``: library, title, seconds and share of each arm.
    path : Path
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        1, len(kinds), figsize=(3.4 * len(kinds), 3.6), sharey=True, squeeze=False, layout="constrained"
    )
    for ax, kind in zip(axes.flat, kinds, strict=True):
        draw_kind(ax, kind)
    axes[0, 0].set_ylabel("fits that reach the best known optimum, %")
    axes[0, -1].legend(frameon=False, loc="lower right", fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_kind(ax: Any, kind: Summary) -> None:
    """Draw one panel."""
    for library, (colour, marker) in LOOKS.items():
        points = sorted(
            (p["cpu"], 100 * p["share"], p["short"]) for p in kind["points"] if p["library"] == library
        )
        if not points:
            continue
        x, y, _ = zip(*points, strict=True)
        ax.plot(x, y, color=colour, marker=marker, markersize=6, markeredgecolor="white", label=library)
        for where, share, title in points:
            ax.annotate(title, (where, share), (5, -9), textcoords="offset points", fontsize=7, color=colour)
    ax.set_xscale("log")
    ax.set_ylim(-4, 106)
    ax.margins(x=0.25)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set_title(f"{kind['kind']}: {kind['tasks']} tasks", fontsize=10)
    ax.set_xlabel("processor seconds a fit")
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
