"""Restrictions of a mixture's parameters: fixed and common ones, a bound of the eigenvalues, a least weight."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from ._types import Floats, Ints
from .covariances import Covariances, Family
from .covariances.constraints import Constraint
from .covariances.eigenvalue_ratio import within_ratio
from .moments import Moments

__all__ = ["FREE", "Restrictions"]


@dataclass(frozen=True, eq=False)
class Restrictions:
    """Parameters that stay as they are, and relations between parameters.

    Parameters
    ----------
    weights : (K,) array, optional
        Fixed weights; NaN where a weight is free.
    means : (K, D) array, optional
        Fixed means; NaN in the rows of free ones.
    covariances : Covariances, optional
        The fixed covariances, those of ``known``.
    known : (F,) array of int
        The components with a fixed covariance.
    equal_weights : bool
        Whether the weights of all Gaussian components are equal.
    shared_mean : bool
        Whether all components have the same mean.
    max_eigenvalue_ratio : float
        The largest ratio of two eigenvalues of the covariances of all components; those fixed excepted.
    min_weight : float
        The least weight of a Gaussian component.
    """

    weights: Floats | None = None
    means: Floats | None = None
    covariances: Covariances | None = None
    known: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    equal_weights: bool = False
    shared_mean: bool = False
    max_eigenvalue_ratio: float = np.inf
    min_weight: float = 0.0

    @property
    def of_parameters(self) -> bool:
        """Whether any parameter has a fixed value, so that components differ by their numbers."""
        zero = self.means is not None and not np.isnan(self.means).any() and not self.means.any()
        return (
            self.weights is not None or self.covariances is not None or (self.means is not None and not zero)
        )

    @property
    def bounds_ratio(self) -> bool:
        """Whether the ratio of eigenvalues is bounded."""
        return self.max_eigenvalue_ratio < np.inf

    @property
    def anything(self) -> bool:
        """Whether there is any restriction."""
        return (
            self.weights is not None
            or self.means is not None
            or self.covariances is not None
            or self.equal_weights
            or self.shared_mean
            or self.bounds_ratio
            or self.min_weight > 0
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Restrictions):
            return NotImplemented
        pairs = [(getattr(self, part.name), getattr(other, part.name)) for part in fields(self)]
        return all(_same(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.equal_weights, self.shared_mean, self.max_eigenvalue_ratio, self.min_weight))

    # ------------------------------------------------------------------------------------------------- weights

    def restricted_weights(self, counts: Floats, uniform: float | None = None) -> tuple[Floats, float]:
        """Return the weights of maximum expected log-likelihood, (K,), and that of the uniform component.

        Parameters
        ----------
        counts : (K,) array
        uniform : float, optional
            The count of the uniform component; None without one.
        """
        K, beside = len(counts), 0.0 if uniform is None else uniform
        if self.equal_weights:
            share = beside / (counts.sum() + beside)
            return np.full(K, (1.0 - share) / K), share
        fixed = np.full(K, np.nan) if self.weights is None else self.weights
        free = np.isnan(fixed)
        weights = np.where(free, 0.0, fixed)
        left = max(0.0, 1.0 - float(weights.sum()))
        if uniform is None and not free.any():
            return weights / weights.sum(), 0.0
        shares, share = _at_least(counts[free], beside, left, self.min_weight)
        weights[free] = shares
        return weights, share

    # --------------------------------------------------------------------------------------------------- means

    def restricted_means(self, means: Floats, counts: Floats, covariances: Covariances | None) -> Floats:
        r"""Return the means of maximum expected log-likelihood given the covariances.

        A common mean is that of least squares, :math:`(\sum_k n_k \Sigma_k^{-1})^{-1} \sum_k n_k \Sigma_k^{-1} \mu_k`.

        Parameters
        ----------
        means : (K, D) array
            The unrestricted estimates.
        counts : (K,) array
            Their counts.
        covariances : Covariances or None
            Those before the M-step.
        """
        if self.shared_mean:
            return np.tile(_common_mean(means, counts, covariances), (len(means), 1))
        if self.means is None:
            return means
        return np.where(np.isnan(self.means), means, self.means)

    # --------------------------------------------------------------------------------------------- covariances

    def restricted_covariances(
        self, family: Family, constraint: Constraint, moments: Moments, start: Covariances | None
    ) -> Covariances:
        """Return the covariances of an M-step.

        Parameters
        ----------
        moments : Moments
            About the new means.
        start : Covariances or None
            Those before the M-step.
        """
        if self.covariances is None:
            return self._bounded(family.estimate(moments, constraint, start), moments, start)
        K, known = len(moments.counts), self.known
        free = np.setdiff1d(np.arange(K), known)
        if not len(free):
            return self._joined(family, None, free, K)
        part = family.conditional(self.covariances)
        before = None if start is None else start.take(free)
        some = moments.take(free)
        return self._joined(
            family, self._bounded(part.estimate(some, constraint, before), some, before), free, K
        )

    def imposed_covariances(self, covariances: Covariances, weights: Floats) -> Covariances:
        """Return covariances with the fixed ones in their places, and with a bounded ratio of eigenvalues."""
        K = covariances.n_components
        free = np.setdiff1d(np.arange(K), self.known)
        some = covariances.take(free) if self.covariances is not None and len(free) else covariances
        if self.bounds_ratio and len(free):
            some = within_ratio(some, weights[free], self.max_eigenvalue_ratio)
        if self.covariances is None:
            return some
        part = covariances.family.conditional(self.covariances)
        if len(free):
            some = part.nearest(some.in_frame(), weights[free])
        return self._joined(covariances.family, some if len(free) else None, free, K)

    def _bounded(self, covariances: Covariances, moments: Moments, start: Covariances | None) -> Covariances:
        if not self.bounds_ratio:
            return covariances
        return within_ratio(covariances, moments.counts, self.max_eigenvalue_ratio, moments.scatter(), start)

    def _joined(self, family: Family, some: Covariances | None, free: Ints, K: int) -> Covariances:
        """Return the covariances of all components, from those of free and of fixed ones."""
        assert self.covariances is not None
        fixed = self.covariances.in_frame()
        framed = np.empty((K, *fixed.shape[1:]))
        framed[self.known] = fixed
        if some is not None:
            framed[free] = some.in_frame()
        return family.of_frame(framed)

    # ----------------------------------------------------------------------------------------------- components

    def placed(self, means: Floats, covariances: Covariances, weights: Floats, whitening: Floats) -> Ints:
        """Return an order of components in which each fixed parameter is that of the component nearest to it.

        Parameters
        ----------
        means : (K, D) array
        weights : (K,) array
        whitening : (D,) array
            Standard deviations of the columns.
        """
        from scipy.optimize import linear_sum_assignment

        K = len(means)
        costs = np.zeros((K, K))
        if self.means is not None:
            fixed = ~np.isnan(self.means).any(axis=1)
            gaps = (self.means[fixed, None] - means) / whitening
            costs[fixed] += np.square(gaps).sum(axis=2)
        if self.weights is not None:
            fixed = ~np.isnan(self.weights)
            with np.errstate(divide="ignore"):
                gaps = np.log(self.weights[fixed, None]) - np.log(weights)
            costs[fixed] += np.square(np.nan_to_num(gaps, posinf=1e3, neginf=-1e3))
        if self.covariances is not None:
            costs[self.known] += _divergences(self.covariances, covariances)
        # Free components keep their order.
        costs += 1e-9 * np.abs(np.arange(K)[:, None] - np.arange(K)) * max(1.0, float(costs.max()))
        return np.asarray(linear_sum_assignment(costs)[1])

    def rescaled(self, powers: Floats) -> Restrictions:
        """Return the restrictions for columns times 2**−powers."""
        units = np.ldexp(1.0, -powers)
        means = None if self.means is None else self.means * units
        covariances = None if self.covariances is None else self.covariances.scale(units)
        return replace(self, means=means, covariances=covariances)

    def n_fixed(self, family: Family, n_components: int, n_features: int, uniform: bool) -> int:
        """Return the number of parameters that the restrictions take from the free ones.

        Parameters
        ----------
        uniform : bool
            Whether there is a uniform component.
        """
        K, D = n_components, n_features
        of_weights = K - 1 if self.equal_weights else 0
        if self.weights is not None:
            of_weights = min(int((~np.isnan(self.weights)).sum()), K - 1 + uniform)
        of_means = (K - 1) * D if self.shared_mean else 0
        if self.means is not None:
            of_means = int((~np.isnan(self.means)).sum())
        of_covariances = 0
        if self.covariances is not None:
            own = family.n_parameters(2, D) - family.n_parameters(1, D)
            of_covariances = family.n_parameters(K, D) - (K - len(self.known)) * own
        return of_weights + of_means + of_covariances


def _same(a: object, b: object) -> bool:
    """Return whether two values are equal; NaN are."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b, equal_nan=True)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    return bool(a == b)


FREE = Restrictions()
"""No restriction."""


def _at_least(counts: Floats, uniform: float, total: float, least: float) -> tuple[Floats, float]:
    """Return weights of a given total in proportion to counts, none below the least one; the uniform's is free."""
    low = np.zeros(len(counts), dtype=bool)
    while True:
        left = total - least * low.sum()
        rest = counts[~low].sum() + uniform
        scale = left / rest if rest > 0 else 0.0
        weights = np.where(low, least, scale * counts)
        below = (weights < least) & ~low
        if not below.any():
            return weights, scale * uniform
        low |= below


def _common_mean(means: Floats, counts: Floats, covariances: Covariances | None) -> Floats:
    if covariances is None:
        return np.asarray(counts @ means / counts.sum())
    frame, factors = covariances.frame, covariances.factors
    if frame.low_rank:
        raise NotImplementedError("a common mean of factor analysers of many columns")
    if factors.ndim == 2:
        precisions = counts[:, None] * np.square(factors)
        return np.asarray((precisions * means).sum(axis=0) / precisions.sum(axis=0))
    precisions = counts[:, None, None] * (factors.swapaxes(1, 2) @ factors)
    return np.asarray(np.linalg.solve(precisions.sum(axis=0), np.einsum("kij,kj->i", precisions, means)))


def _divergences(fixed: Covariances, covariances: Covariances) -> Floats:
    """Return Kullback-Leibler divergences of covariances (K) from fixed ones (F), (F, K)."""
    roots, dense = fixed.factors, covariances.in_frame()
    D = fixed.n_features
    log_ratios = fixed.log_determinants[:, None] - covariances.log_determinants
    if roots.ndim == 2:
        traces = np.einsum("fd,kd->fk", np.square(roots), dense)
    else:
        traces = np.einsum("fij,kjl,fil->fk", roots, dense, roots)
    return np.asarray(0.5 * (traces - D + log_ratios))
