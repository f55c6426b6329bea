"""The Wasserstein distance between mixtures, by transport of components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from .._types import Floats
from ..errors import GaussmixError, InputError
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of
from .pairs import only_gaussians

__all__ = ["Transport", "wasserstein_distance"]


@dataclass(frozen=True, eq=False)
class Transport:
    """The optimal transport between the components of two mixtures.

    Parameters
    ----------
    distance : float
        The distance; ``float`` returns it. In the unit of the columns.
    plan : (K, L) array
        The weight that each component of the first mixture gives to each of the second.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> p = Mixture([0.5, 0.5], [[0.0], [10.0]], [1.0, 1.0])
    >>> q = Mixture([0.25, 0.75], [[0.0], [10.0]], [1.0, 1.0])
    >>> divergences.wasserstein_distance(p, q).plan
    array([[0.25, 0.25],
           [0.  , 0.5 ]])
    """

    distance: float
    plan: Floats

    def __float__(self) -> float:
        return self.distance


def wasserstein_distance(p: Any, q: Any) -> Transport:
    r"""Return the Wasserstein distance of order 2 between mixtures, over transports by Gaussian mixtures.

    .. math:: MW_2(p, q)^2 = \min_{w} \sum_{ab} w_{ab} \, W_2(N_a, N_b)^2, \qquad
              W_2(N_a, N_b)^2 = |\mu_a - \mu_b|^2
              + \operatorname{tr} \left( \Sigma_a + \Sigma_b - 2 (\Sigma_a^{1/2} \Sigma_b \Sigma_a^{1/2})^{1/2} \right)

    with :math:`\sum_b w_{ab} = p_a` and :math:`\sum_a w_{ab} = q_b`. It is a metric, at least the Wasserstein distance
    over all transports, and equal to it for single Gaussians. It depends on the units of the columns.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns, of Gaussian components.

    Returns
    -------
    Transport
        The distance in the unit of the columns, and the transport between components.

    Raises
    ------
    InputError
        If the columns differ, or there is a uniform component.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[3.0]], [1.0])
    >>> float(divergences.wasserstein_distance(*near))
    3.0

    References
    ----------
    Delon, J. and Desolneux, A. (2020). A Wasserstein-type distance in the space of Gaussian mixture models. SIAM J.
    Imaging Sci. 13, 936-970.
    """
    first, second = (gaussians_of(model, "wasserstein_distance") for model in (p, q))
    if first.n_features != second.n_features:
        raise InputError(
            f"the mixtures have {first.n_features} and {second.n_features} columns: give two of the same columns."
        )
    only_gaussians(first, second, "wasserstein_distance")
    costs = _costs(first, second)
    plan = _plan(costs, first.weights / first.weights.sum(), second.weights / second.weights.sum())
    return Transport(float(np.sqrt(max((plan * costs).sum(), 0.0))), plan)


def _costs(p: Mixture, q: Mixture) -> Floats:
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
        raise GaussmixError(f"the optimal transport was not found: {answer.message}")
    return np.asarray(np.maximum(answer.x, 0.0).reshape(K, L))
