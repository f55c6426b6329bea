"""The best split of a component in two, by partial EM from several bipartitions with successive halving."""

from __future__ import annotations

import numpy as np

from ... import kernels
from ..._types import Floats
from ...kernels import SplitEffort, SplitRows
from ...mixture import Mixture
from ..search_data import SearchData
from .bipartitions import bipartitions
from .partial_em import RestrictedRows, partial_em

__all__ = ["BALLS", "best_split", "split_iterations", "uniforms"]

BALLS = 4
"""Number of bipartitions by balls of nearest neighbours."""
PLANES = {1: 128, 2: 64, 3: 128}
"""Planes of the plane scan by the number of columns; with more columns, random planes find nothing."""
FIRST, BETTER, THEN, FINALISTS, MORE = 3, 4, 3, 2, 8
"""Iterations for every bipartition; number of better ones, and their iterations; number of finalists, and theirs."""


def _planes(data: SearchData) -> int:
    """Return the number of planes to try: none for families without correlations in several columns."""
    D = data.X.shape[1]
    return PLANES.get(D, 0) if D == 1 or data.model.full else 0


def split_iterations(data: SearchData) -> int:
    """Return the number of iterations of the trials of one split, those for their bipartitions included."""
    bipartitions = 5 + BALLS + (_planes(data) > 0)
    return bipartitions * (1 + FIRST) + BETTER * THEN + FINALISTS * MORE


def uniforms(data: SearchData, rng: np.random.Generator) -> Floats:
    """Return the random numbers of one split."""
    return np.asarray(rng.random(6 + 2 * BALLS + _planes(data) * data.X.shape[1]))


def best_split(
    data: SearchData, restricted: RestrictedRows, centre: Floats, factor: Floats, uniform: Floats
) -> tuple[Mixture | None, float]:
    """Return the best pair of components for the place of the free ones, and its gain, nats.

    Parameters
    ----------
    data : SearchData
    restricted : RestrictedRows
    centre : (D,) array
        Mean of the component to be split.
    factor : (D, D) or (D,) array
        Its whitening factor.
    uniform : (U,) array
        Random numbers; see :func:`uniforms`.
    """
    if restricted.block.n_rows < 2:
        return None, -np.inf
    deviations = restricted.block.X - centre
    Y = restricted.model.frame.whiten(factor, deviations)
    v = restricted.share if restricted.block.weights is None else restricted.block.weights * restricted.share
    if kernels.best_split is not None and restricted.model.compiled:
        block = restricted.block
        assert block.weights is not None
        assert block.background is not None
        X, Y = np.asarray(block.X, dtype=np.float64), np.ascontiguousarray(Y)
        rows = SplitRows(X, Y, restricted.Z, v, block.weights, block.background, np.ascontiguousarray(centre))
        return _compiled(kernels.best_split, data, restricted, rows, uniform)
    sides = bipartitions(Y, restricted.Z, v, len(centre) + 1, uniform, BALLS)
    lean = np.full(len(sides), len(centre) + 1.0)
    if _planes(data):
        lean[-1] = 0.0  # no shrinkage for the plane partition: it would widen the thin component
    tried = [
        _after_em(data, restricted, start, FIRST) for start in _starts(restricted, centre, v, sides, lean)
    ]
    tried.sort(key=lambda trial: -trial[1])
    better = [_after_em(data, restricted, part, THEN) for part, gain in tried[:BETTER] if gain > -np.inf]
    better.sort(key=lambda trial: -trial[1])
    best: tuple[Mixture | None, float] = None, -np.inf
    for part, gain_so_far in better[:FINALISTS]:
        if gain_so_far > -np.inf:
            after, gain = _after_em(data, restricted, part, MORE)
            best = (after, gain) if gain > best[1] else best
    return best


def _after_em(
    data: SearchData, restricted: RestrictedRows, part: Mixture, iterations: int
) -> tuple[Mixture, float]:
    """Return the result of :func:`partial_em`, with a gain of −∞ if the constraint is active."""
    part, gain = partial_em(data, restricted, part, iterations)
    if data.model.full and len(data.model.constraint.active(part.covariances.dense())):
        return part, -np.inf
    return part, gain


def _compiled(
    split: kernels.BestSplit, data: SearchData, restricted: RestrictedRows, rows: SplitRows, uniform: Floats
) -> tuple[Mixture | None, float]:
    effort = SplitEffort(BALLS, _planes(data), FIRST, BETTER, THEN, FINALISTS, MORE)
    rule, least_weight = restricted.model.rule(len(rows.X[0])), data.least_rows / data.total_weight
    objective, weights, means, covariances = split(rows, rule, effort, uniform, least_weight, data.model.full)
    if not objective > -np.inf:
        return None, -np.inf
    part = Mixture.of(weights, means, restricted.model.family.of_frame(covariances))
    return part, objective - restricted.objective


def _starts(
    restricted: RestrictedRows, centre: Floats, v: Floats, sides: Floats, lean: Floats
) -> list[Mixture]:
    """Return the pair of each bipartition (S, m), shrunk to its pooled covariance by pseudo-rows (S,)."""
    S, D, model = len(sides), len(centre), restricted.model
    frame = model.frame
    weighted = np.concatenate([sides, 1.0 - sides]) * v  # (2S, m)
    deviations = restricted.block.X - centre
    counts, first = weighted.sum(axis=1), weighted @ deviations
    if model.full:
        products = (deviations[:, :, None] * deviations[:, None, :]).reshape(len(deviations), -1)
        second = (weighted @ products).reshape(2 * S, D, D)
    else:
        second = weighted @ deviations**2
    shifts = first / np.maximum(counts, 1e-300)[:, None]
    scatter = second - frame.outer(shifts, first)
    within = (scatter[:S] + scatter[S:]) / v.sum()
    twice = np.tile(lean, 2)
    leaning, more = scatter + frame.expand(twice) * np.concatenate([within, within]), counts + twice
    parts = []
    for s in np.flatnonzero(np.minimum(counts[:S], counts[S:]) >= D + 1):
        both = [s, s + S]
        covariances = model.family.from_scatter(leaning[both], more[both], model.constraint)
        parts.append(
            Mixture.of(
                restricted.mass * counts[both] / counts[both].sum(), centre + shifts[both], covariances
            )
        )
    return parts
