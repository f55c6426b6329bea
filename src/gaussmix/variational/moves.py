"""Moves of components that coordinate ascent cannot make: their order, and mergers of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .._types import Floats, Ints
from ..fitting.callback import Callback
from ..fitting.convergence import FixedIterations, StoppingRule
from ..fitting.loop import Reached, RunResult, run_loop
from ..moments import Moments
from .driver import BoundState, VariationalEM, VariationalState
from .posterior import Posterior

__all__ = ["improved"]

_TRIALS, _ITERATIONS = 4, 8
"""Number of mergers that are tried at an end, and iterations of each."""
_MOST_ROUNDS = 50
_LEAST_ROWS = 0.5
"""Expected number of rows from which a component can be merged."""
_LEAST_GAIN = 1e-3
"""Smallest gain of a move, nats of the whole bound."""


def improved(
    driver: VariationalEM, result: RunResult, stop: StoppingRule, max_iter: int, callbacks: Sequence[Callback]
) -> list[RunResult]:
    """Return the further runs after moves that raise the bound, the best last.

    Parameters
    ----------
    result : RunResult
        The end of a run.
    max_iter : int
        Maximum number of iterations of each further run.
    """
    runs: list[RunResult] = []
    best = result
    for _ in range(_MOST_ROUNDS):
        start = _ordered(driver, best) or _merged(driver, best)
        if start is None:
            break
        best = run_loop(driver, start, stop=stop, max_iter=max_iter, callbacks=callbacks)
        runs.append(best)
        if best.trace.status == "stopped" or best.reached is None:
            break
    return runs


def _state(result: RunResult) -> BoundState | None:
    state: BoundState | None = None if result.reached is None else result.reached.state
    return None if state is None or state.moments is None else state


def _ordered(driver: VariationalEM, result: RunResult) -> Reached | None:
    """Return the state with components in descending order of their counts; None if they are.

    It is the best order of a stick-breaking prior: to exchange neighbours of counts a < b multiplies the evidence of
    the weights by (α + b + T) / (α + a + T), with T the counts after them.
    """
    state = _state(result)
    if state is None or not state.posterior.weights.ordered:
        return None
    counts = state.posterior.counts
    order = np.argsort(-counts, kind="stable")
    if (np.diff(counts) <= 1e-6 * counts.sum()).all():
        return None
    assert state.moments is not None
    moments = _taken(state.moments, order)
    return Reached(VariationalState(driver.posterior(moments), -np.inf, moments), [], False)


def _merged(driver: VariationalEM, result: RunResult) -> Reached | None:
    """Return the state after a few iterations from the first merger that raises the bound; None without one."""
    state = _state(result)
    if state is None:
        return None
    assert state.moments is not None
    least = result.objective + _LEAST_GAIN / state.moments.total_weight
    for a, b in _pairs(driver, state.posterior, state.moments)[:_TRIALS]:
        moments = _merger(state.moments, a, b)
        start = Reached(VariationalState(driver.posterior(moments), -np.inf, moments), [], False)
        trial = run_loop(driver, start, stop=FixedIterations(), max_iter=_ITERATIONS)
        if trial.reached is not None and trial.objective > least:
            return Reached(trial.reached.state, [], False)
    return None


def _pairs(driver: VariationalEM, posterior: Posterior, moments: Moments) -> list[tuple[int, int]]:
    """Return pairs of components with rows, in descending order of the largest gain that their merger could have.

    The gain of the evidence of the weights, means and precisions is exact; the loss of entropy is left out.
    """
    active = np.flatnonzero(posterior.counts >= _LEAST_ROWS)
    if len(active) < 2:
        return []
    a, b = active[np.stack(np.triu_indices(len(active), 1))]
    gains = _gains_of_weights(posterior, a, b)
    if posterior.tied:
        before = posterior.component_evidence.sum()
        gains += [
            driver.posterior(_merger(moments, i, j)).component_evidence.sum() - before
            for i, j in zip(a, b, strict=True)
        ]
    else:
        each = posterior.component_evidence
        left, right = _taken(moments, a), _taken(moments, b).recentre(moments.reference[a])
        joint = replace(
            left,
            counts=left.counts + right.counts,
            first=left.first + right.first,
            second=left.second + right.second,
        )
        empty = driver.posterior(Moments.zero(moments.frame, moments.reference[:1])).component_evidence
        gains += driver.posterior(joint).component_evidence + empty - each[a] - each[b]
    order = np.argsort(-gains, kind="stable")
    return [(int(a[i]), int(b[i])) for i in order if gains[i] > 0]


def _gains_of_weights(posterior: Posterior, a: Ints, b: Ints) -> Floats:
    """Return the gains of the evidence of the weights by mergers."""
    counts, weights = posterior.counts, posterior.weights
    gains = np.empty(len(a))
    for i, (k, j) in enumerate(zip(a, b, strict=True)):
        joint = counts.copy()
        joint[k], joint[j] = counts[k] + counts[j], 0.0
        gains[i] = type(weights).of_counts(joint, weights.prior).log_norm - weights.log_norm
    return gains


def _merger(moments: Moments, a: int, b: int) -> Moments:
    """Return moments with those of two components joined in the first, and nothing in the second."""
    reference = moments.reference.copy()
    reference[b] = reference[a]
    joint = moments.recentre(reference)
    counts, first, second = joint.counts.copy(), joint.first.copy(), joint.second.copy()
    for sums in (counts, first, second):
        sums[a] += sums[b]
        sums[b] = 0.0
    return replace(joint, counts=counts, first=first, second=second)


def _taken(moments: Moments, order: Ints) -> Moments:
    """Return the moments of some components."""
    return replace(
        moments,
        reference=moments.reference[order],
        counts=moments.counts[order],
        first=moments.first[order],
        second=moments.second[order],
    )
