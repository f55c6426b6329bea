"""Conditioning of a mixture on some columns, for many rows at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats, Ints
from ..covariances import Covariances, check_range
from ..errors import InputError
from ..kernels.patterns import patterns
from ..uniform import Uniform
from .conditional import ConditionalMixtures

__all__ = ["conditional_mixtures"]


def conditional_mixtures(mixture: Any, given: list[int], kept: list[int], X: Floats) -> ConditionalMixtures:
    """Return the conditional mixtures of kept columns for rows X (n, a) of given ones, NaN for missing values.

    Parameters
    ----------
    mixture : Mixture
        Of K components in the columns given and kept.
    given, kept : list of int
        Positions of columns.
    X : (n, a) array
        Rows of the given columns.
    """
    K, n = mixture.n_components, len(X)
    weights, means = np.empty((n, K)), np.empty((n, K, len(kept)))
    pattern = np.zeros(n, dtype=np.intp)
    covariances: list[Covariances] = []
    uniforms: list[Uniform] = []
    for columns, rows in patterns(np.isnan(X)) if n else [(np.arange(len(given)), np.arange(0))]:
        seen = [given[c] for c in columns]
        known = X if len(rows) == n and len(seen) == len(given) else X[np.ix_(rows, columns)]
        pattern[rows] = len(covariances)
        weights[rows], means[rows], rest = _of_pattern(mixture, seen, kept, known, rows)
        covariances.append(rest)
        if mixture.uniform is not None:
            uniforms.append(mixture.uniform.given(seen, kept) if seen else mixture.uniform.marginal(kept))
    names = None if mixture.feature_names is None else tuple(mixture.feature_names[c] for c in kept)
    return ConditionalMixtures(
        weights,
        means,
        tuple(covariances),
        pattern,
        names,
        tuple(uniforms) if mixture.uniform is not None else None,
    )


def _of_pattern(
    mixture: Any, seen: list[int], kept: list[int], known: Floats, rows: Ints
) -> tuple[Floats, Floats, Covariances]:
    """Return weights (m, K), means (m, K, q) and covariances for rows with the same known columns."""
    K, q = mixture.n_components, len(kept)
    if not seen:
        return mixture.weights, mixture.means[:, kept], mixture.covariances.marginal(kept)
    marginal = mixture.marginal(seen)
    if mixture.covariances.singular:
        outside = np.isneginf(marginal.log_joint(known).max(axis=1, initial=-np.inf))
        if outside.any():
            raise InputError(
                f"values[{int(rows[outside.argmax()])}] are outside the support of every component: "
                "give values within it."
            )
    with np.errstate(over="ignore", invalid="ignore"):
        slopes, rest = mixture.covariances.condition(seen, kept)
        centre = marginal.gaussian.mean() if mixture.uniform is None else mixture.means[:, seen].mean(axis=0)
        # Around a centre of the rows, so that large values of the columns cost no digits.
        offsets = mixture.means[:, kept] + np.einsum("kba,ka->kb", slopes, centre - mixture.means[:, seen])
        means = (known - centre) @ slopes.reshape(K * q, len(seen)).T + offsets.reshape(K * q)
    check_range(offsets, rest)
    weights = marginal.responsibilities(known)[:, :K]
    if mixture.uniform is None:
        weights /= weights.sum(axis=1, keepdims=True)
    return weights, means.reshape(len(known), K, q), rest
