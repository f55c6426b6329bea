"""The first story: a mixture is drawn at random, makes data, and is found again from the data alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix import GaussianMixture, Mixture, datasets

__all__ = ["Recovery", "matched", "recover"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recovery:
    """A mixture, the rows that it made, and the mixture that EM found in them.

    Parameters
    ----------
    truth, found : Mixture
        The components of the second are numbered as those of the first.
    X : (n, D) array
    labels : (n,) array
        The component that made each row.
    model : GaussianMixture
        The fitted estimator.
    seconds : float
        How long the fit took.
    """

    truth: Mixture
    found: Mixture
    X: Floats
    labels: NDArray[np.intp]
    model: GaussianMixture
    seconds: float

    @property
    def gap(self) -> float:
        """Mean log-likelihood of the found mixture less that of the true one, nats a row."""
        return float(self.found.log_prob(self.X).mean() - self.truth.log_prob(self.X).mean())


def recover(n_features: int, n_rows: int, seed: int, **options: Any) -> Recovery:
    """Draw a mixture of five components and rows from it, and fit a mixture to the rows.

    Parameters
    ----------
    n_features : int
    n_rows : int
    seed : int
        Decides the mixture and the rows.
    **options
        Of the fit.

    Examples
    --------
    >>> story = recover(1, 5000, seed=53)
    >>> story.truth.n_components, story.X.shape
    (5, (5000, 1))
    """
    truth = datasets.random_mixture(n_components=5, n_features=n_features, random_state=seed)
    X, labels = truth.sample(n_rows, random_state=seed)
    model = GaussianMixture(truth.n_components, random_state=0, **options)
    began = time.perf_counter()
    model.fit(X)
    seconds = time.perf_counter() - began
    found = model.mixture_.take(matched(truth, model.mixture_, X))
    return Recovery(truth, found, X, labels, model, seconds)


def matched(truth: Mixture, found: Mixture, X: Floats) -> NDArray[np.intp]:
    """Return, for each true component, the found one that claims the same rows.

    Of all ways to pair them, it is the one with the most rows in common, Σ_n r_n(true) r_n(found).

    Examples
    --------
    >>> import numpy as np
    >>> one = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    >>> matched(one, one.take([1, 0]), np.array([[0.0], [9.0]]))
    array([1, 0])
    """
    from scipy.optimize import linear_sum_assignment

    common = truth.responsibilities(X).T @ found.responsibilities(X)
    return np.asarray(linear_sum_assignment(common, maximize=True)[1], dtype=np.intp)
