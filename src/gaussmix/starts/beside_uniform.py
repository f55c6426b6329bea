"""Starts beside a uniform component: the weights of the rows without noise, and the first weight of the component."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mixture import Mixture
from ..uniform import Uniform
from .cleaning import signal_probabilities
from .sample import StartRows

__all__ = ["beside", "first_weight", "rows_of_starts"]

LEAST_WEIGHT, MOST_WEIGHT = 0.01, 0.9
"""Bounds of the first weight of a uniform component."""
_LEAST_SIGNAL = 1e-9
"""Least weight of a row, as a share of its own."""


def beside(mixture: Mixture, uniform: Uniform) -> Mixture:
    """Return a mixture with a uniform component of given weight beside its own.

    Parameters
    ----------
    mixture : Mixture
        Of weights that sum to one.
    uniform : Uniform
    """
    weights = mixture.weights * (1.0 - uniform.weight)
    return mixture.like(weights, mixture.means, mixture.covariances, mixture.feature_names, uniform)


def rows_of_starts(rows: StartRows, uniform: bool) -> list[tuple[StartRows, float]]:
    """Return the rows of starts, and the weight of the uniform component at them; zero without one.

    Beside a uniform component, the rows of every other start have weights multiplied by their probability of signal, by
    nearest-neighbour cleaning. The others are all rows as they are: a component may be less dense than the uniform one
    nearly everywhere, as one of nearly collinear columns is.

    Parameters
    ----------
    rows : StartRows
    uniform : bool
        Whether there is a uniform component.
    """
    if not uniform:
        return [(rows, 0.0)]
    signal = rows.weights * np.maximum(signal_probabilities(rows.X), _LEAST_SIGNAL)
    weight = first_weight(float(signal.sum()), float(rows.weights.sum()))
    return [(replace(rows, weights=signal), weight), (rows, LEAST_WEIGHT)]


def first_weight(signal: float, total: float) -> float:
    """Return the weight of a uniform component at a start, between 0.01 and 0.9.

    Parameters
    ----------
    signal : float
        The sum of the weights of the rows without noise.
    total : float
        That of all rows.

    Examples
    --------
    >>> first_weight(75.0, 100.0)
    0.25
    """
    return float(np.clip(1.0 - signal / total, LEAST_WEIGHT, MOST_WEIGHT))
