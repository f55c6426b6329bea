"""Fits of synthetic data, compared with the true mixtures."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.search import SearchTrace

__all__ = ["Comparison", "Recovery", "compare", "matched", "recover"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recovery:
    """A true mixture, a sample of it, and the mixture fitted to the sample.

    Parameters
    ----------
    truth, found : Mixture
        The components of the second are numbered as those of the first.
    X : (n, D) array
    labels : (n,) array
        The component of each row.
    model : GaussianMixture
        The fitted estimator.
    seconds : float
        Time of the fit.
    """

    truth: Mixture
    found: Mixture
    X: Floats
    labels: NDArray[np.intp]
    model: GaussianMixture
    seconds: float

    @property
    def gap(self) -> float:
        """Mean log-likelihood of the fitted mixture minus that of the true one, nats per row."""
        return float(self.found.log_prob(self.X).mean() - self.truth.log_prob(self.X).mean())


def recover(n_features: int, n_rows: int, seed: int, **options: Any) -> Recovery:
    """Draw a mixture of five components, sample rows from it, and fit a mixture to them.

    Examples
    --------
    >>> fit = recover(1, 5000, seed=53)
    >>> fit.truth.n_components, fit.X.shape
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
    """Return the found component for each true one: the assignment with the largest Σ_n r_n(true) r_n(found).

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


@dataclass(frozen=True, eq=False)
class Comparison:
    """Ten components, rows sampled from them, and the fits without and with a search.

    Parameters
    ----------
    X : (n, 2) array
    alone, ten, searched : GaussianMixture
        EM from one start, the best of ten starts, and the default.
    """

    truth: Mixture
    X: Floats
    alone: GaussianMixture
    ten: GaussianMixture
    searched: GaussianMixture

    @property
    def search(self) -> SearchTrace:
        """The trace of the search."""
        found = self.searched.trace_.search
        assert found is not None
        return found


def compare() -> Comparison:
    """Fit ten components to rows of ten components: from one start, from ten, and with the search.

    Examples
    --------
    >>> fits = compare()
    >>> fits.searched.score(fits.X) > fits.alone.score(fits.X) + 0.05
    True
    """
    truth = datasets.random_mixture(n_components=10, n_features=2, random_state=2)
    X, _ = truth.sample(5000, random_state=2)
    with warnings.catch_warnings():
        # One of the starts ends with a degenerate component, which this comparison shows.
        warnings.simplefilter("ignore")
        alone = GaussianMixture(10, search="off", random_state=0).fit(X)
        ten = GaussianMixture(10, search="off", n_init=10, random_state=0).fit(X)
    return Comparison(truth, X, alone, ten, GaussianMixture(10, random_state=0).fit(X))
