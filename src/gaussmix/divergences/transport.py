"""The Wasserstein distance between mixtures, by transport of components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._types import Floats
from ..mixture.distances import check_columns, check_gaussians, wasserstein
from ..mixture.of_model import gaussians_of

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
    check_columns(first, second)
    check_gaussians(first, second, "wasserstein_distance")
    return Transport(*wasserstein(first, second))
