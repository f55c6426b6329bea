"""Places of texts in axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Places"]


class Places:
    """Places of texts inside axes, without overlap.

    Parameters
    ----------
    ax : matplotlib Axes
        With final limits.
    """

    def __init__(self, ax: Axes) -> None:
        self._to_points = 72.0 / float(ax.figure.dpi)
        self._ax, self._taken = ax, np.empty((0, 4))
        self._frame = np.asarray(ax.bbox.extents) * self._to_points

    def in_points(self, places: Floats) -> Floats:
        """Return places (m, 2) in the data's coordinates in points (1/72 inch) of the figure."""
        return np.asarray(self._ax.transData.transform(places) * self._to_points)

    def take(self, middles: Any, size: Any, *, always: bool = False) -> int | None:
        """Return the first of some places with room for a text, None without any, and keep others off it.

        Parameters
        ----------
        middles : (m, 2) array
            Middles of the text, in points.
        size : (width, height)
            Points.
        always : bool
            Whether the first place is taken where there is room at none.
        """
        half = 0.5 * np.asarray(size, dtype=np.float64)
        boxes = np.hstack([np.asarray(middles) - half, np.asarray(middles) + half])
        free = np.flatnonzero(self._is_free(boxes))
        if not len(free) and not always:
            return None
        found = int(free[0]) if len(free) else 0
        self._taken = np.vstack([self._taken, boxes[found]])
        return found

    def _is_free(self, boxes: Floats) -> Any:
        low, high = boxes[:, None, :2], boxes[:, None, 2:]
        apart = (low >= self._taken[:, 2:]) | (high <= self._taken[:, :2])
        inside = (boxes[:, :2] >= self._frame[:2]) & (boxes[:, 2:] <= self._frame[2:])
        return np.all(np.any(apart, axis=2), axis=1) & np.all(inside, axis=1)
