"""The simulated examples of Baudry et al. (2010), and the mixtures that mclust fits to them."""

from __future__ import annotations

import numpy as np

from gaussmix import Mixture

from .tables import rows_of

EXAMPLES = ("ex4.1", "ex4.2", "ex4.3", "ex4.4.1", "ex4.4.2")


def example(name):
    """The rows (n, D) of an example and the mixture that mclust chooses."""
    X = np.array([[float(value) for value in row.values()] for row in rows_of(f"baudry_{name}")])
    lines = [row for row in rows_of("baudry_mixtures") if row["example"] == name]
    weights, means, covariances = (
        np.array([[float(number) for number in line[part].split()] for line in lines])
        for part in ("weight", "mean", "covariance")
    )
    D = X.shape[1]
    return X, Mixture(weights[:, 0] / weights.sum(), means, covariances.reshape(-1, D, D))
