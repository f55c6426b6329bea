"""Marks of rows: discs, rings for missing values, crosses for noise, ellipses for errors; bins of many rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.plots.axes import font_size, size_in_points
from gaussmix.plots.bins import count_bins
from gaussmix.plots.colours import mixed
from gaussmix.plots.ellipses import ellipse_points
from gaussmix.plots.legends import marker_of
from gaussmix.plots.style import Style
from gaussmix.plots.tints import Tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

__all__ = [
    "MOST_ERRORS",
    "UNKNOWN_CLASS",
    "draw_errors",
    "draw_points",
    "hollow",
    "name_marks",
    "size_of_marks",
]

MOST_ERRORS = 500
"""Largest number of rows whose measurement errors are drawn."""
UNKNOWN_CLASS = 0.55
"""Strength of the grey of rows of unknown class."""


def draw_points(ax: Axes, X: Rows, tint: Tint, how: str = "auto") -> None:
    """Draw points (n, 2) into axes with fixed limits."""
    if not len(X):
        return
    width, height = size_in_points(ax)
    # Marks of three square points that would cover most of the axes are too many to be distinguished.
    many = 3.0 * len(X) > 0.6 * width * height
    if how == "bins" or (how == "auto" and many):
        _draw_bins(ax, X, tint, width, height)
    else:
        _draw_marks(ax, X, tint, size_of_marks(ax, len(X)))


def size_of_marks(ax: Axes, n: int) -> float:
    """Return the size of each of n marks, in square points."""
    width, height = size_in_points(ax)
    return float(np.clip(0.16 * width * height / max(n, 1), 3.0, 34.0))


def _draw_bins(ax: Axes, X: Rows, tint: Tint, width: float, height: float) -> None:
    # Bins of 1.2 points, larger where there would be more bins than rows.
    side = max(1.2, np.sqrt(1.5 * width * height / len(X)))
    shape = (max(8, int(height / side)), max(8, int(width / side)))
    x, y = ax.get_xlim(), ax.get_ylim()
    limits = np.array([sorted(x), sorted(y)])
    style = Style.of(ax)
    picture = count_bins(X, limits, shape, tint.colours(style), tint.shares).picture(style.background)
    ax.imshow(picture, origin="lower", extent=(*limits[0], *limits[1]), aspect=ax.get_aspect(), zorder=1.5)
    # imshow sets the limits, and must not turn an axis round.
    ax.set(xlim=x, ylim=y)


def _draw_marks(ax: Axes, X: Rows, tint: Tint, size: float) -> None:
    # Rows often come sorted: in that order, the last group would hide the others.
    order = np.random.default_rng(0).permutation(len(X))
    paper = Style.of(ax)
    own = tint.colours(paper)
    colours = mixed(tint.shares(slice(None)), own)[order]
    style: dict[str, Any] = {
        "s": size,
        "linewidths": 0.5 if size > 12 else 0.0,
        "edgecolors": paper.background,
        "alpha": 0.9 if size > 12 else 0.7,
        "rasterized": len(X) > 3000,
        "zorder": 2,
    }
    noise, holed = (np.broadcast_to(mask, len(X)) for mask in (tint.noise, tint.holed))
    _draw_quiet(ax, X[noise], paper.line, size)
    _draw_hollow(ax, X[order], colours, (holed & ~noise)[order], size)
    solid = ~noise & ~holed
    if tint.positions is None or tint.classes is None or size < 6:
        kept = solid[order]
        ax.scatter(X[order[kept], 0], X[order[kept], 1], c=colours[kept], **style)
        return
    for position, colour in enumerate(own):
        mine = (tint.positions == position) & solid
        if not mine.any():
            continue
        marker, larger = marker_of(position)
        ax.scatter(
            X[mine, 0],
            X[mine, 1],
            color=colour,
            marker=marker,
            **(style | {"s": size * larger}),
        )


def _draw_quiet(ax: Axes, X: Rows, colour: Any, size: float) -> None:
    """Draw noise as small grey crosses."""
    if len(X):
        ax.scatter(X[:, 0], X[:, 1], s=0.5 * size, marker="x", color=colour, linewidths=0.8, zorder=1.9)


def _draw_hollow(ax: Axes, X: Rows, colours: Floats, holed: Any, size: float) -> None:
    """Draw rows with a missing value as rings."""
    if holed.any():
        hollow(ax, X[holed], colours[holed], size)


def hollow(ax: Axes, X: Rows, colours: Any, size: float) -> PathCollection:
    """Draw points (n, 2) as rings."""
    look: dict[str, Any] = {"facecolors": "none", "edgecolors": colours, "linewidths": 1.0, "zorder": 2.1}
    return ax.scatter(X[:, 0], X[:, 1], s=max(0.8 * size, 5.0), **look)


def draw_errors(ax: Axes, X: Rows, errors: Floats, chosen: list[int]) -> None:
    """Draw measurement errors as ellipses of one standard deviation."""
    from matplotlib.collections import LineCollection

    if errors.ndim == 2:
        errors = errors[:, :, None] * np.eye(errors.shape[1])
    rings = [
        ellipse_points(row, covariance, 1.0, 49)
        for row, covariance in zip(X, errors[:, chosen][:, :, chosen], strict=True)
    ]
    ax.add_collection(
        LineCollection(rings, colors=[Style.of(ax).line], linewidths=0.6, alpha=0.5, zorder=1.8),
        autolim=False,
    )


def name_marks(ax: Axes, present: Mapping[str, Any]) -> None:
    """Add a legend of the special marks."""
    from matplotlib.lines import Line2D

    style = Style.of(ax)
    marks: dict[str, dict[str, Any]] = {
        "noise": {"marker": "x", "color": style.line},
        "with a missing value": {"marker": "o", "markerfacecolor": "none", "color": style.soft},
        "of unknown class": {"marker": "o", "color": style.faded(UNKNOWN_CLASS)},
    }
    handles = [
        Line2D([], [], linestyle="none", markersize=5, label=name, **marks[name])
        for name, there in present.items()
        if there
    ]
    if handles:
        look: dict[str, Any] = {"facecolor": tuple(style.background), "framealpha": 0.8, "edgecolor": "none"}
        look |= {"labelcolor": tuple(style.soft), "fontsize": font_size(0.8), "handletextpad": 0.2}
        ax.legend(handles=handles, loc="upper right", **look)
