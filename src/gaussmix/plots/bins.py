"""Pictures of very many points: counted in bins, coloured by the mixture of their colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.plots.colours import from_oklab, shaded, to_oklab

__all__ = ["Bins", "count_bins"]

_CHUNK = 1 << 16


@dataclass(frozen=True, eq=False)
class Bins:
    """Rows counted in bins.

    Parameters
    ----------
    counts : (lines, columns) array
    colours : (lines, columns, 3) array
        The mixture of the colours of each bin's rows.
    """

    counts: Floats
    colours: Floats

    def picture(self, background: Floats) -> Floats:
        """Return red, green, blue, opacity, (lines, columns, 4): the more rows, the stronger the colour."""
        full = np.log1p(max(float(np.quantile(self.counts[self.counts > 0], 0.995)), 1.0))
        strength = np.clip(0.2 + 0.8 * np.log1p(self.counts) / full, 0.0, 1.0)
        return np.concatenate(
            [shaded(self.colours, strength, background), (self.counts > 0)[..., None]], axis=-1
        )


def count_bins(
    X: Rows,
    limits: Floats,
    shape: tuple[int, int],
    colours: Floats,
    shares: Callable[[slice], Floats],
) -> Bins:
    """Count rows in bins, some ten thousand rows at a time, and mix their colours.

    Parameters
    ----------
    X : (n, 2) array
    limits : (2, 2) array
        (low, high) of x and of y.
    shape : tuple of int
        Lines and columns of bins.
    colours : (K, 3) array
    shares : callable
        From a slice of rows to their shares (m, K) of the colours.
    """
    lab = to_oklab(colours)
    size = shape[0] * shape[1]
    sums = np.zeros((4, size))
    scale = np.array(shape[::-1]) / (limits[:, 1] - limits[:, 0])
    for start in range(0, len(X), _CHUNK):
        part = slice(start, start + _CHUNK)
        place = ((X[part] - limits[:, 0]) * scale).astype(np.intp)
        place = np.clip(place, 0, np.array(shape[::-1]) - 1)
        flat = place[:, 1] * shape[1] + place[:, 0]
        tint = shares(part) @ lab
        sums[0] += np.bincount(flat, minlength=size)
        for channel in range(3):
            sums[channel + 1] += np.bincount(flat, tint[:, channel], minlength=size)
    mean = (sums[1:] / np.maximum(sums[0], 1.0)).T
    return Bins(sums[0].reshape(shape), from_oklab(mean).reshape(*shape, 3))
