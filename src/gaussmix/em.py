"""The E-step and the M-step of EM.

The E-step turns a block of rows into additive moments; the M-step turns moments into a mixture.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from . import kernels
from ._types import Floats
from .blocks import Block
from .covariances import Covariances
from .densities import Densities
from .frames import LowRankFrame, MomentFrame
from .mixture import Mixture, TMixture
from .model import Model
from .moments import Moments
from .student import student_step
from .uniform import noise_only

__all__ = ["e_step", "given_step", "imposed", "m_step", "penalty", "placed"]


def e_step(densities: Densities, block: Block, reference: Floats | None = None) -> Moments:
    r"""Return the moments of a block under the responsibilities of weighted densities.

    .. math:: r_{nk} = \frac{\rho_k(x_n)}{b(x_n) + \sum_j \rho_j(x_n)}

    with the background b of the block, which is zero unless given.

    Parameters
    ----------
    densities : Densities
        ρ, of K components in D features; those of a mixture are :attr:`gaussmix.Mixture.densities`.
    block : Block
        Rows (n, D) with their weights and background.
    reference : (K, D) array, optional
        The points that the moments are taken about; the means of the densities unless given.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    >>> e_step(mixture.densities, Block(np.array([[0.0], [9.0]]))).counts.round(6)
    array([1., 1.])

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
    algorithm. J. R. Statist. Soc. B 39, 1-38.
    """
    about = densities.means if reference is None else reference
    if block.complete and block.allowed is not None and densities.limits is None:
        return _by_label(densities, block, about)
    if densities.degrees is not None:
        return student_step(densities, block, about)
    if densities.limits is not None:
        return _of_incomplete_rows(densities, block, about)
    if not block.complete:
        return _of_incomplete_rows(densities, block, about)
    K, arrays = len(about), densities.arrays
    if densities.uniform is None:
        sums = densities.gaussian_kernel.em_pass(block.X, block.weights, *arrays, about, block.background)
        return Moments(densities.frame, about, *sums, block.total_weight)
    around = np.concatenate([about, arrays[0][K:]])
    counts, first, second, log_likelihood, map_entropy = densities.gaussian_kernel.em_pass(
        block.X, block.weights, *arrays, around, block.background
    )
    return Moments(
        densities.frame,
        about,
        counts[:K],
        first[:K],
        second[:K],
        log_likelihood,
        map_entropy,
        block.total_weight,
        uniform=float(counts[K]),
    )


def _of_incomplete_rows(densities: Densities, block: Block, about: Floats) -> Moments:
    """Return the expected moments of rows with missing values or measurement errors."""
    sums = densities.rows_pass(block.observations(len(about), densities.uniform), about)
    moments = Moments(densities.frame, about, *sums, block.total_weight)
    if densities.uniform is None:
        return moments
    return replace(moments, uniform=max(0.0, moments.total_weight - float(moments.counts.sum())))


def _by_label(densities: Densities, block: Block, about: Floats) -> Moments:
    """Return the sum of the moments of the groups of rows with the same allowed components."""
    assert block.allowed is not None
    sets, labels = np.unique(block.allowed, axis=0, return_inverse=True)
    plain = replace(block, allowed=None)
    parts = [
        e_step(densities.restricted(allowed), plain.take(np.flatnonzero(labels.ravel() == i)), about)
        for i, allowed in enumerate(sets)
    ]
    return reduce(add, parts)


def given_step(responsibilities: Floats, block: Block, reference: Floats, frame: MomentFrame) -> Moments:
    """Return the moments of a block under given responsibilities (n, K), about a reference (K, D)."""
    r = responsibilities if block.weights is None else responsibilities * block.weights[:, None]
    if isinstance(frame, LowRankFrame):
        sums = kernels.low_rank.weighted_moments(block.X, r, reference, frame.basis)
    else:
        sums = kernels.active.weighted_moments(block.X, r, reference, frame.full)
    return Moments(frame, reference, *sums, total_weight=block.total_weight)


def m_step(moments: Moments, model: Model, old: Mixture | None = None) -> Mixture:
    r"""Return the mixture of maximum expected log-likelihood for the moments, plus the log-density of the prior.

    .. math:: p_k = \frac{\sum_n w_n r_{nk}}{\sum_n w_n}, \quad
              \mu_k = \frac{\sum_n w_n r_{nk} x_n}{\sum_n w_n r_{nk}}, \quad
              \Sigma_k = \text{the family's estimate of the scatter about } \mu_k

    A prior adds its pseudo-moments. Where some parameters are restricted, the others are estimated given these.

    Parameters
    ----------
    moments : Moments
        In the frame of the model.
    model : Model
        The family of the covariances, their constraint, the prior and the restrictions.
    old : Mixture, optional
        The mixture of the E-step; its covariances are the start of iterative estimates.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Full
    >>> rows = Block(np.array([[0.0], [2.0]]))
    >>> model = Model(Full())
    >>> m_step(given_step(np.ones((2, 1)), rows, np.zeros((1, 1)), model.frame), model).means
    array([[1.]])
    """
    total = moments.members.sum() + moments.uniform
    if moments.uniform >= total:
        raise noise_only()
    weights, share = model.weights(moments.members, moments.uniform)
    start = None if old is None else old.covariances
    whole = model.completed(moments, start)
    covariances = model.covariances(whole, start)
    uniform = None if model.uniform is None else model.uniform.of_weight(share)
    mixture = Mixture.of(weights, whole.means(), covariances, uniform=uniform)
    if moments.scales is None or model.tails is None or not isinstance(old, TMixture):
        return mixture
    degrees = model.tails.update(moments.scales, old.degrees_of_freedom)
    return TMixture.with_tails(mixture, degrees, model.tails.estimated)


def penalty(mixture: Mixture, model: Model) -> float:
    """Return the logarithm of the prior density of a mixture, nats, up to a constant; zero without a prior."""
    if model.prior is None:
        return 0.0
    weights, uniform = mixture.weights, mixture.uniform
    if uniform is not None:
        weights = np.append(weights, uniform.weight)
    return model.penalty(weights, mixture.means, mixture.covariances.factors, mixture.covariances.frame)


def placed(mixture: Mixture, model: Model) -> Mixture:
    """Return a mixture with the restrictions of a model imposed on the components nearest to the fixed parameters.

    Parameters
    ----------
    mixture : Mixture
        With components in any order.
    """
    rules = model.restrictions
    if rules.of_parameters:
        deviations = np.sqrt(np.diagonal(mixture.gaussian.covariance()))
        order = rules.placed(mixture.means, mixture.covariances, mixture.weights, deviations)
        mixture = mixture.reordered(order)
    return imposed(mixture, model)


def imposed(mixture: Mixture, model: Model) -> Mixture:
    """Return a mixture with the restrictions of a model imposed, as a start of EM.

    Parameters
    ----------
    mixture : Mixture
        Each fixed parameter replaces that of the component with its number.
    """
    rules, uniform = model.restrictions, mixture.uniform
    if not rules.anything:
        return mixture
    beside = None if uniform is None else uniform.weight
    weights, share = rules.restricted_weights(mixture.weights, beside)
    means = rules.restricted_means(mixture.means, mixture.weights, mixture.covariances)
    covariances = mixture.covariances
    if (means != mixture.means).any():
        covariances = _widened(covariances, weights, mixture.means - means)
    covariances = rules.imposed_covariances(covariances, weights)
    if uniform is not None:
        uniform = uniform.of_weight(share)
    return mixture.like(weights, np.array(means), covariances, mixture.feature_names, uniform)


def _widened(covariances: Covariances, weights: Floats, shifts: Floats) -> Covariances:
    """Return the covariances about other means, which the rows of a component are farther from."""
    family = covariances.family
    if covariances.frame.low_rank:
        return covariances
    frame = family.frame
    return family.nearest(covariances.in_frame() + frame.outer(shifts, shifts), weights)
