"""The two steps of EM: fits on one screen.

The E-step turns a block of rows into additive moments; the M-step turns moments into a mixture.
"""

from __future__ import annotations

import numpy as np

from . import kernels
from ._types import Floats
from .blocks import Block
from .covariances import Family
from .log_space import log_sum_exp
from .mixture import Mixture
from .moments import Layout, Moments
from .priors import CovariancePrior

__all__ = ["e_step", "given_step", "m_step", "score_step", "shared_step"]

_PIECE = 1 << 12


def e_step(mixture: Mixture, block: Block, reference: Floats | None = None) -> Moments:
    r"""Return the moments of a block under the responsibilities of a mixture.

    .. math:: r_{nk} = \frac{p_k N(x_n \mid \mu_k, \Sigma_k)}{\sum_j p_j N(x_n \mid \mu_j, \Sigma_j)}

    Parameters
    ----------
    mixture : Mixture
        K components in D features.
    block : Block
        Rows (n, D) and their weights.
    reference : (K, D) array, optional
        The points that the moments are taken about; the mixture's means unless given.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Mixture
    >>> moments = e_step(Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]), Block(np.array([[0.0], [9.0]])))
    >>> moments.counts.round(6)
    array([1., 1.])

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
    algorithm. J. R. Statist. Soc. B 39, 1-38.
    """
    about = mixture.means if reference is None else reference
    factors = mixture.covariances.factors
    sums = kernels.active.em_pass(block.X, block.weights, mixture.means, factors, mixture.offsets, about)
    return Moments(about, *sums, block.total_weight)


def given_step(responsibilities: Floats, block: Block, reference: Floats, layout: Layout) -> Moments:
    """Return the moments of a block under responsibilities (n, K) that are given, about a reference (K, D)."""
    r = responsibilities if block.weights is None else responsibilities * block.weights[:, None]
    sums = kernels.active.weighted_moments(block.X, r, reference, layout == "full")
    return Moments(reference, *sums, total_weight=block.total_weight)


def shared_step(block: Block, reference: Floats, layout: Layout) -> Moments:
    """Return the moments of a block under the responsibilities that it comes with, about a reference (K, D)."""
    assert block.responsibilities is not None
    return given_step(block.responsibilities, block, reference, layout)


def score_step(mixture: Mixture, block: Block) -> Floats:
    """Return Σ w log p(x), Σ w and Σ w log max_k r of a block, as (3,): what scores and criteria need."""
    sums = np.zeros(3)
    for start in range(0, block.n_rows, _PIECE):
        joint = mixture.log_joint(block.X[start : start + _PIECE])
        log_prob = log_sum_exp(joint)
        w = np.ones(len(joint)) if block.weights is None else block.weights[start : start + _PIECE]
        sums += w @ log_prob, w.sum(), w @ (joint.max(axis=1) - log_prob)
    return sums


def m_step(moments: Moments, family: Family, prior: CovariancePrior | None = None) -> Mixture:
    r"""Return the mixture that maximises the expected log-likelihood of the moments.

    .. math:: p_k = \frac{\sum_n w_n r_{nk}}{\sum_n w_n}, \quad
              \mu_k = \frac{\sum_n w_n r_{nk} x_n}{\sum_n w_n r_{nk}}, \quad
              \Sigma_k = \text{the family's estimate of the scatter about } \mu_k

    Parameters
    ----------
    moments : Moments
        In the family's layout.
    family : Family
        The rule for the covariances.
    prior : CovariancePrior, optional
        What is done to them beyond maximum likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Full
    >>> rows = Block(np.array([[0.0], [2.0]]))
    >>> m_step(given_step(np.ones((2, 1)), rows, np.zeros((1, 1)), "full"), Full()).means
    array([[1.]])
    """
    weights = moments.counts / moments.counts.sum()
    return Mixture.of(np.asarray(weights), moments.means(), family.estimate(moments, prior))
