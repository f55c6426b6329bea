"""Pictures of the rows: counts and responsibilities in the pixels of a view, outliers, conditional distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .._types import Floats, Ints
from ..errors import InputError
from ..mixture import Mixture
from . import pictures
from .chosen import ChosenRows
from .control import Tell, untold
from .record import density_of

__all__ = ["View", "assessment", "counts", "judged", "shares", "slice_of"]

_MOST_PIXELS, _MOST_OUTLIERS = 4096, 200
_MOST_NUMBERS = 1 << 23
"""Numbers of a picture: pixels times components."""
_PIECE = 1 << 17


@dataclass(frozen=True)
class View:
    """A part of the plane of two columns, or of the axis of one, in pixels.

    Parameters
    ----------
    columns : tuple of str
        One or two.
    low, high : tuple of float
        The limits of each.
    size : tuple of int
        The number of pixels of each.
    """

    columns: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    size: tuple[int, ...]

    def __post_init__(self) -> None:
        limits = list(zip(self.low, self.high, strict=True))
        if not np.isfinite(limits).all() or any(not low < high for low, high in limits):
            raise InputError("The limits of the view are empty or not finite: give low < high.")
        if any(not 1 <= pixels <= _MOST_PIXELS for pixels in self.size):
            raise InputError(f"The view has {self.size} pixels: give 1 to {_MOST_PIXELS} for each side.")
        self.check_size(1)

    def check_size(self, layers: int) -> None:
        """Raise InputError if a picture of so many layers would take too much memory."""
        if self.n_pixels * layers > _MOST_NUMBERS:
            raise InputError(f"The picture has {self.n_pixels * layers:,} numbers: give fewer pixels.")

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return int(np.prod(self.size))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a picture, the lowest row first."""
        return self.size[::-1]

    def pixels(self, X: Floats, places: list[int]) -> Ints:
        """Return the pixel of each row; −1 outside, or where a value is missing."""
        found, inside = np.zeros(len(X), dtype=np.intp), np.ones(len(X), dtype=bool)
        step = 1
        for place, low, high, size in zip(places, self.low, self.high, self.size, strict=True):
            with np.errstate(invalid="ignore"):
                at = np.nan_to_num(
                    (X[:, place] - low) * (size / (high - low)), nan=-1.0, posinf=-1.0, neginf=-1.0
                )
            inside &= (at >= 0) & (at < size)
            found += step * np.clip(at, 0, size - 1).astype(np.intp)
            step *= size
        found[~inside] = -1
        return found

    def centres(self) -> Floats:
        """Return the centre of each pixel, row by row from the lowest, (pixels, columns)."""
        axes = [
            low + (np.arange(size) + 0.5) * ((high - low) / size)
            for low, high, size in zip(self.low, self.high, self.size, strict=True)
        ]
        grids = np.meshgrid(*axes, indexing="xy")
        return np.column_stack([grid.ravel() for grid in grids])


def counts(rows: ChosenRows, view: View) -> NDArray[np.uint32]:
    """Return the number of rows in each pixel of a view."""
    places = rows.places(view.columns)
    total = np.zeros(view.n_pixels, dtype=np.int64)
    for start in range(0, len(rows.X), _PIECE):
        found = view.pixels(rows.X[start : start + _PIECE], places)
        total += np.bincount(found[found >= 0], minlength=view.n_pixels)
    return total.astype("<u4").reshape(view.shape)


def shares(rows: ChosenRows, mixture: Mixture, view: View) -> NDArray[np.uint8]:
    """Return the mean responsibilities of the rows in each pixel, (height, width, K); 255 is 1."""
    places = rows.places(view.columns)
    K = mixture.n_components + (mixture.uniform is not None)
    view.check_size(K)
    sums, number = np.zeros((view.n_pixels, K)), np.zeros(view.n_pixels)
    for start in range(0, len(rows.X), _PIECE):
        part = rows.X[start : start + _PIECE]
        pixels = view.pixels(part, places)
        if pixels.min() < 0:
            part, pixels = part[pixels >= 0], pixels[pixels >= 0]
        n = len(pixels)
        belongs = csr_array((np.ones(n), pixels, np.arange(n + 1)), shape=(n, view.n_pixels))
        sums += np.asarray(belongs.T @ mixture.responsibilities(part))
        number += np.bincount(pixels, minlength=view.n_pixels)
    means = sums / np.maximum(number, 1)[:, None]
    return np.rint(255 * means).astype(np.uint8).reshape(*view.shape, K)


def assessment(
    rows: ChosenRows, mixture: Mixture, judged: tuple[Floats, Ints, Floats], threshold: float
) -> pictures.Assessment:
    """Return how well the rows fit a mixture: uncertainty and outliers.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    mixture : Mixture
        The mixture.
    judged : tuple of arrays
        Of :func:`judged`.
    threshold : float
        The outlier score of an outlier.
    """
    scores, components, log_densities = judged
    above = np.flatnonzero(scores > threshold)
    drawn = rows.drawn
    responsibilities = mixture.responsibilities(rows.drawn_X)
    numbers = np.bincount(components[components >= 0], minlength=mixture.n_components)
    return pictures.Assessment(
        components=components[drawn].tolist(),
        uncertainty=(1.0 - responsibilities.max(axis=1)).tolist(),
        outlier_scores=scores[drawn].tolist(),
        outliers=[
            pictures.Outlier(
                int(n),
                float(scores[n]),
                float(log_densities[n]),
                int(components[n]),
                [float(v) if np.isfinite(v) else None for v in rows.X[n]],
            )
            for n in above[_highest(scores[above])]
        ],
        n_outliers=len(above),
        threshold=threshold,
        counts=numbers.tolist(),
    )


def _highest(scores: Floats) -> Ints:
    """Return the positions of the highest scores in their order, the first of equal ones first."""
    some = np.arange(len(scores))
    if len(scores) > _MOST_OUTLIERS:
        some = np.flatnonzero(scores >= np.partition(scores, -_MOST_OUTLIERS)[-_MOST_OUTLIERS])
    return np.asarray(some[np.argsort(-scores[some], kind="stable")][:_MOST_OUTLIERS])


def judged(X: Floats, mixture: Mixture, tell: Tell = untold) -> tuple[Floats, Ints, Floats]:
    """Return the outlier scores, components and log-densities of all rows, piece by piece."""
    found = []
    for start in range(0, max(len(X), 1), _PIECE):
        tell(start, len(X))
        part = X[start : start + _PIECE]
        found.append((mixture.outlier_score(part), mixture.predict(part), mixture.log_prob(part)))
    scores, components, log_densities = (np.concatenate(each) for each in zip(*found, strict=True))
    return scores, components, log_densities


def slice_of(rows: ChosenRows, mixture: Mixture, asked: pictures.Slice) -> pictures.Density:
    """Return the distribution of some columns given values of others.

    Raises
    ------
    InputError
        If a column is not fitted, or is both shown and given.
    """
    shown, given = rows.places(asked.columns), rows.places(list(asked.given))
    if set(shown) & set(given):
        raise InputError("A column is both shown and given a value: choose one of the two.")
    if not given:
        return density_of(mixture, shown, asked.columns)
    joint = mixture.marginal([*shown, *given])
    known = list(range(len(shown), len(shown) + len(given)))
    conditional = joint.condition(known, list(asked.given.values()))
    return density_of(conditional, range(len(shown)), asked.columns)
