"""EM iterations of the runs of a search in NumPy: with a shared covariance, of families without a compiled M-step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._types import Floats
from ..densities import Densities
from ..em import e_step, m_step, penalty, placed
from ..errors import DegenerateMixtureError
from ..fitting.own_estimate import EstimateState, own_estimate_steps
from ..kernels import MixtureArrays
from ..mixture import Mixture
from ..starts.beside_uniform import beside
from .search_data import SearchData

if TYPE_CHECKING:
    from .batched_em import Runs

__all__ = ["shared_steps", "steps_of_run"]

SIDE_BY_SIDE = 1 << 18
"""Rows x components (over all runs) of one matrix product."""


def shared_steps(data: SearchData, runs: Runs, iterations: int) -> None:
    r"""Replace runs by those after EM iterations in which components share a covariance, all side by side.

    With one covariance the E-step is linear in the rows, and the M-step needs first moments alone:

    .. math:: \log r_{nk} = \log p_k - \tfrac12 \mu_k^T \Sigma^{-1} \mu_k + \mu_k^T \Sigma^{-1} x_n + \text{const}_n,
        \qquad N \Sigma = \sum_n w_n x_n x_n^T - \sum_k n_k \mu_k \mu_k^T

    about the mean of all rows.
    """
    size = max(1, SIDE_BY_SIDE // (len(data.X) * runs.layout[0]))
    for at in range(0, len(runs), size):
        part = runs.of_numbers(runs.numbers[at : at + size], runs.layout)
        views = MixtureArrays(*(getattr(part, name) for name in MixtureArrays._fields))
        arrays, objectives = views, part.objectives
        with np.errstate(all="ignore"):
            for _ in range(iterations):
                arrays, objectives = _shared_step(data, arrays)
        for view, array in zip(views, arrays, strict=True):
            view[:] = array
        failed = ~np.isfinite(objectives) | ~np.isfinite(part.offsets).all(axis=1)
        part.objectives[:] = np.where(failed, -np.inf, objectives)


def _shared_step(data: SearchData, runs: MixtureArrays) -> tuple[MixtureArrays, Floats]:
    Y, T, centre = data.centred, data.total_scatter, data.rows.mean
    S, K, D = runs.means.shape
    factors, means = runs.factors[:, 0], runs.means - centre
    frame, full = data.model.frame, data.model.full
    whitened = frame.whiten(factors, means)
    slopes = frame.whiten_transposed(factors, whitened)
    constants = runs.offsets - 0.5 * (whitened**2).sum(axis=2)
    # Rows come last: reductions over the few components of each run are then vectorised.
    R = (slopes.reshape(S * K, D) @ Y.T).reshape(S, K, -1)
    R += constants[:, :, None]
    top = R.max(axis=1)
    R -= top[:, None]
    np.exp(R, out=R)
    total = R.sum(axis=1)
    spread = ((factors @ T) * factors).sum(axis=(1, 2)) if full else factors**2 @ T
    objectives = (top + np.log(total)) @ data.weights - 0.5 * spread
    R *= (data.weights / total)[:, None]
    counts = R.sum(axis=2)
    means = (R.reshape(S * K, -1) @ Y).reshape(S, K, D) / counts[:, :, None]
    weighted = counts[:, :, None] * means
    within = T - (weighted.swapaxes(1, 2) @ means if full else (weighted * means).sum(axis=1))
    least = frame.diagonal(within).min(axis=1)
    failed = ~(counts.min(axis=1) > 1e-200) | ~(least > 0.0)
    within[failed], objectives[failed] = T, np.nan
    N = data.total_weight
    covariances = data.model.separately(within, np.full(S, N))
    array = covariances.in_frame()
    weights = counts / counts.sum(axis=1, keepdims=True)
    offsets = np.log(weights) + covariances.log_normalisers[:, None]
    shared = array[:, None], covariances.factors[:, None]
    return MixtureArrays(weights, means + centre, *shared, offsets), objectives


def steps_of_run(data: SearchData, runs: Runs, s: int, iterations: int) -> None:
    """Replace one run by that after EM iterations; its log-likelihood is −∞ if it fails."""
    try:
        done = _steps_done(data, runs, s, iterations)
    except DegenerateMixtureError:
        done = 0
    if done < iterations:
        runs.objectives[s] = -np.inf


def _steps_done(data: SearchData, runs: Runs, s: int, iterations: int) -> int:
    """Run EM iterations in place; return the number of those completed."""
    model, block = data.model, data.block
    state = EstimateState(runs.weights[s], runs.means[s].copy(), None, runs.factors[s], runs.offsets[s])
    old: Mixture | None = None
    with np.errstate(all="ignore"):
        if not model.plain:
            old = placed(_of_factors(data, runs, s), model)
            state = EstimateState.of(old)
            runs.weights[s], runs.means[s], runs.offsets[s] = state.weights, state.means, state.offsets
            runs.factors[s] = state.factors
        state, done = own_estimate_steps(block, model, state, iterations)
        if done:
            assert state.covariances is not None
            old = state.mixture
            runs.weights[s], runs.means[s], runs.offsets[s] = state.weights, state.means, state.offsets
            runs.factors[s], runs.covariances[s] = state.factors, state.covariances.in_frame()
            runs.objectives[s] = state.log_likelihood
        for i in range(done, iterations):
            uniform = None if model.uniform is None else model.uniform.beside(runs.weights[s])
            moments = e_step(
                Densities(runs.means[s].copy(), runs.factors[s], runs.offsets[s], model.frame, uniform), block
            )
            if moments.empty.any():
                return i
            before, old = old, m_step(moments, model, old)
            mixture = old
            runs.factors[s] = mixture.covariances.factors
            runs.weights[s], runs.means[s], runs.offsets[s] = mixture.weights, mixture.means, mixture.offsets
            covariances = mixture.covariances
            runs.covariances[s] = covariances.in_frame()
            runs.objectives[s] = moments.log_likelihood
            if before is not None:
                runs.objectives[s] += penalty(before, model)
    return iterations


def _of_factors(data: SearchData, runs: Runs, s: int) -> Mixture:
    """Return the mixture of a run's factors."""
    framed = data.model.frame.covariances(runs.factors[s])
    weights, uniform = runs.weights[s] / runs.weights[s].sum(), data.model.uniform
    covariances = data.model.family.nearest(framed, weights)
    mixture = Mixture.of(weights, runs.means[s].copy(), covariances)
    return mixture if uniform is None else beside(mixture, uniform.beside(runs.weights[s]))
