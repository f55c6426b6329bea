"""Distances between Gaussian mixtures in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from .._types import Floats
from ..errors import GaussmixError, InputError
from ..log_space import log_sum_exp
from ..names import names_in_words
from .parameters import FrozenParameters

__all__ = [
    "DISTANCES",
    "check_columns",
    "check_gaussians",
    "check_regular",
    "l2_distance",
    "log_overlaps",
    "log_product",
    "wasserstein",
]


def check_columns(p: FrozenParameters, q: FrozenParameters) -> None:
    """Raise InputError where two mixtures have other numbers of columns, or other names of them."""
    if p.n_features != q.n_features:
        raise InputError(
            f"the mixtures have {p.n_features} and {q.n_features} columns: give two of the same columns."
        )
    names = p.feature_names, q.feature_names
    if None not in names and names[0] != names[1]:
        raise InputError(
            f"the mixtures have the columns {names_in_words(names[0] or ())} and {names_in_words(names[1] or ())}: "
            "give two of the same columns in the same order."
        )


def check_gaussians(p: FrozenParameters, q: FrozenParameters, what: str) -> None:
    """Raise InputError where a mixture has a uniform component."""
    if p.uniform is not None or q.uniform is not None:
        raise InputError(
            f"{what} has a closed form for Gaussian components only: leave out the uniform component with "
            "mixture.take(range(mixture.n_components)), or use gaussmix.divergences.kl_divergence."
        )


def check_regular(p: FrozenParameters, q: FrozenParameters, what: str) -> None:
    """Raise InputError where a mixture has singular covariances."""
    if p.covariances.singular or q.covariances.singular:
        raise InputError(
            f"{what} needs densities in all columns: give mixtures without singular covariances."
        )


def wasserstein(p: FrozenParameters, q: FrozenParameters) -> tuple[float, Floats]:
    """Return the Wasserstein distance over transports by Gaussian mixtures, and the transport of weights (K, L).

    Parameters
    ----------
    p, q : Mixture
        Of K and L Gaussian components, in the same columns.
    """
    costs = _costs(p, q)
    plan = _plan(costs, p.weights / p.weights.sum(), q.weights / q.weights.sum())
    return float(np.sqrt(max((plan * costs).sum(), 0.0))), plan


def _costs(p: FrozenParameters, q: FrozenParameters) -> Floats:
    """Return the squared distances of all pairs of components, (K, L)."""
    ours, theirs = p.covariances.dense(), q.covariances.dense()
    values, vectors = np.linalg.eigh(ours)
    roots = (vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]) @ vectors.swapaxes(1, 2)
    traces = np.trace(ours, axis1=1, axis2=2)
    result = np.empty((len(ours), len(theirs)))
    for b, covariance in enumerate(theirs):
        cross = np.linalg.eigvalsh(roots @ covariance @ roots)
        shared = np.sqrt(np.maximum(cross, 0.0)).sum(axis=1)
        squares = ((p.means - q.means[b]) ** 2).sum(axis=1)
        result[:, b] = squares + np.maximum(traces + np.trace(covariance) - 2.0 * shared, 0.0)
    return result


def _plan(costs: Floats, p: Floats, q: Floats) -> Floats:
    """Return the transport of least cost between weights, by the simplex method."""
    K, L = costs.shape
    variables = np.arange(K * L)
    rows = np.concatenate([variables // L, K + variables % L])
    constraints = csr_array((np.ones(2 * K * L), (rows, np.tile(variables, 2))), shape=(K + L, K * L))
    # One of the constraints follows from the others, and rounding could make it contradict them.
    scale = max(float(costs.max()), np.finfo(np.float64).tiny)
    solver: Any = linprog
    answer = solver(
        costs.ravel() / scale, A_eq=constraints[:-1], b_eq=np.concatenate([p, q])[:-1], method="highs"
    )
    if answer.status != 0:
        raise GaussmixError(f"the optimal transport was not found: {answer.message}.")
    return np.asarray(np.maximum(answer.x, 0.0).reshape(K, L))


def l2_distance(p: FrozenParameters, q: FrozenParameters) -> float:
    """Return the L2 distance of two densities.

    Parameters
    ----------
    p, q : Mixture
        Of Gaussian components, in the same columns.
    """
    check_regular(p, q, "the L2 distance")
    logs = [log_product(p, p), log_product(q, q), log_product(p, q)]
    top = max(logs)
    pp, qq, pq = (np.exp(value - top) for value in logs)
    return float(np.exp(0.5 * top) * np.sqrt(max(pp + qq - 2.0 * pq, 0.0)))


def log_product(p: FrozenParameters, q: FrozenParameters) -> float:
    """Return the logarithm of the integral of the product of two densities.

    Parameters
    ----------
    p, q : Mixture
        Of regular Gaussian components, in the same columns.
    """
    with np.errstate(divide="ignore"):
        logs = log_overlaps(p, q) + np.log(p.weights)[:, None] + np.log(q.weights)
    return float(log_sum_exp(logs.reshape(1, -1))[0])


def log_overlaps(p: FrozenParameters, q: FrozenParameters) -> Floats:
    r"""Return the logarithms of the integrals of products of all pairs of components, (K, L).

    .. math:: \log \int N(x \mid \mu_a, \Sigma_a) N(x \mid \mu_b, \Sigma_b) \, dx
              = \log N(\mu_a \mid \mu_b, \Sigma_a + \Sigma_b)
    """
    covariances, D = p.covariances.dense(), p.n_features
    result = np.empty((p.n_components, q.n_components))
    for b, covariance in enumerate(q.covariances.dense()):
        roots = np.linalg.cholesky(covariances + covariance)
        apart = np.linalg.solve(roots, (p.means - q.means[b])[:, :, None])[:, :, 0]
        logs = 2.0 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
        result[:, b] = -0.5 * ((apart**2).sum(axis=1) + logs + D * np.log(2.0 * np.pi))
    return result


DISTANCES: dict[str, Callable[[FrozenParameters, FrozenParameters], float]] = {
    "l2": l2_distance,
    "wasserstein": lambda p, q: wasserstein(p, q)[0],
}
"""Distances of two mixtures, by name."""
