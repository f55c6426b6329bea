"""The content of a report: a fit, its rows, and sums over both in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.errors import InputError
from gaussmix.log_space import log_sum_exp
from gaussmix.mixture import Mixture
from gaussmix.mixture.of_model import mixture_with_rows
from gaussmix.model_sweep import criteria
from gaussmix.validation import as_noise, as_rows_with_holes, as_weights
from gaussmix.visible import visible

if TYPE_CHECKING:
    from gaussmix._types import Floats, Rows
    from gaussmix.estimation import Trace

__all__ = ["Facts"]

_BLOCK = 1 << 14
_SURE = 0.8


@dataclass(frozen=True, eq=False)
class Facts:
    """A fit and its rows.

    Parameters
    ----------
    X : (n, D) array
    weights : (n,) array or None
        Weights of the rows.
    names : tuple of str
        Of the D columns.
    log_likelihood : float
        Σ w log p, nats.
    map_entropy : float
        Σ w log max_k r.
    sure : float
        The fraction of the weight in rows with a responsibility above 0.8.
    assigned : (K,) array
        The weight of the rows assigned to each component by largest responsibility; of a uniform component the last of
        K + 1.
    overlap : (K, K) array
        Σ w r_j r_k over the smaller of Σ w r_j and Σ w r_k: 0 where two components share no row.
    estimator : object or None
        The fitted estimator with its options.
    trace : Trace or None
        How EM ran.
    left_out : mapping from str to str
        Columns of the file that were not fitted, and why.
    noise : (n, D) or (n, D, D) array or None
        Variances or covariances of the measurement errors.
    """

    mixture: Mixture
    X: Rows
    weights: Floats | None
    names: tuple[str, ...]
    log_likelihood: float
    map_entropy: float
    sure: float
    assigned: Floats
    overlap: Floats
    estimator: Any = None
    trace: Trace | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    noise: Floats | None = None

    @classmethod
    def of(
        cls,
        estimator: Any,
        X: Any,
        sample_weight: Any = None,
        feature_names: Sequence[str] | None = None,
        left_out: Mapping[str, str] | None = None,
        noise: Any = None,
    ) -> Facts:
        """Return the facts about a fit on its rows."""
        # Components without rows say nothing of the data.
        mixture = mixture_with_rows(estimator, "a report")
        rows = as_rows_with_holes(X, n_features=mixture.n_features, one_column=True)[0]
        weights = as_weights(sample_weight, len(rows))
        names = _names_of(mixture, X, feature_names)
        errors = as_noise(noise, rows)
        sums = _Sums(mixture, rows, weights, errors)
        return cls(
            mixture,
            rows,
            weights,
            names,
            *sums.values(),
            estimator=None if estimator is mixture else estimator,
            trace=getattr(estimator, "trace_", None),
            left_out=dict(left_out or {}),
            noise=errors,
        )

    @property
    def total_weight(self) -> float:
        """Sum of the row weights."""
        return float(len(self.X)) if self.weights is None else float(self.weights.sum())

    @property
    def n_parameters(self) -> int:
        """Number of estimated parameters."""
        return int(getattr(self.estimator, "n_parameters_", self.mixture.n_parameters))

    @property
    def bic(self) -> float:
        """Schwarz's criterion; lower is better."""
        return criteria.bic(self.log_likelihood, self.n_parameters, self.total_weight)

    @property
    def aic(self) -> float:
        """Akaike's criterion; lower is better."""
        return criteria.aic(self.log_likelihood, self.n_parameters)

    @property
    def icl(self) -> float:
        """The integrated completed likelihood criterion; lower is better."""
        return criteria.icl(self.bic, self.map_entropy)

    @property
    def deviations(self) -> Floats:
        """Standard deviations (K, D), in the units of the columns."""
        return np.sqrt(np.maximum(self.mixture.covariances.variances(), 0.0))


class _Sums:
    """Sums over the rows, block by block, so that no array of n × K is held."""

    def __init__(self, mixture: Mixture, rows: Rows, weights: Floats | None, noise: Floats | None) -> None:
        self._K = mixture.n_components
        K = self._K + (mixture.uniform is not None)
        self._log_likelihood = self._hard = self._sure = self._total = 0.0
        self._assigned, self._shared, self._shares = np.zeros(K), np.zeros((K, K)), np.zeros(K)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            block = rows[part]
            joint = mixture.log_joint(block, None if noise is None else noise[part])
            self._add(joint, np.ones(len(block)) if weights is None else weights[part])

    def _add(self, joint: Floats, w: Floats) -> None:
        density = log_sum_exp(joint)
        # A row on no component's support has no share in any.
        r = np.exp(joint - np.where(np.isfinite(density), density, 0.0)[:, None])
        top = np.maximum(r.max(axis=1), np.finfo(np.float64).tiny)
        used = w > 0
        self._log_likelihood += float(w[used] @ density[used])
        self._hard += float(w @ np.log(top))
        self._sure += float(w @ (top > _SURE))
        self._total += float(w.sum())
        self._assigned += np.bincount(joint.argmax(axis=1), w, minlength=r.shape[1])
        self._shared += (w[:, None] * r).T @ r
        self._shares += w @ r

    def values(self) -> tuple[float, float, float, Floats, Floats]:
        """Return log-likelihood, Σ w log max r, share of sure rows, rows and overlap of components."""
        smaller = np.minimum.outer(self._shares, self._shares)
        overlap = np.divide(self._shared, smaller, out=np.zeros_like(self._shared), where=smaller > 0)
        np.fill_diagonal(overlap, 0.0)
        return (
            self._log_likelihood,
            self._hard,
            self._sure / self._total,
            self._assigned,
            overlap[: self._K, : self._K],
        )


def _names_of(mixture: Mixture, X: Any, names: Sequence[str] | None) -> tuple[str, ...]:
    columns = getattr(X, "columns", None)
    for given in (names, mixture.feature_names, columns):
        if given is not None and not callable(given):
            found = tuple(visible(str(name)) for name in given)
            if len(found) != mixture.n_features:
                raise InputError(f"feature_names {found} do not name the {mixture.n_features} columns.")
            return found
    return tuple(f"x{d}" for d in range(mixture.n_features))
