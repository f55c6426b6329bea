"""Starts of mixtures with a uniform component: weights of the rows, and the initial weight of the component."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mixture import Mixture
from ..uniform import Uniform
from .cleaning import signal_probabilities
from .sample import StartRows

__all__ = ["MOST_WEIGHT", "beside", "first_weight", "rows_of_starts"]

LEAST_WEIGHT, MOST_WEIGHT = 0.01, 0.9
"""Bounds of the initial weight of a uniform component."""
_LEAST_SIGNAL = 1e-9
"""Lower bound of the probability of signal of a row."""


def beside(mixture: Mixture, uniform: Uniform) -> Mixture:
    """Add a uniform component to a mixture, and scale the other weights to the remainder.

    Parameters
    ----------
    mixture : Mixture
        Its weights sum to one.
    uniform : Uniform
    """
    weights = mixture.weights * (1.0 - uniform.weight)
    return mixture.like(weights, mixture.means, mixture.covariances, mixture.feature_names, uniform)


def rows_of_starts(rows: StartRows, uniform: bool) -> list[tuple[StartRows, float]]:
    """Return weighted rows for starts, each with the initial weight of the uniform component, or zero without one.

    With a uniform component there are two sets of rows. In the first, weights are multiplied by the probability of
    signal from nearest-neighbour cleaning. The second has the original weights: with nearly collinear columns, the
    density of a component may be below that of the uniform component nearly everywhere.

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
    """Return the initial weight of a uniform component, from 0.01 to 0.9.

    Parameters
    ----------
    signal : float
        Sum of the weights multiplied by the probabilities of signal.
    total : float
        Sum of the weights of all rows.

    Examples
    --------
    >>> first_weight(75.0, 100.0)
    0.25
    """
    return float(np.clip(1.0 - signal / total, LEAST_WEIGHT, MOST_WEIGHT))
