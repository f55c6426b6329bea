r"""Constraints on the covariances of an M-step: variance floor, addition to the diagonal.

A constraint acts on the three representations that covariances have (matrices, variances by column, one variance),
so that it knows no family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..errors import InputError
from ..frames import frame_of
from ..validation import finite_array
from .cholesky import MOST_COLUMNS, ROUNDING, exceed, range_and_null_space, whitened

__all__ = ["AddToDiagonal", "Constraint", "Floor", "NoConstraint", "positive_definite_scale"]

_EVIDENT = 10.0
"""Eigenvalues of so many times a bound are above it, whatever the rounding of a factorisation."""
_LEAST_EIGENVALUE = 1e-6
"""Least eigenvalue of the correlation matrix in a bound."""


class Constraint(ABC):
    """A change to the maximum-likelihood covariance, for each representation."""

    monotone: bool = True
    """Whether EM with this constraint never lowers its objective."""
    bounds: bool = True
    """Whether there is a bound, which may keep a component from collapse."""
    epsilon: float = 0.0
    """The bound as a share of the pooled variance; zero without one."""

    @abstractmethod
    def full(self, covariances: Floats) -> Floats:
        """Return matrices (K, D, D)."""

    def full_with_roots(self, covariances: Floats) -> tuple[Floats, Floats | None]:
        """Return matrices (K, D, D) and, if they are known better than the matrices, R_k with Σ_k = R_k R_kᵀ."""
        return self.full(covariances), None

    @abstractmethod
    def diagonal(self, variances: Floats) -> Floats:
        """Return variances by column (K, D)."""

    @abstractmethod
    def spherical(self, variances: Floats, n_features: int) -> Floats:
        """Return one variance for each component (K,)."""

    def terms(self, n_features: int, full: bool) -> tuple[Floats | None, Floats | None]:
        """Return the addition to the diagonal, (D,), and the lower bound of covariances, (D, D) or (D,)."""
        return None, None

    def clearance(self, covariances: Floats) -> Floats:
        """Return the smallest ratio of each matrix (K, D, D) to its bound, (K,); 1 if the constraint is active."""
        return np.full(len(covariances), np.inf)

    def diagonal_clearance(self, variances: Floats) -> Floats:
        """Return the same for variances by column (K, D)."""
        return np.full(len(variances), np.inf)

    def spherical_clearance(self, variances: Floats, n_features: int) -> Floats:
        """Return the same for one variance for each component (K,)."""
        return np.full(len(variances), np.inf)

    def active(self, covariances: Floats) -> Ints:
        """Return the positions of the matrices (K, D, D) with an active constraint."""
        return np.flatnonzero(self.clearance(covariances) < 1.01)


class NoConstraint(Constraint):
    """Plain maximum likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> NoConstraint().diagonal(np.array([[0.5]]))
    array([[0.5]])
    """

    bounds = False

    def full(self, covariances: Floats) -> Floats:
        """Return the matrices (K, D, D) as they are."""
        return covariances

    def diagonal(self, variances: Floats) -> Floats:
        """Return the variances (K, D) as they are."""
        return variances

    def spherical(self, variances: Floats, n_features: int) -> Floats:
        """Return the variances (K,) as they are."""
        return variances


@dataclass(frozen=True, eq=False)
class AddToDiagonal(Constraint):
    r"""Add a constant to the diagonal after each M-step: :math:`\Sigma_k + c I`, as scikit-learn's ``reg_covar``.

    It is not an ascent step: the likelihood can fall by a little.

    Parameters
    ----------
    constant : float or (D,) array
        Variance to add, in squared units of the columns; ≥ 0.

    Examples
    --------
    >>> import numpy as np
    >>> AddToDiagonal(0.1).diagonal(np.array([[0.5]]))
    array([[0.6]])
    """

    constant: float | Floats
    monotone = False
    bounds = False

    def full(self, covariances: Floats) -> Floats:
        """Return Σ_k + c I."""
        return covariances + self.constant * np.eye(covariances.shape[1])

    def diagonal(self, variances: Floats) -> Floats:
        """Return the variances plus c."""
        return variances + self.constant

    def spherical(self, variances: Floats, n_features: int) -> Floats:
        """Return the variances plus the mean of c over the columns."""
        return np.asarray(variances + np.mean(self.constant))

    def terms(self, n_features: int, full: bool) -> tuple[Floats | None, Floats | None]:
        """Return c for each column, and no bound."""
        if isinstance(self.constant, float) and self.constant == 0.0:
            return None, None
        return np.full(n_features, self.constant, dtype=np.float64), None


@dataclass(frozen=True, eq=False)
class Floor(Constraint):
    r"""The scale-free constraint :math:`\Sigma_k \succeq \varepsilon S`, S the pooled covariance of the data.

    The M-step clips the generalised eigenvalues of (Σ_k, S) at ε, which is the exact constrained maximum of
    the expected log-likelihood, so EM stays monotone. It is inactive on healthy components, and because S moves with
    the data, the clusters found do not depend on the units.

    Parameters
    ----------
    scale : (D, D) or (D,) array
        S, positive definite (see :func:`positive_definite_scale`), in squared units of the columns; its diagonal is
        enough for families that have no correlation.
    epsilon : float
        The smallest share of the pooled variance that a component may have in any direction.

    Examples
    --------
    >>> import numpy as np
    >>> Floor(np.eye(2), epsilon=0.25).full(np.array([[[4.0, 0.0], [0.0, 0.01]]]))
    array([[[4.  , 0.  ],
            [0.  , 0.25]]])

    References
    ----------
    Ingrassia, S. (2004). A likelihood-based constrained algorithm for multivariate normal mixture models.
    Statistical Methods and Applications 13, 151-166.
    """

    scale: Floats
    epsilon: float = 1e-8

    def full(self, covariances: Floats) -> Floats:
        """Return matrices with generalised eigenvalues against S of at least ε."""
        return self.full_with_roots(covariances)[0]

    def full_with_roots(self, covariances: Floats) -> tuple[Floats, Floats | None]:
        """Return the same, with their roots if one was clipped: Cholesky would lose half of the digits there."""
        # Σ_k − εS ⪰ 0 says at the price of a Cholesky factor that nothing is to be done.
        return (covariances, None) if exceed(covariances, self._least) else self._clip(covariances)

    def _clip(self, covariances: Floats) -> tuple[Floats, Floats | None]:
        to_unit, from_unit = self._unit
        parts = [self._clipped(unit) for unit in to_unit @ covariances @ to_unit.T]
        vectors, scales, low = (np.stack(part) for part in zip(*parts, strict=True))
        roots = from_unit @ vectors * scales[:, None, :]
        return np.where(low[:, None, None], roots @ roots.swapaxes(1, 2), covariances), roots

    def _clipped(self, unit: Floats) -> tuple[Floats, Floats, bool]:
        """Return V, s with V diag(s²) Vᵀ a matrix with its eigenvalues clipped at ε, and whether one was below."""
        parts = range_and_null_space(unit, self.epsilon) if len(unit) > MOST_COLUMNS else None
        # Beside a far larger eigenvalue, a smaller one is rounding.
        if parts is not None and ROUNDING * np.trace(unit) < self.epsilon:
            scales = np.repeat([1.0, np.sqrt(self.epsilon)], [part.shape[1] for part in parts])
            return np.concatenate(parts, axis=1), scales, True
        values, vectors = np.linalg.eigh(unit)
        least = max(self.epsilon, ROUNDING * values[-1])
        return vectors, np.sqrt(np.maximum(values, least)), values[0] < least

    def diagonal(self, variances: Floats) -> Floats:
        """Return variances bounded below by ε times the pooled variance of their column."""
        return np.maximum(variances, self.epsilon * self._variances)

    def spherical(self, variances: Floats, n_features: int) -> Floats:
        """Return variances of at least ε times the mean pooled variance."""
        return np.maximum(variances, self.epsilon * np.mean(self._variances))

    def terms(self, n_features: int, full: bool) -> tuple[Floats | None, Floats | None]:
        """Return nothing to add, and εS as the bound."""
        return None, self._least if full else self.epsilon * self._variances

    def clearance(self, covariances: Floats) -> Floats:
        """Return the smallest generalised eigenvalue of matrices (K, D, D) against S over ε, (K,)."""
        to_unit, _ = self._unit
        values = np.linalg.eigvalsh(to_unit @ covariances @ to_unit.T)
        return np.where(values[:, 0] < ROUNDING * values[:, -1], 0.0, values[:, 0] / self.epsilon)

    def diagonal_clearance(self, variances: Floats) -> Floats:
        """Return the smallest ratio of a variance to its lower bound ε S_dd, (K,)."""
        return np.asarray((variances / self._variances).min(axis=1) / self.epsilon)

    def spherical_clearance(self, variances: Floats, n_features: int) -> Floats:
        """Return the ratios of the variances to the mean pooled variance over ε, (K,)."""
        return np.asarray(variances / np.mean(self._variances) / self.epsilon)

    @property
    def _variances(self) -> Floats:
        """The pooled variances of the columns, (D,)."""
        return frame_of(self.scale).diagonal(self.scale)

    @cached_property
    def _least(self) -> Floats:
        """εS."""
        scale = frame_of(self.scale).dense(self.scale)
        if exceed(scale[None], np.diag(_LEAST_EIGENVALUE * np.diagonal(scale))):
            return self.epsilon * scale
        deviation, vectors, root = self._parts
        from_unit = deviation[:, None] * vectors * root
        return self.epsilon * (from_unit @ from_unit.T)

    @cached_property
    def _unit(self) -> tuple[Floats, Floats]:
        """Return C⁻¹ and C with S = C Cᵀ: eigenvectors of the correlation matrix, scaled by columns."""
        deviation, vectors, root = self._parts
        return (vectors / root).T / deviation, deviation[:, None] * vectors * root

    @cached_property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        """Return standard deviations, and eigenvectors and roots of the eigenvalues of the correlation matrix.

        ε times an eigenvalue below the least would be lost in the rounding of the matrices that it is to hold up.
        """
        scale = frame_of(self.scale).dense(self.scale)
        deviation = np.sqrt(np.diagonal(scale))
        values, vectors = np.linalg.eigh(scale / (deviation[:, None] * deviation))
        return deviation, vectors, np.sqrt(np.maximum(values, _LEAST_EIGENVALUE))


def positive_definite_scale(covariance: Floats, magnitude: Floats) -> tuple[Floats, int]:
    """Return a pooled covariance made positive definite if the data have no spread, and its rank before.

    A constant column gets the variance magnitude², or 1 where its value is zero; directions without spread (fewer
    rows than columns, a column that is a sum of others) get 10⁴ times the variance of a standardised column. Times
    ε = 10⁻⁸ that leaves a hundredth of a standard deviation where the data say nothing, which keeps distances from
    rows off their span finite and stable. Of variances alone, constant columns are all that is seen.

    Parameters
    ----------
    covariance : (D, D) or (D,) array
        Covariance of all rows or its diagonal, in squared units of the columns.
    magnitude : (D,) array
        Typical absolute value of each column.

    Raises
    ------
    InputError
        If an entry is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> scale, rank = positive_definite_scale(np.array([[4.0, 0.0], [0.0, 0.0]]), np.array([1.0, 0.0]))
    >>> scale
    array([[4., 0.],
           [0., 1.]])
    >>> rank
    1
    """
    covariance = finite_array(covariance, "covariance")
    if covariance.shape not in ((len(magnitude),) * 2, (len(magnitude),)):
        raise InputError(f"covariance has shape {covariance.shape}: give a square matrix or its diagonal.")
    frame = frame_of(covariance)
    deviation = np.sqrt(frame.diagonal(covariance))
    constant = deviation == 0
    n_constant = int(np.count_nonzero(constant))
    if n_constant:
        deviation = np.where(constant, np.where(magnitude > 0, magnitude, 1.0), deviation)
    if not frame.full:
        return deviation * deviation, len(deviation) - n_constant
    correlation = covariance / deviation / deviation[:, None]
    if n_constant:
        correlation[constant, :] = correlation[:, constant] = 0.0
    correlation.flat[:: len(deviation) + 1] = 1.0
    least, factor = ROUNDING * len(correlation), whitened(correlation[None])
    # The trace of the inverse is at least its largest eigenvalue.
    if factor is not None and not n_constant and np.vdot(factor, factor) < 1.0 / least:
        return correlation * (deviation[:, None] * deviation), len(correlation)
    many = len(correlation) > MOST_COLUMNS
    if many and not n_constant and exceed(correlation[None], _EVIDENT * least * np.eye(len(correlation))):
        return correlation * (deviation[:, None] * deviation), len(correlation)
    values, vectors = np.linalg.eigh(correlation)
    null = values < least
    if null.any():
        values[null] = 1e4
        correlation = (vectors * values) @ vectors.T
    rank = len(values) - int(null.sum()) - n_constant
    return correlation * (deviation[:, None] * deviation), max(rank, 0)
