"""A legend beside the axes, with as many entries as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gaussmix._types import Floats
from gaussmix.names import short_apart
from gaussmix.plots.axes import font_size, size_in_points
from gaussmix.plots.inputs import UNKNOWN
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MARKERS", "marker_of", "name_beside"]

# With the factor by which a mark must be larger to look as large as a disc.
MARKERS = (("o", 1.0), ("s", 0.9), ("^", 1.2), ("D", 0.8), ("v", 1.2), ("P", 1.3), ("X", 1.3), ("*", 2.0))
_LONGEST = 24
_SHARE = 0.42
"""The longest name, as a share of the width of the axes."""


def marker_of(position: int) -> tuple[str, float]:
    """Return the marker of a label and its relative size; labels with the same colour have different markers."""
    return MARKERS[(position + position // len(MARKERS)) % len(MARKERS)]


def name_beside(
    ax: Axes, names: Sequence[str], colours: Floats, line: Literal["none", "solid"] = "none"
) -> None:
    """Add a legend beside the axes; without room for all names, it ends with the number of the others.

    Parameters
    ----------
    colours : (m, 3) array
    line : "none" or "solid"
        The style of a line through each mark.
    """
    from matplotlib.lines import Line2D

    # A legend beside small axes is not to take all of their room.
    longest = int(np.clip(_SHARE * size_in_points(ax)[0] / font_size(0.5), 8, _LONGEST))
    style, shorter = Style.around(ax), short_apart(names, longest)
    size, rows, n_columns = _layout(ax, shorter)
    shown = len(names) if len(names) <= n_columns * rows else n_columns * rows - 1
    handles = [
        Line2D(
            [],
            [],
            linestyle=line,
            color=colour,
            label=name,
            **(_CROSS if name in ("-1", UNKNOWN) else _mark(i)),
        )
        for i, (name, colour) in enumerate(zip(shorter[:shown], colours, strict=False))
    ]
    if shown < len(names):
        handles.append(Line2D([], [], linestyle="none", label=f"and {len(names) - shown:,} more"))
    look: dict[str, Any] = {"frameon": False, "fontsize": size, "labelcolor": style.foreground}
    look |= {"handletextpad": 0.2 if line == "none" else 0.6, "columnspacing": 0.8, "borderaxespad": 0.0}
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "ncols": n_columns}
    for text in ax.legend(handles=handles, **beside, **look).get_texts():
        as_name(text)


def _layout(ax: Axes, names: Sequence[str]) -> tuple[float, int, int]:
    """Return the font size, the number of names in a column, and the number of columns."""
    height = size_in_points(ax)[1]
    size = font_size(0.9 if len(names) * 1.45 * font_size(0.9) <= height else 0.75)
    rows = max(4, int(height / (1.45 * size)))
    return size, rows, 1 if len(names) <= rows or max(map(len, names)) > _LONGEST / 2 else 2


_CROSS: dict[str, Any] = {"marker": "x", "markersize": 4.5}
"""The mark of the label −1 (noise), and of missing labels."""


def _mark(position: int) -> dict[str, Any]:
    marker, larger = marker_of(position)
    return {"marker": marker, "markersize": 5.5 * np.sqrt(larger), "markeredgewidth": 0.0}
