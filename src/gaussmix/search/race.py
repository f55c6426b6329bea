"""A race of proposed mixtures: the fits of neighbouring models in a selection are starts of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats
from ..covariances import Diagonal, Full
from ..errors import SingularCovarianceError
from ..frames import Frame
from ..mixture import Mixture
from .local_em import LocalEM
from .population.batched_em import Runs, linear
from .predicted_moves.split_merge import LocalOptimum
from .search_data import SearchData

__all__ = ["best_of_proposals"]

_HEATS = ((8, 4, 10.0), (12, 2, 4.0), (20, 2, 1.0))
"""Iterations of a heat, the runs that go on, and the nats by which they may be below the value to be reached."""
_COSTLY_HEATS = ((2, 3, 30.0), (6, 1, 10.0))
"""The same where the estimate is not compiled."""
_SETTLED, _TIGHT = 400, 1e-7
"""The most iterations at the end, and the gain of an iteration that ends it, nats per row."""


def best_of_proposals(
    data: SearchData, proposals: Sequence[Mixture], least: float = -np.inf
) -> LocalOptimum | None:
    """Return the end of a race of proposed mixtures; None where no run comes near a value.

    Parameters
    ----------
    data : SearchData
    proposals : sequence of Mixture
        Of K components, in any family: EM begins at their densities.
    least : float
        The log-likelihood to be reached, nats.
    """
    heats = _HEATS if data.model.light else _COSTLY_HEATS
    runs = _proposed_runs(data, proposals, heats[0][0])
    if runs is None:
        return None
    for number, (_, most, below) in enumerate(heats):
        runs = runs.best(data, most)
        runs = runs.take(np.flatnonzero(runs.objectives > least - below))
        if not len(runs):
            return None
        if number + 1 < len(heats):
            runs = runs.after(data, heats[number + 1][0])
    local_em = LocalEM(data)
    order = np.argsort(-runs.objectives, kind="stable")
    ends = []
    for r in order:
        end = local_em.converge(runs.mixture(data, int(r)), _SETTLED, _TIGHT * data.total_weight, step=20)
        objective = local_em.objective(end)
        ends.append(LocalOptimum(end, objective, objective, data.nondegenerate(end), -np.inf))
        if ends[-1].nondegenerate:
            break
    return max(ends, key=lambda end: end.rank)


def _proposed_runs(data: SearchData, proposals: Sequence[Mixture], iterations: int) -> Runs | None:
    """Return short EM runs from proposed mixtures; None where there are none.

    The first E-step is that of the proposal, whatever its family; its covariances come in the frame of the model, and
    as one where all components share it in the runs.

    Parameters
    ----------
    data : SearchData
    proposals : sequence of Mixture
    iterations : int
    """
    try:
        return _begun(data, proposals).after(data, iterations) if proposals else None
    except SingularCovarianceError:
        sound = [mixture for mixture in proposals if _has_factors(data, mixture)]
        return _proposed_runs(data, sound, iterations) if len(sound) < len(proposals) else None


def _has_factors(data: SearchData, mixture: Mixture) -> bool:
    try:
        _begun(data, [mixture])
    except SingularCovarianceError:
        return False
    return True


def _begun(data: SearchData, proposals: Sequence[Mixture]) -> Runs:
    """Return runs from mixtures of K components."""
    frame = data.model.frame
    weights = np.stack([mixture.weights / mixture.weights.sum() for mixture in proposals])
    means = np.stack([mixture.means for mixture in proposals])
    framed = np.stack([_in_frame(mixture, frame) for mixture in proposals])
    if linear(data):
        framed = (
            framed * frame.expand(weights.ravel()).reshape(*weights.shape, *[1] * (framed.ndim - 2))
        ).sum(axis=1, keepdims=True)
    flat = framed.reshape(-1, *framed.shape[2:])
    free = Full() if frame.full else Diagonal()
    covariances = free.nearest(flat, np.ones(len(flat)))
    factors = np.ascontiguousarray(covariances.factors.reshape(framed.shape))
    with np.errstate(divide="ignore"):
        offsets = np.log(weights) + covariances.log_normalisers.reshape(framed.shape[:2])
    nothing, ages = np.full(len(proposals), -np.inf), np.zeros(len(proposals), dtype=np.intp)
    return Runs(weights, means, np.empty_like(factors), factors, offsets, nothing, ages)


def _in_frame(mixture: Mixture, frame: Frame) -> Floats:
    """Return the covariances of a mixture in another frame: variances alone, or as matrices without correlations."""
    framed, own = mixture.covariances.in_frame(), mixture.family.frame
    if own.full == frame.full:
        return framed
    return own.diagonal(framed) if own.full else framed[:, :, None] * np.eye(framed.shape[1])
