"""Distances between mixtures with a closed form."""

from __future__ import annotations

from typing import Any

from ..mixture import distances
from .pairs import two_gaussian_mixtures

__all__ = ["cauchy_schwarz_divergence", "l2_distance"]


def l2_distance(p: Any, q: Any) -> float:
    r"""Return the L2 distance of the densities of two mixtures, in closed form.

    .. math:: \left( \int (p(x) - q(x))^2 \, dx \right)^{1/2}, \qquad
              \int p \, q = \sum_a \sum_b p_a q_b \, N(\mu_a \mid \mu_b, \Sigma_a + \Sigma_b)

    It depends on the units of the columns, as densities do.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns, of Gaussian components.

    Returns
    -------
    float
        The distance, in the square root of the unit of the densities.

    Raises
    ------
    InputError
        If the columns differ, covariances are singular, or there is a uniform component.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0])
    >>> round(divergences.l2_distance(*near), 6)
    0.353268
    """
    return distances.l2_distance(*two_gaussian_mixtures(p, q, "l2_distance"))


def cauchy_schwarz_divergence(p: Any, q: Any) -> float:
    r"""Return the Cauchy-Schwarz divergence of two mixtures, in closed form.

    .. math:: -\log \frac{\int p \, q}{\left( \int p^2 \int q^2 \right)^{1/2}}

    It is zero for equal densities only, symmetric, and does not depend on the units of the columns.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns, of Gaussian components.

    Returns
    -------
    float
        The divergence in nats.

    Raises
    ------
    InputError
        If the columns differ, covariances are singular, or there is a uniform component.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0])
    >>> round(divergences.cauchy_schwarz_divergence(*near), 6)
    0.25

    References
    ----------
    Kampa, K., Hasanbelliu, E. and Principe, J. C. (2011). Closed-form Cauchy-Schwarz PDF divergence for mixture of
    Gaussians. IJCNN 2011, 2578-2585.
    """
    first, second = two_gaussian_mixtures(p, q, "cauchy_schwarz_divergence")
    norms = distances.log_product(first, first) + distances.log_product(second, second)
    return max(0.5 * norms - distances.log_product(first, second), 0.0)
