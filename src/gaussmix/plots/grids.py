"""Grids over the plane, and the range of a mixture on a line or in the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.mixture import Mixture

__all__ = ["Grid", "contained_levels", "image_of", "reach", "smoothed", "view_of"]


@dataclass(frozen=True, eq=False)
class Grid:
    """The centres of the pixels of a picture.

    Parameters
    ----------
    x : (columns,) array
    y : (lines,) array
    """

    x: Floats
    y: Floats

    @classmethod
    def over(cls, x: Any, y: Any, pixels: int) -> Grid:
        """Return a grid of pixels × pixels over (low, high) of x and of y."""
        return cls(_centres(x, pixels), _centres(y, pixels))

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a pixel."""
        return float(self.x[1] - self.x[0]), float(self.y[1] - self.y[0])

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge, as imshow takes them."""
        w, h = self.pixel
        return self.x[0] - w / 2, self.x[-1] + w / 2, self.y[0] - h / 2, self.y[-1] + h / 2

    def rows(self) -> Floats:
        """Return the pixels as rows (lines × columns, 2), line by line."""
        return np.stack([np.tile(self.x, len(self.y)), np.repeat(self.y, len(self.x))], axis=1)

    def picture(self, values: Floats) -> Floats:
        """Return values of the rows as (lines, columns, ...)."""
        return values.reshape(len(self.y), len(self.x), *values.shape[1:])


def _centres(limits: Any, pixels: int) -> Floats:
    low, high = (float(v) for v in limits)
    step = (high - low) / pixels
    return np.asarray(low + step * (np.arange(pixels) + 0.5), dtype=np.float64)


def reach(mixture: Mixture, width: float = 3.5) -> Floats:
    """Return (D, 2), (low, high) of each column: ``width`` standard deviations about all means."""
    spread = width * np.sqrt(np.maximum(mixture.covariances.variances(), 0.0))
    seen = mixture.weights > 0
    low = (mixture.means - spread)[seen].min(axis=0)
    high = (mixture.means + spread)[seen].max(axis=0)
    flat = low == high
    room = np.where(flat, 0.5 * np.abs(low) + 0.5 * (low == 0), 0.0)
    return np.asarray(np.stack([low - room, high + room], axis=1), dtype=np.float64)


def view_of(mixture: Mixture, rows: Rows | None = None, width: float = 3.0) -> Floats:
    """Return the limits (low, high) of each column around the mixture and rows, (D, 2)."""
    limits = reach(mixture, width)
    if rows is None or not len(rows):
        return limits
    low, high = rows.min(axis=0), rows.max(axis=0)
    # A mark at the edge is not to be cut.
    room = 0.02 * (high - low)
    return np.stack([np.minimum(limits[:, 0], low - room), np.maximum(limits[:, 1], high + room)], axis=1)


def smoothed(mixture: Mixture, pixel: tuple[float, ...]) -> Mixture:
    """Return the mixture as pixels can show it: components thinner than a pixel get half a pixel more.

    A density sampled at the centres of pixels breaks a thin component into dots, and misses its mass; adding
    the variance of half a pixel is the average over a pixel, to the eye.
    """
    scale = np.asarray(pixel)
    dense = mixture.covariances.dense()
    thinnest = np.linalg.eigvalsh(dense / np.outer(scale, scale))[:, 0]
    if not mixture.covariances.singular and (thinnest > 1.0).all():
        return mixture
    wider = dense + np.where(thinnest > 1.0, 0.0, 1.0)[:, None, None] * np.diag((scale / 2) ** 2)
    return Mixture(
        mixture.weights, mixture.means, wider, feature_names=mixture.feature_names, uniform=mixture.uniform
    )


def image_of(mixture: Mixture, grid: Grid) -> Floats:
    """Return the density of a mixture in two columns as a picture (lines, columns)."""
    return grid.picture(smoothed(mixture, grid.pixel).pdf(grid.rows()))


def contained_levels(mixture: Mixture, shares: Floats) -> Floats:
    """Return the levels of highest density regions of given probabilities, ascending.

    References
    ----------
    Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician 50,
    120-126.
    """
    X, _ = mixture.sample(20_000, random_state=0)
    return np.asarray(np.quantile(mixture.pdf(X), np.sort(1.0 - shares)))
