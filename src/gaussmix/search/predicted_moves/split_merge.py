"""Split-merge moves by predicted gain: the most promising are tried on all rows, until none improves the mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...mixture import Mixture
from ..convergence import converged_coarsely, iterated_coarsely
from ..local_em import LocalEM
from ..recorder import SearchRecorder
from .cache import ComponentIds, OutOfTimeError, TrialCache, same_optimum
from .proposals import LEAST_GAIN, CandidateMove, MoveProposer, after

__all__ = ["LocalOptimum", "split_merge"]

ACCEPTED = 0.4
"""Accept a move whose gain exceeds this fraction of `gain_tol`."""
CLEAR = 20.0
"""The verdict is clear if every move is predicted to lose more than this, in nats."""
NEAR = 3.0
"""Two unconverged runs within this many nats are compared by responsibilities."""


@dataclass(frozen=True, eq=False)
class LocalOptimum:
    """The local maximum at the end of a run.

    Parameters
    ----------
    mixture : Mixture
    objective : float
        Σ w log p(x), nats.
    nondegenerate : bool
        Whether every component has enough rows and none collapsed.
    best_remaining_gain : float
        The largest predicted gain of a move, nats: the further below 0, the more certain the result. −∞ where none was
        predicted, as in a population.
    decided : bool
        Whether the agreement of starts makes a better local maximum unlikely.
    split_gain : float
        The largest predicted gain of one more component, by a split, nats; −∞ where none was predicted.
    """

    mixture: Mixture
    objective: float
    nondegenerate: bool
    best_remaining_gain: float
    decided: bool = False
    split_gain: float = -np.inf

    @property
    def rank(self) -> tuple[bool, float]:
        """The order of mixtures: non-degenerate ones first, then by log-likelihood."""
        return self.nondegenerate, self.objective

    @property
    def clear(self) -> bool:
        """Whether all moves are predicted to lose more than 20 nats."""
        return -np.inf < self.best_remaining_gain < -CLEAR


class _SplitMerge:
    """The state of one run."""

    def __init__(
        self,
        local_em: LocalEM,
        start: Mixture,
        rng: np.random.Generator,
        recorder: SearchRecorder,
        known: Sequence[LocalOptimum],
    ) -> None:
        self.local_em, self.data, self.recorder = local_em, local_em.data, recorder
        self.known = list(dict.fromkeys(known))  # agreeing runs share their end
        self.expectation = local_em.expectation(start)
        self.nondegenerate = self.data.nondegenerate(start)
        self.ids = ComponentIds(start.n_components)
        self.proposer = MoveProposer(local_em, self.ids, rng, lambda: recorder.late)
        self.failed: TrialCache[float] = TrialCache(self.ids)
        self.best_remaining_gain = -np.inf
        if not recorder.over:
            recorder.reached("converged", start, self.expectation.objective)

    def run(self) -> LocalOptimum:
        """Make moves until none improves the mixture, and return the local maximum."""
        while True:
            if self.best_remaining_gain == -np.inf and (
                local := next(filter(self._has_reached, self.known), None)
            ):
                return local
            if not self._make_moves():
                return LocalOptimum(
                    self.expectation.mixture,
                    self.expectation.objective,
                    self.nondegenerate,
                    self.best_remaining_gain,
                    split_gain=self.proposer.largest_split,
                )
            self.best_remaining_gain = -np.inf

    def _make_moves(self) -> bool:
        """Make moves that improve the mixture; return whether there were any."""
        try:
            found = self._with_best(self.proposer.candidates(self.expectation))
        except OutOfTimeError:
            return False
        return not self.recorder.over and (self._make_disjoint_moves(found) or self._one_by_one(found))

    def _with_best(self, found: list[CandidateMove]) -> list[CandidateMove]:
        """Record the largest predicted gain, and return the candidates."""
        self.best_remaining_gain = max(self.best_remaining_gain, found[0].gain if found else -np.inf)
        return found

    def _has_reached(self, local: LocalOptimum) -> bool:
        """Return whether an earlier run ended at this mixture."""
        near = self.nondegenerate == local.nondegenerate and abs(self.objective - local.objective) < NEAR
        return near and same_optimum(
            self.expectation, self.local_em.expectation(local.mixture), self.data.weights
        )

    @property
    def objective(self) -> float:
        """Σ w log p(x) of the present mixture, nats."""
        return self.expectation.objective

    def _has_failed(self, candidate: CandidateMove) -> bool:
        """Return whether a move of these components failed before, with at least this predicted gain."""
        if candidate.removed not in self.failed:
            return False
        return candidate.gain < self.failed.known(candidate.removed) + self.data.gain_tol

    def _make_disjoint_moves(self, found: list[CandidateMove]) -> bool:
        """Make all disjoint moves of positive predicted gain at once."""
        used: set[int] = set()
        chosen = []
        for candidate in found:
            if candidate.gain < self.data.gain_tol:
                break
            if used.isdisjoint(candidate.removed) and not self._has_failed(candidate):
                used.update(candidate.removed)
                chosen.append(candidate)
        if len(chosen) < 2:
            return False
        mixture, objective = self._iterated(after(self.data, self.expectation.mixture, chosen), 30)
        return self._judge(chosen, mixture, objective)

    def _one_by_one(self, found: list[CandidateMove]) -> bool:
        """Try the moves one by one, until one improves the mixture."""
        for candidate in found:
            if candidate.gain < LEAST_GAIN or self.recorder.over:
                return False
            if self._has_failed(candidate):
                continue
            mixture, objective = self._after_move(candidate)
            if self._judge([candidate], mixture, objective):
                return True
            self.failed.keep(candidate.removed, candidate.gain)
        return False

    def _after_move(self, candidate: CandidateMove) -> tuple[Mixture, float]:
        """Return the mixture after a move, and its Σ w log p(x); EM is shorter if it cannot reach the present one."""
        mixture, early = self._iterated(after(self.data, self.expectation.mixture, [candidate]), 4)
        mixture, objective = self._iterated(mixture, 6)
        # Thirty more iterations at the present rate of increase would not reach the present mixture.
        if objective + 5.0 * (objective - early) <= self.objective:
            return mixture, objective
        return self._iterated(mixture, 20)

    def _iterated(self, mixture: Mixture, iterations: int) -> tuple[Mixture, float]:
        return iterated_coarsely(self.local_em, mixture, iterations)

    def _judge(self, chosen: list[CandidateMove], mixture: Mixture, objective: float) -> bool:
        """Keep the mixture if it is better; return whether it was."""
        better = objective > self.objective + ACCEPTED * self.data.gain_tol and (
            self.data.nondegenerate(mixture) or not self.nondegenerate
        )
        before = self.expectation
        expectation = self.local_em.expectation(mixture) if better else before
        # That of EM is in single precision.
        gain = (expectation.objective if better else objective) - before.objective
        self.recorder.tried(chosen, gain, better, expectation.mixture)
        if better:
            removed = {component for candidate in chosen for component in candidate.removed}
            kept = [c for c in range(mixture.n_components) if c not in removed]
            self.ids.follow(before, expectation, kept, self.data.weights)
            self.expectation, self.nondegenerate = expectation, self.data.nondegenerate(mixture)
        return better


def split_merge(
    local_em: LocalEM,
    start: Mixture,
    rng: np.random.Generator,
    recorder: SearchRecorder,
    known: Sequence[LocalOptimum] = (),
) -> LocalOptimum:
    """Return the local maximum reached by split-merge moves of largest predicted gain.

    Parameters
    ----------
    local_em : LocalEM
    start : Mixture
    rng : numpy.random.Generator
    recorder : SearchRecorder
        Records every move.
    known : sequence of LocalOptimum
        The ends of earlier runs; a run ends when it reaches one of them.
    """
    return _SplitMerge(local_em, converged_coarsely(local_em, start, 60, 0.02), rng, recorder, known).run()
