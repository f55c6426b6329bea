"""Information criteria: the fit of a mixture against its number of parameters; lower is better."""

from __future__ import annotations

import math

import numpy as np

from ..mixture import Mixture

__all__ = ["aic", "bic", "icl", "message_length"]


def aic(log_likelihood: float, n_parameters: int) -> float:
    r"""Return Akaike's criterion :math:`-2 \log L + 2 \nu`; lower is better.

    Parameters
    ----------
    log_likelihood : float
        log L of all rows, nats.
    n_parameters : int
        ν, the number of free parameters.

    Examples
    --------
    >>> aic(-100.0, 5)
    210.0

    References
    ----------
    Akaike, H. (1974). A new look at the statistical model identification. IEEE Trans. Autom. Control 19, 716-723.
    """
    return -2.0 * log_likelihood + 2.0 * n_parameters


def bic(log_likelihood: float, n_parameters: int, total_weight: float) -> float:
    r"""Return Schwarz's criterion :math:`-2 \log L + \nu \log n`; lower is better.

    Parameters
    ----------
    log_likelihood : float
        log L of all rows, nats.
    n_parameters : int
        ν, the number of free parameters.
    total_weight : float
        n, the sum of the rows' weights.

    Examples
    --------
    >>> round(bic(-100.0, 5, 1000.0), 4)
    234.5388

    References
    ----------
    Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.
    """
    return -2.0 * log_likelihood + n_parameters * math.log(total_weight)


def icl(bic_value: float, map_entropy: float) -> float:
    r"""Return the integrated completed likelihood criterion :math:`BIC - 2 \sum_n w_n \log \max_k r_{nk}`.

    Lower is better; it is the larger, the less clearly rows belong to one component.

    Parameters
    ----------
    bic_value : float
        The value of :func:`bic`.
    map_entropy : float
        Σ w log max_k r, at most 0.

    Examples
    --------
    >>> icl(234.0, -3.0)
    240.0

    References
    ----------
    Biernacki, C., Celeux, G. and Govaert, G. (2000). Assessing a mixture model for clustering with the integrated
    completed likelihood. IEEE Trans. Pattern Anal. Mach. Intell. 22, 719-725.
    """
    return bic_value - 2.0 * map_entropy


def message_length(mixture: Mixture, log_likelihood: float, total_weight: float) -> float:
    r"""Return the message length of rows and a mixture; lower is better.

    .. math:: \frac{N}{2} \sum_k \log \frac{n p_k}{12} + \frac{K + M}{2} \log \frac{n}{12}
              + \frac{K (N + 1) + M}{2} - \log L

    for N parameters of each component besides its weight p_k, and M that all components share (none in the paper).

    Parameters
    ----------
    mixture : Mixture
        K components.
    log_likelihood : float
        log L of all rows, nats.
    total_weight : float
        n, the sum of the rows' weights.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> round(message_length(Mixture([1.0], [[0.0]], [1.0]), -141.9, 100.0), 4)
    146.5804

    References
    ----------
    Figueiredo, M. A. T. and Jain, A. K. (2002). Unsupervised learning of finite mixture models. IEEE Trans. Pattern
    Anal. Mach. Intell. 24, 381-396.
    """
    K, D, family = mixture.n_components, mixture.n_features, mixture.family
    own = D + family.n_parameters(2, D) - family.n_parameters(1, D)
    shared = family.n_parameters(1, D) - own + D
    unit = math.log(total_weight / 12.0)
    weights = 0.5 * own * float(np.log(mixture.weights).sum() + K * unit)
    return weights + 0.5 * (K + shared) * unit + 0.5 * (K * (own + 1) + shared) - log_likelihood
