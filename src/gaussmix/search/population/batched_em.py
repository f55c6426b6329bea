"""EM runs of many mixtures in parallel, as stacked arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...densities import Densities
from ...em import e_step, m_step, penalty, placed
from ...errors import SingularCovarianceError
from ...fitting.own_estimate import EstimateState, own_estimate_steps
from ...kernels import MixtureArrays, PlainRows
from ...mixture import Mixture
from ..search_data import SearchData

__all__ = ["Runs", "first_mixtures", "linear"]

LINEAR_COLUMNS = 16
"""Least number of columns for E-steps with a shared covariance by products of rows and means: with fewer, the compiled
steps take less time."""
MOST_COLUMNS = 128
"""With more columns the NumPy steps are as fast, as LAPACK dominates."""
SIDE_BY_SIDE = 1 << 18
"""Rows x components (over all runs) of one matrix product."""
ALIKE = 0.2
"""Runs whose log-likelihoods differ by less than this share of the smallest gain that counts are taken for one."""
THREADED = 1 << 21
"""Rows x components x columns of one iteration of all runs from which on threads share them out."""


@dataclass(frozen=True, eq=False)
class Runs:
    """S mixtures of K components as stacked arrays, with their log-likelihoods.

    Parameters
    ----------
    weights : (S, K) array
    means : (S, K, D) array
    covariances, factors : (S, K, D, D) or (S, K, D) arrays
        (S, 1, ...) where :func:`linear` says so: one for all components.
    offsets : (S, K) array
    objectives : (S,) array
        Σ w log p(x) before the last M-step, nats; −∞ where a run failed.
    ages : (S,) array
        How many times a run has gone on since it began.
    """

    weights: Floats
    means: Floats
    covariances: Floats
    factors: Floats
    offsets: Floats
    objectives: Floats
    ages: Ints

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, chosen: Ints) -> Runs:
        """Return some of the runs, in that order."""
        return Runs(*(array[chosen] for array in vars(self).values()))

    @classmethod
    def of_mixture(cls, data: SearchData, mixture: Mixture, objective: float, age: int = 0) -> Runs:
        """Return the run of one mixture.

        Parameters
        ----------
        data : SearchData
        mixture : Mixture
        objective : float
        age : int
        """
        shared = slice(0, 1 if linear(data) else None)
        arrays = mixture.covariances.in_frame()[shared], mixture.covariances.factors[shared]
        values = mixture.weights, mixture.means, *arrays, mixture.offsets, objective, age
        return cls(*(np.array(value)[None] for value in values))

    def mixture(self, data: SearchData, run: int) -> Mixture:
        """Return one of the mixtures."""
        family, array = data.model.family, self.covariances[run]
        if len(array) < self.means.shape[1]:
            array = np.repeat(array, self.means.shape[1], axis=0)
        if family.pooling is None:
            covariances = family.nearest(array, self.weights[run])
        else:
            covariances = family.of_frame(array)
        return Mixture.of(self.weights[run] / self.weights[run].sum(), self.means[run].copy(), covariances)

    def after(self, data: SearchData, iterations: int) -> Runs:
        """Return the runs after some EM iterations on all rows of a table.

        Parameters
        ----------
        data : SearchData
        iterations : int
        """
        S, K, D = self.means.shape
        if S < 4 or len(data.X) * K * (D + 1) * S <= THREADED:
            return _stepped(data, self, iterations)
        parts = np.array_split(np.arange(S), 4)
        return Runs.joined(data.engine.map(lambda part: _stepped(data, self.take(part), iterations), parts))

    @classmethod
    def joined(cls, runs: Sequence[Runs]) -> Runs:
        """Return several batches of runs as one."""
        return cls(*(np.concatenate([getattr(r, name) for r in runs]) for name in cls.__dataclass_fields__))

    def best(self, data: SearchData, most: int, least: float = -np.inf) -> Runs:
        """Return the most likely distinct runs above a value; runs without a small or narrow component come first."""
        sound = data.sound(self.weights, self.factors)
        # Equal but for rounding is equal.
        top = self.objectives.max(initial=-np.inf)
        below = np.round(np.maximum(top, np.finfo(np.float64).min) - self.objectives, 6)
        values, alike = self.objectives.tolist(), ALIKE * data.gain_tol
        chosen: list[int] = []
        for s in np.lexsort((below, ~sound)).tolist():
            if len(chosen) == most or not least < values[s] < np.inf:
                continue
            if all(abs(values[s] - values[t]) > alike for t in chosen):
                chosen.append(s)
        return self.take(np.array(chosen, dtype=np.intp))


def linear(data: SearchData) -> bool:
    """Return whether the shared covariance is stored once and E-steps are matrix products."""
    pooling = data.model.family.pooling
    return (
        data.model.plain and pooling is not None and pooling.components and data.X.shape[1] >= LINEAR_COLUMNS
    )


def _stepped(data: SearchData, runs: Runs, iterations: int) -> Runs:
    """Return runs after EM iterations by the active kernel."""
    new = Runs(*(np.array(array, order="C") for array in vars(runs).values()))
    done = np.zeros(len(runs), dtype=np.intp)
    if linear(data):
        return shared_steps(data, new, iterations)
    if kernels.em_runs is None or not data.model.compiled or new.means.shape[2] > MOST_COLUMNS:
        for s in range(len(runs)):
            done[s] = _in_numpy(data, new, s, iterations)
    else:
        rows = PlainRows(data.X, data.weights, None)
        arrays = MixtureArrays(new.weights, new.means, new.covariances, new.factors, new.offsets)
        new.objectives[:], done = kernels.em_runs(rows, arrays, data.rule, np.ones(len(runs)), iterations)
    new.objectives[done < iterations] = -np.inf
    return new


def shared_steps(data: SearchData, runs: Runs, iterations: int) -> Runs:
    r"""Return runs after EM iterations in which components share a covariance, all side by side.

    With one covariance the E-step is linear in the rows, and the M-step needs first moments alone:

    .. math:: \log r_{nk} = \log p_k - \tfrac12 \mu_k^T \Sigma^{-1} \mu_k + \mu_k^T \Sigma^{-1} x_n + \text{const}_n,
        \qquad N \Sigma = \sum_n w_n x_n x_n^T - \sum_k n_k \mu_k \mu_k^T

    about the mean of all rows.
    """
    size = max(1, SIDE_BY_SIDE // (len(data.X) * runs.means.shape[1]))
    parts = [runs.take(np.arange(at, min(at + size, len(runs)))) for at in range(0, len(runs), size)]
    stepped = []
    for part in parts:
        with np.errstate(all="ignore"):
            for _ in range(iterations):
                part = _shared_step(data, part)
        part.objectives[~np.isfinite(part.objectives) | ~np.isfinite(part.offsets).all(axis=1)] = -np.inf
        stepped.append(part)
    return Runs.joined(stepped)


def _shared_step(data: SearchData, runs: Runs) -> Runs:
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
    return Runs(weights, means + centre, *shared, offsets, objectives, runs.ages)


def _in_numpy(data: SearchData, runs: Runs, s: int, iterations: int) -> int:
    """Run EM iterations of one run in place; return how many were completed."""
    model, block = data.model, data.block
    state = EstimateState(runs.weights[s], runs.means[s].copy(), None, runs.factors[s], runs.offsets[s])
    old: Mixture | None = None
    with np.errstate(all="ignore"):
        if not model.plain:
            try:
                old = placed(_of_factors(data, runs, s), model)
                state = EstimateState.of(old)
            except SingularCovarianceError:
                return 0
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
            moments = e_step(
                Densities(runs.means[s].copy(), runs.factors[s], runs.offsets[s], model.frame), block
            )
            if moments.empty.any():
                return i
            before, old = old, m_step(moments, model, old)
            mixture = old
            try:
                runs.factors[s] = mixture.covariances.factors
            except SingularCovarianceError:
                return i
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
    weights = runs.weights[s] / runs.weights[s].sum()
    return Mixture.of(weights, runs.means[s].copy(), data.model.family.nearest(framed, weights))


def first_mixtures(data: SearchData, counts: Floats, means: Floats, scatter: Floats) -> Runs:
    """Return the mixtures of an M-step from moments, with D + 1 pseudo-rows of the pooled covariance a component.

    Parameters
    ----------
    data : SearchData
    counts : (S, K) array
        Weight of each component.
    means : (S, K, D) array
    scatter : (S, K, D, D) or (S, K, D) array
        Second moments about the means.
    """
    S, K, D = means.shape
    total = counts.sum(axis=1)
    pooled = scatter.sum(axis=1) / data.model.frame.expand(total)
    leaning, rows = scatter + (D + 1.0) * pooled[:, None], counts + D + 1.0
    if not data.model.pooled:
        covariances = data.model.separately(leaning.reshape(S * K, *scatter.shape[2:]), rows.ravel())
        factors = covariances.factors.reshape(scatter.shape)
        normalisers = covariances.log_normalisers.reshape(S, K)
    else:
        covariances = data.model.separately(leaning.sum(axis=1), rows.sum(axis=1))
        factors = np.repeat(covariances.factors[:, None], 1 if linear(data) else K, axis=1)
        normalisers = np.repeat(covariances.log_normalisers[:, None], K, axis=1)
    # Zero weights are excluded, as EM cannot increase them.
    share = np.maximum(counts, 1e-3 * (total / K)[:, None])
    weights = share / share.sum(axis=1, keepdims=True)
    factors = np.ascontiguousarray(factors)
    offsets = np.log(weights) + normalisers
    return Runs(
        weights,
        means,
        np.empty_like(factors),
        factors,
        offsets,
        np.full(S, -np.inf),
        np.zeros(S, dtype=np.intp),
    )
