"""Bounds and approximations of the Kullback-Leibler divergence of mixtures, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Floats
from ..log_space import log_sum_exp
from ..mixture import Mixture
from ..mixture.distances import log_overlaps
from .pairs import divergences_of_pairs, two_gaussian_mixtures

__all__ = ["KLBounds", "kl_bounds"]

_ROUNDS = 500
_SETTLED = 1e-10


@dataclass(frozen=True)
class KLBounds:
    """Bounds and approximations of a Kullback-Leibler divergence, in nats.

    Parameters
    ----------
    lower : float
        A lower bound (Durrieu et al. 2012), at least zero.
    upper : float
        The smaller of two upper bounds: the variational one (Hershey and Olsen 2007), and that of Durrieu et al.
    variational : float
        The variational approximation (Hershey and Olsen 2007), which is no bound.
    matched : float
        The approximation by the best match of each component (Goldberger et al. 2003), which is no bound.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> p, q = Mixture([0.5, 0.5], [[-1.0], [1.0]], [1.0, 1.0]), Mixture([1.0], [[0.0]], [2.0])
    >>> bounds = divergences.kl_bounds(p, q)
    >>> bounds.lower <= float(divergences.kl_divergence(p, q)) <= bounds.upper
    True
    """

    lower: float
    upper: float
    variational: float
    matched: float


def kl_bounds(p: Any, q: Any) -> KLBounds:
    r"""Return bounds and approximations of the Kullback-Leibler divergence of two mixtures, in closed form.

    The variational upper bound divides the weights of p among the components of q, and those of q among the components
    of p, so that

    .. math:: KL(p \,\|\, q) \le \sum_{ab} \phi_{ab} \left( \log \frac{\phi_{ab}}{\psi_{ab}}
              + KL(N_a \,\|\, N_b) \right), \qquad \sum_b \phi_{ab} = p_a, \quad \sum_a \psi_{ab} = q_b

    is least.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns, of Gaussian components.

    Returns
    -------
    KLBounds
        The bounds and approximations, in nats.

    Raises
    ------
    InputError
        If the columns differ, covariances are singular, or there is a uniform component.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0])
    >>> round(divergences.kl_bounds(*near).upper, 6)
    0.5

    References
    ----------
    Hershey, J. R. and Olsen, P. A. (2007). Approximating the Kullback Leibler divergence between Gaussian mixture
    models. ICASSP 2007, IV-317-IV-320.

    Durrieu, J.-L., Thiran, J.-P. and Kelly, F. (2012). Lower and upper bounds for approximation of the Kullback-Leibler
    divergence between Gaussian mixture models. ICASSP 2012, 4833-4836.

    Goldberger, J., Gordon, S. and Greenspan, H. (2003). An efficient image similarity measure based on approximations
    of KL-divergence between two Gaussian mixtures. ICCV 2003, 487-493.
    """
    first, second = two_gaussian_mixtures(p, q, "kl_bounds")
    first, second = (each.take(np.flatnonzero(each.weights > 0)) for each in (first, second))
    within, between = divergences_of_pairs(first, first), divergences_of_pairs(first, second)
    log_p, log_q = np.log(first.weights), np.log(second.weights)
    entropies = 0.5 * (first.n_features * (1.0 + np.log(2.0 * np.pi)) + first.covariances.log_determinants)
    # Bounds of E_a log p and E_a log q for each component a: from below by variation, from above by Jensen.
    p_below, q_below = log_sum_exp(log_p - within), log_sum_exp(log_q - between)
    p_above = log_sum_exp(log_p + log_overlaps(first, first)) + entropies
    q_above = log_sum_exp(log_q + log_overlaps(first, second)) + entropies
    matches = (log_q - between).argmax(axis=1)
    matched = between[np.arange(len(matches)), matches] + log_p - log_q[matches]
    upper = min(_variational(first, second, between), float(first.weights @ (p_above - q_below)))
    return KLBounds(
        lower=max(float(first.weights @ (p_below - q_above)), 0.0),
        upper=upper,
        variational=float(first.weights @ (p_below - q_below)),
        matched=float(first.weights @ matched),
    )


def _variational(p: Mixture, q: Mixture, between: Floats) -> float:
    """Return the variational upper bound: alternating minimisation over the two divisions of the weights."""
    log_p, log_q = np.log(p.weights)[:, None], np.log(q.weights)
    log_psi = np.broadcast_to(log_p + log_q, between.shape)
    bound = np.inf
    for _ in range(_ROUNDS):
        log_phi = log_psi - between
        log_phi = log_phi - log_sum_exp(log_phi)[:, None] + log_p
        log_psi = log_phi - log_sum_exp(log_phi.T) + log_q
        phi = np.exp(log_phi)
        terms = np.where(phi > 0, log_phi - log_psi + between, 0.0)
        last, bound = bound, float((phi * terms).sum())
        if last - bound <= _SETTLED * abs(bound):
            break
    return bound
