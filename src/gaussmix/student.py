"""The E-step with t distributed components.

A t distribution is a Gaussian whose precision τ varies from row to row, by a gamma distribution: x given τ is
N(μ, Σ/τ). The E-step returns the responsibilities and the expected precisions u of the rows; the moments for the M-step
are those of a Gaussian mixture, with the weights r u, so that remote rows count little.

References
----------
Peel, D. and McLachlan, G. J. (2000). Robust mixture modelling using the t distribution. Statistics and Computing 10,
339-348.
"""

from __future__ import annotations

import numpy as np

from ._types import Floats
from .blocks import Block
from .densities import Densities
from .kernels.student_rows import StudentSums, log_scale_excess, posterior_shares
from .moments import Moments, ScaleSums

__all__ = ["precision_weights", "student_step"]

_FAR = 1e100
"""Distance from a reference beyond which a square may leave the range of float64."""


def student_step(densities: Densities, block: Block, about: Floats) -> Moments:
    """Return the moments of a block under t distributed components, about a reference (K, D).

    Parameters
    ----------
    densities : Densities
        Of K components, with degrees of freedom.
    block : Block
        Rows (n, D), without labels if they are complete.
    about : (K, D) array
    """
    sums = _of_complete_rows(densities, block, about) if block.complete else _of_rows(densities, block, about)
    lacking = 0.0 if densities.uniform is None else max(0.0, block.total_weight - float(sums.members.sum()))
    return Moments(
        densities.frame,
        about,
        *sums[:5],
        block.total_weight,
        lacking,
        ScaleSums(sums.members, sums.log_scales),
    )


def _of_rows(densities: Densities, block: Block, about: Floats) -> StudentSums:
    return densities.student_pass(block.observations(len(about), densities.uniform), about)


def _of_complete_rows(densities: Densities, block: Block, about: Floats) -> StudentSums:
    K, D = about.shape
    kernel, (means, factors, offsets) = densities.student, densities.arrays
    ratios = kernel.log_ratios(block.X, means, factors)
    shares, log_density, log_top = posterior_shares(kernel.of_ratios(ratios, offsets, D), block.background)
    assert densities.degrees is not None
    u, excess = log_scale_excess(ratios[:, :K], densities.degrees, D)
    w = np.ones(block.n_rows) if block.weights is None else block.weights
    r = w[:, None] * shares[:, :K]
    counts, first, second = _moments(densities, block, r, u, about)
    return StudentSums(
        counts,
        first,
        second,
        float(w @ log_density),
        float(w @ log_top),
        r.sum(axis=0),
        (r * excess).sum(axis=0),
    )


def _moments(
    densities: Densities, block: Block, r: Floats, u: Floats, about: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return Σ r u and the first and second moments with these weights, about a reference."""
    X = block.X
    if X.max(initial=0.0) < _FAR and X.min(initial=0.0) > -_FAR:
        return densities.weighted_moments(X, r * u, about)
    far = np.flatnonzero(~(np.abs(X).max(axis=1, initial=0.0) < _FAR))
    near = np.delete(np.arange(len(X)), far)
    counts, first, second = densities.weighted_moments(X[near], r[near] * u[near], about)
    # u times the square of a deviation is moderate where the square alone is beyond float64.
    root = np.sqrt(u[far])
    whole = np.zeros((len(about), about.shape[1], about.shape[1]))
    for k, centre in enumerate(about):
        pulled = (np.asarray(X[far], dtype=np.float64) - centre) * root[:, k, None]
        weighted = pulled * r[far, k, None]
        first[k] += root[:, k] @ weighted
        whole[k] = weighted.T @ pulled
    return counts + (r[far] * u[far]).sum(axis=0), first, second + densities.frame.of_matrices(whole)


def precision_weights(densities: Densities, block: Block) -> Floats:
    """Return the expected precision of each row, Σ_k r_k u_k, (n,): about one near a component, and near zero far away.

    Parameters
    ----------
    densities : Densities
        Of K components, with degrees of freedom.
    block : Block
        Rows (n, D).
    """
    assert densities.degrees is not None
    K = len(densities.means)
    if block.complete:
        kernel, (means, factors, offsets) = densities.student, densities.arrays
        ratios = kernel.log_ratios(block.X, means, factors)
        joint = kernel.of_ratios(ratios, offsets, means.shape[1])
        u = log_scale_excess(ratios[:, :K], densities.degrees, means.shape[1])[0]
    else:
        joint, u = densities.student_joint(block.observations(K)._replace(allowed=None))
        if densities.uniform is not None:
            joint = np.column_stack([joint, densities.uniform.log_density(block.X)])
    if block.allowed is not None:
        joint[~block.allowed[:, : joint.shape[1]]] = -np.inf
    shares = posterior_shares(joint, None)[0][:, :K]
    return np.asarray((shares * u).sum(axis=1))
