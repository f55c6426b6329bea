"""A race of proposed mixtures: the fits of neighbouring models in a selection are starts of each other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from .. import kernels
from .._types import Floats
from ..covariances import Diagonal, Full
from ..densities import Densities
from ..errors import SingularCovarianceError
from ..fitting import RunResult
from ..fitting.run_trace import RunTrace, Status
from ..frames import Frame
from ..kernels import RunEffort
from ..mixture import Mixture
from .batched_em import Runs, compiled, in_kernel, linear, run_rows
from .convergence import settle
from .local_em import LocalEM
from .predicted_moves.split_merge import LocalOptimum
from .search_data import SearchData

__all__ = [
    "Parameters",
    "best_of_proposals",
    "end_of_run",
    "ends_of",
    "in_frame",
    "joined",
    "likeliest",
    "parameters_of",
    "runs_of_parameters",
]

Parameters: TypeAlias = tuple[Floats, Floats, Floats]
"""Weights, means, and covariances in the frame of a model, of several mixtures."""

_HEATS = ((2, 10, 30.0), (6, 3, 6.0), (16, 2, 1.0))
"""Iterations of a heat, the runs that go on, and the nats by which they may be below the value to be reached."""
_COSTLY_HEATS = ((2, 3, 30.0), (6, 1, 10.0))
"""The same where the estimate is not compiled."""
_SETTLED, _STEP, _TIGHT = 400, 10, 1e-7
"""The most iterations at the end, and the mean gain of some of them that ends it, nats per row."""
_COSTLY_SETTLED = 100
"""The most of them where the estimate is not compiled: the fit goes on from there."""
_AT_BOUND = 5
"""Iterations of a run that meets the bound of the covariances: its end is almost always degenerate."""


def best_of_proposals(data: SearchData, runs: Runs, least: float = -np.inf) -> LocalOptimum | None:
    """Return the end of a race of EM runs; None where none comes near a value.

    Parameters
    ----------
    data : SearchData
    runs : Runs
        From proposed mixtures of K components; they may be overwritten.
    least : float
        The log-likelihood to be reached, nats.
    """
    return max(ends_of(data, _last(data, runs, least)), key=lambda end: end.rank, default=None)


def ends_of(data: SearchData, runs: Runs) -> list[LocalOptimum]:
    """Return the ends of EM runs, up to the first without a degenerate component.

    Where every run meets the bound of the covariances, the end is the first, after a few iterations if it is not
    degenerate yet.

    Parameters
    ----------
    data : SearchData
    runs : Runs
    """
    ends: list[LocalOptimum] = []
    local_em = LocalEM(data)
    for run in range(len(runs)):
        end = _settled(local_em, runs.take(np.array([run])))
        if end is not None:
            ends.append(end)
            if end.nondegenerate:
                break
    if not ends and len(runs):
        ends.append(_at_bound(local_em, runs.mixture(data, 0)))
    return ends


def end_of_run(data: SearchData, run: Runs) -> RunResult:
    """Return the end of one EM run; its objective is −∞ where it met the bound of the covariances.

    It has converged where it gains little. Without the compiled kernel it is where it begins.

    Parameters
    ----------
    data : SearchData
    run : Runs
        One run; it is overwritten.
    """
    began, objective, converged = time.perf_counter(), -np.inf, False
    if in_kernel(data):
        assert kernels.em_runs is not None
        done = kernels.em_runs(run_rows(data), run.table, data.rule, _effort(data))
        objective = float(run.objectives[0]) / data.total_weight
        converged = objective > -np.inf and done[0] < _SETTLED
    status: Status = "converged" if converged else "max_iter"
    # The iterations within the kernel count as one.
    values, seconds = np.array([objective]), np.array([time.perf_counter() - began])
    trace = RunTrace(values, seconds, status, f"{status} after 1 iteration")
    return RunResult(run.mixture(data, 0), objective, trace)


def _at_bound(local_em: LocalEM, mixture: Mixture) -> LocalOptimum:
    """Return the end of an EM run at the lower bound of the covariances."""
    if local_em.data.nondegenerate(mixture):
        return _by_general_steps(local_em, mixture, _AT_BOUND)
    return LocalOptimum(mixture, local_em.objective(mixture), False, -np.inf)


def _last(data: SearchData, runs: Runs, least: float) -> Runs:
    """Return the runs of the last heat, the best first."""
    heats = _HEATS if data.model.light else _COSTLY_HEATS
    if kernels.em_race is not None and compiled(data):
        table = np.array([(iterations, most, least - below) for iterations, most, below in heats])
        order = kernels.em_race(run_rows(data), runs.table, data.rule, data.distinct, table)
        return runs.take(np.array(order, dtype=np.intp))
    for iterations, most, below in heats:
        runs = runs.after(data, iterations).best(data, most, least - below)
    return runs.take(np.argsort(-runs.objectives, kind="stable"))


def _settled(local_em: LocalEM, run: Runs) -> LocalOptimum | None:
    """Return the end of EM from a run, where it gains little; None if it meets something rare in the kernel."""
    data = local_em.data
    if not in_kernel(data):
        most = _SETTLED if data.model.light else _COSTLY_SETTLED
        return _by_general_steps(local_em, run.mixture(data, 0), most)
    if not settle(local_em, run, _effort(data))[0]:
        return None
    return _optimum(data, run.mixture(data, 0), float(run.objectives[0]))


def _effort(data: SearchData) -> RunEffort:
    return RunEffort(_SETTLED, _STEP, _STEP * _TIGHT * data.total_weight)


def _by_general_steps(local_em: LocalEM, start: Mixture, iterations: int) -> LocalOptimum:
    end = local_em.converge(
        start, iterations, _TIGHT * local_em.data.total_weight, step=min(_STEP, iterations)
    )
    return _optimum(local_em.data, end, local_em.objective(end))


def _optimum(data: SearchData, end: Mixture, objective: float) -> LocalOptimum:
    return LocalOptimum(end, objective, data.nondegenerate(end), -np.inf)


def parameters_of(mixtures: Sequence[Mixture], frame: Frame) -> Parameters:
    """Return the parameters of mixtures of K components in the frame of a model, whatever their families.

    Parameters
    ----------
    mixtures : sequence of Mixture
        At least one.
    frame : Frame
    """
    # Of a few small arrays np.stack takes three times as long.
    weights = np.array([mixture.weights for mixture in mixtures])
    if mixtures[0].uniform is None:
        weights /= weights.sum(axis=1, keepdims=True)
    means = np.array([mixture.means for mixture in mixtures])
    framed = np.array([in_frame(mixture, frame) for mixture in mixtures])
    return weights, means, framed


def joined(parameters: Sequence[Parameters]) -> Parameters:
    """Return several batches of parameters as one."""
    weights, means, framed = (np.concatenate(arrays) for arrays in zip(*parameters, strict=True))
    return weights, means, framed


def runs_of_parameters(data: SearchData, parameters: Parameters) -> Runs:
    """Return EM runs that begin at given parameters, without those that are singular.

    Parameters
    ----------
    data : SearchData
    parameters : (S, K), (S, K, D) and (S, K, ...) arrays
        Weights, means, and covariances in the frame of the model.
    """
    runs = _begun(data, *parameters)
    if runs is not None:
        return runs
    alone = [_begun(data, *(array[s : s + 1] for array in parameters)) for s in range(len(parameters[0]))]
    sound = [run for run in alone if run is not None]
    return Runs.joined(sound) if sound else _no_runs(parameters)


def _no_runs(parameters: Parameters) -> Runs:
    weights, means, framed = (array[:0] for array in parameters)
    return Runs(weights, means, framed, framed, weights, np.empty(0), np.empty(0, dtype=np.intp))


def _begun(data: SearchData, weights: Floats, means: Floats, framed: Floats) -> Runs | None:
    """Return EM runs that begin at parameters; None if one of the mixtures is singular."""
    frame = data.model.frame
    if linear(data):
        shares = weights.reshape(*weights.shape, *[1] * (framed.ndim - 2))
        framed = (framed * shares).sum(axis=1, keepdims=True)
    flat = framed.reshape(-1, *framed.shape[2:])
    each = np.ones(len(flat)) if linear(data) else weights.ravel()
    whitened = _whitened(frame, each, flat)
    if whitened is None:
        return None
    factors, offsets = whitened
    factors, offsets = factors.reshape(framed.shape), offsets.reshape(framed.shape[:2])
    if linear(data):
        with np.errstate(divide="ignore"):
            offsets = np.log(weights) + offsets
    nothing, ages = np.full(len(weights), -np.inf), np.zeros(len(weights), dtype=np.intp)
    return Runs(weights, means, framed, factors, offsets, nothing, ages)


def _whitened(frame: Frame, weights: Floats, framed: Floats) -> tuple[Floats, Floats] | None:
    """Return whitening factors, and the offsets of the log-densities, of covariances; None if one is singular."""
    if kernels.whiten is not None:
        return kernels.whiten(weights, framed, None)
    free = Full() if frame.full else Diagonal()
    covariances = free.nearest(framed, np.ones(len(framed)))
    try:
        with np.errstate(divide="ignore"):
            return np.ascontiguousarray(covariances.factors), np.log(weights) + covariances.log_normalisers
    except SingularCovarianceError:
        return None


def likeliest(data: SearchData, runs: Runs, most: int) -> Runs:
    """Return the runs of highest likelihood where they begin, at most a given number.

    Parameters
    ----------
    data : SearchData
    runs : Runs
    most : int
    """
    frame, uniform = data.model.frame, data.model.uniform
    values = np.empty(len(runs))
    for s, weights in enumerate(runs.weights):
        noise = None if uniform is None else uniform.beside(weights)
        densities = Densities(runs.means[s], runs.factors[s], runs.offsets[s], frame, noise)
        values[s] = data.log_likelihood(densities)
    return runs.take(np.argsort(-values, kind="stable")[:most])


def in_frame(mixture: Mixture, frame: Frame) -> Floats:
    """Return the covariances of a mixture in another frame: variances alone, or as matrices without correlations."""
    framed, own = mixture.covariances.in_frame(), mixture.family.frame
    if own.full == frame.full:
        return framed
    return own.diagonal(framed) if own.full else framed[:, :, None] * np.eye(framed.shape[1])
