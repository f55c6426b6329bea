"""Pairs of columns by how well they separate the components."""

from __future__ import annotations

import numpy as np

from gaussmix._types import Floats, Ints
from gaussmix.log_space import log_sum_exp
from gaussmix.mixture import Mixture

__all__ = ["columns_by_separation", "pairs_by_separation"]

_MOST_COMPONENTS, _MOST_COLUMNS, _MOST_TERMS, _CHUNK = 150, 40, 3_000_000, 300_000
_THIN = 1e-9
"""Lower bound of a variance, as a fraction of the variance of its column."""


def pairs_by_separation(mixture: Mixture, most: int = 6) -> list[tuple[int, int]]:
    r"""Return the pairs of columns with the least overlap of the components, best first.

    The overlap is Bhattacharyya's bound on the error of the best classifier of components,

    .. math::
        \sum_{j<k} \sqrt{p_j p_k} \, e^{-d_{jk}}, \qquad
        d_{jk} = \tfrac18 (\mu_j - \mu_k)^T \bar\Sigma^{-1} (\mu_j - \mu_k)
        + \tfrac12 \ln \frac{|\bar\Sigma|}{\sqrt{|\Sigma_j||\Sigma_k|}}, \qquad
        \bar\Sigma = \tfrac12 (\Sigma_j + \Sigma_k),

    in the marginals of the two columns: it has no units. With more than 40 columns, the 40 with the smallest overlap
    by themselves are paired; with more than 150 components, the 150 of largest weight are compared.

    Parameters
    ----------
    mixture : Mixture
        In D columns; with one column, there is no pair.
    most : int
        Largest number of pairs.

    References
    ----------
    Fukunaga, K. (1990). Introduction to Statistical Pattern Recognition, 2nd ed., section 3.4. Academic Press.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> pairs_by_separation(Mixture([0.5, 0.5], [[0.0, 0.0, 0.0], [0.0, 1.0, 9.0]], [1.0, 1.0]), most=1)
    [(1, 2)]
    """
    if mixture.n_features < 2:
        return []
    if mixture.n_components > _MOST_COMPONENTS:
        mixture = mixture.take(np.argsort(-mixture.weights, kind="stable")[:_MOST_COMPONENTS])
    terms = _Terms(mixture)
    columns = terms.columns()
    i, j = (columns[places] for places in np.triu_indices(len(columns), 1))
    step = max(1, _CHUNK // max(1, terms.n_terms))
    parts = [terms.overlap(i[at : at + step], j[at : at + step]) for at in range(0, len(i), step)]
    best = np.argsort(np.round(np.concatenate(parts), 9), kind="stable")[:most]
    return [(int(i[p]), int(j[p])) for p in best]


def columns_by_separation(mixture: Mixture, most: int) -> list[int]:
    """Return the columns of the best pairs, in the order of the table."""
    if mixture.n_features <= most:
        return list(range(mixture.n_features))
    ranked = [column for pair in pairs_by_separation(mixture, most * most) for column in pair]
    return sorted(list(dict.fromkeys(ranked))[:most])


class _Terms:
    """The terms of the overlap of pairs of components, in units of the standard deviations of the columns."""

    def __init__(self, mixture: Mixture) -> None:
        dense, deviation = mixture.covariances.dense(), mixture.means - mixture.mean()
        total = mixture.weights @ (np.diagonal(dense, axis1=1, axis2=2) + deviation**2)
        unit = np.sqrt(np.where(total > 0, total, 1.0))
        self._means, self._dense = deviation / unit, dense / np.outer(unit, unit)
        self._j, self._k = np.triu_indices(mixture.n_components, 1)
        with np.errstate(divide="ignore"):
            log_weights = np.log(mixture.weights)
        self._log_weight = 0.5 * (log_weights[self._j] + log_weights[self._k])

    @property
    def n_terms(self) -> int:
        """Number of pairs of components."""
        return len(self._j)

    def columns(self) -> Ints:
        """Return the columns to pair: of many columns, those with the smallest overlap by themselves."""
        D = self._means.shape[1]
        most = int(np.clip(np.sqrt(2.0 * _MOST_TERMS / max(1, self.n_terms)), 6, _MOST_COLUMNS))
        if most >= D:
            return np.arange(D)
        alone = np.concatenate([self.overlap(np.array([d]), np.array([d])) for d in range(D)])
        return np.sort(np.argsort(np.round(alone, 9), kind="stable")[:most])

    def overlap(self, a: Ints, b: Ints) -> Floats:
        """Return the logarithm of the overlap in each pair of columns, (P,); of a column with itself, in it alone."""
        if not self.n_terms:
            return np.zeros(len(a))
        own = [self._block(component, a, b) for component in (self._j, self._k)]
        mean = tuple(0.5 * (one + other) for one, other in zip(*own, strict=True))
        x, y = (
            self._means[self._j[None], c[:, None]] - self._means[self._k[None], c[:, None]] for c in (a, b)
        )
        determinant = _determinant(*mean)
        square = (mean[1] * x**2 - 2.0 * mean[2] * x * y + mean[0] * y**2) / determinant
        logs = [np.log(_determinant(*block)) for block in own]
        distance = square / 8.0 + 0.5 * (np.log(determinant) - 0.5 * (logs[0] + logs[1]))
        return np.asarray(log_sum_exp(self._log_weight - distance))

    def _block(self, component: Ints, a: Ints, b: Ints) -> tuple[Floats, Floats, Floats]:
        """Return variances and covariance (P, pairs of components) of two columns."""
        first, second = (
            np.maximum(self._dense[component[None], c[:, None], c[:, None]], _THIN) for c in (a, b)
        )
        return (
            first,
            second,
            np.where((a == b)[:, None], 0.0, self._dense[component[None], a[:, None], b[:, None]]),
        )


def _determinant(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.maximum(a * b - c**2, _THIN * a * b)
