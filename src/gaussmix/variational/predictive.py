"""The predictive distribution of a new row: a mixture of t-distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import gammaln

from .._types import Floats, Ints
from ..log_space import log_sum_exp
from ..uniform import Uniform
from ..validation import as_count, as_generator, as_rows_with_holes

__all__ = ["PredictiveMixture"]


@dataclass(frozen=True, eq=False)
class PredictiveMixture:
    r"""The distribution of a new row given all rows of a variational fit: a mixture of t-distributions.

    .. math:: p(x \mid X) = \sum_k E(p_k) \, t_{\nu_k}(x \mid m_k, S_k)

    Of "diag" the columns are independent given the component, each with a t-distribution of its own.

    Parameters
    ----------
    weights : (K,) array
        Expected weights of the components.
    means : (K, D) array
        Locations m.
    scales : (K, D, D) or (K, D) array
        Scale matrices S or their diagonals, in squared units.
    degrees_of_freedom : (K,) array
        Degrees of freedom ν.
    columns_independent : bool
        Whether the columns are independent given the component.
    uniform : Uniform, optional
        The uniform component.

    Examples
    --------
    >>> from gaussmix import BayesianGaussianMixture, datasets
    >>> X = datasets.load_faithful().data[:20]
    >>> predictive = BayesianGaussianMixture(2, random_state=0).fit(X).posterior_.predictive
    >>> predictive.score_samples([[4.5, 80.0], [20.0, 80.0]]).round(1)
    array([ -4.7, -18.4])
    """

    weights: Floats
    means: Floats
    scales: Floats
    degrees_of_freedom: Floats
    columns_independent: bool = False
    uniform: Uniform | None = None

    @property
    def n_features(self) -> int:
        """Number of features D."""
        return int(self.means.shape[1])

    def score_samples(self, X: Any) -> Floats:
        """Return the logarithm of the predictive density of each row.

        Parameters
        ----------
        X : (n, D) array
            Rows; NaN is a missing value, which is integrated out.

        Returns
        -------
        (n,) array
            Nats.

        Raises
        ------
        InputError
            If the rows are invalid.
        """
        rows, _ = as_rows_with_holes(X, n_features=self.n_features, min_rows=0, one_column=True, fitted=True)
        rows = np.asarray(rows, dtype=np.float64)
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weights)
        joint = np.empty((len(rows), len(self.weights)))
        seen = ~np.isnan(rows)
        patterns, labels = np.unique(seen, axis=0, return_inverse=True)
        for i, observed in enumerate(patterns):
            chosen = np.flatnonzero(labels.ravel() == i)
            complete = np.asarray(rows[chosen][:, observed], dtype=np.float64)
            joint[chosen] = log_weights + self._log_densities(complete, observed)
        if self.uniform is not None:
            joint = np.column_stack([joint, self.uniform.log_density(rows)])
        return log_sum_exp(joint)

    def _log_densities(self, rows: Floats, observed: NDArray[np.bool_]) -> Floats:
        """Return the log-densities of complete rows of some columns, (n, K)."""
        deviations = rows[:, None, :] - self.means[:, observed]
        if self.scales.ndim == 3:
            lower = np.linalg.cholesky(self.scales[:, observed][:, :, observed])
            whitened = np.stack(
                [solve_triangular(root, deviations[:, k].T, lower=True).T for k, root in enumerate(lower)],
                axis=1,
            )
            log_scale = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        else:
            deviation = np.sqrt(self.scales[:, observed])
            whitened, log_scale = deviations / deviation, np.log(deviation).sum(axis=1)
        squares = whitened * whitened
        if self.columns_independent:
            return np.asarray(_log_t(squares, 1, self.degrees_of_freedom[:, None]).sum(axis=2) - log_scale)
        joint = _log_t(squares.sum(axis=2), int(observed.sum()), self.degrees_of_freedom)
        return np.asarray(joint - log_scale)

    def sample(self, n: int, random_state: Any = None) -> tuple[Floats, Ints]:
        """Draw new rows in random order.

        Parameters
        ----------
        n : int
            Number of rows to draw (n).
        random_state : int, numpy.random.Generator, numpy.random.RandomState or None
            Source of random numbers.

        Returns
        -------
        X : (n, D) array
            The rows.
        labels : (n,) array
            The component of each row; −1 for the uniform component.
        """
        n, rng = as_count(n, "n", 0), as_generator(random_state)
        weights = self.weights if self.uniform is None else np.append(self.weights, self.uniform.weight)
        labels = rng.choice(len(weights), size=n, p=weights / weights.sum()).astype(np.intp)
        of_uniform = labels == len(self.weights)
        labels[of_uniform] = 0
        noise = rng.standard_normal((n, self.n_features))
        if self.scales.ndim == 3:
            noise = (np.linalg.cholesky(self.scales)[labels] @ noise[:, :, None])[:, :, 0]
        else:
            noise *= np.sqrt(self.scales[labels])
        dof = self.degrees_of_freedom[labels][:, None]
        columns = self.n_features if self.columns_independent else 1
        X = self.means[labels] + noise * np.sqrt(dof / rng.chisquare(dof, size=(n, columns)))
        if self.uniform is not None:
            X[of_uniform], labels[of_uniform] = self.uniform.sample(int(of_uniform.sum()), rng), -1
        return X, labels


def _log_t(squares: Floats, n_features: int, dof: Floats) -> Floats:
    """Return the log-densities of standard t-distributions in some columns, at squared distances."""
    half = 0.5 * (dof + n_features)
    norm = gammaln(half) - gammaln(0.5 * dof) - 0.5 * n_features * np.log(np.pi * dof)
    return np.asarray(norm - half * np.log1p(squares / dof))
