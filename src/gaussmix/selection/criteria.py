"""Information criteria: the fit of a mixture against its number of parameters; lower is better."""

from __future__ import annotations

import math

__all__ = ["aic", "bic", "icl"]


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
