"""Split-merge moves by predicted gain: the most promising are tried on all rows, until none improves the mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..mixture import Mixture
from .candidates import HOPELESS, Candidate, Trials, after
from .chance import looks
from .climb import Climber
from .memory import Findings, Identities, alike
from .story import Storyteller

__all__ = ["Local", "exchange"]

BETTER = 0.4
"""A move is kept if it gains this share of the smallest gain that counts."""
CLEAR = 20.0
"""The answer is clear if every move is predicted to lose more than this, in nats."""
NEAR = 3.0
"""A mixture within so many nats of the end of an earlier run may be the same, as EM has not converged yet."""


@dataclass(frozen=True, eq=False)
class Local:
    """A local maximum that no move of a run improves: the end of the run.

    Parameters
    ----------
    mixture : Mixture
    objective : float
        Σ w log p(x), nats.
    score : float
        The same less the :func:`looks` of all components (the scan penalty): mixtures are compared by it.
    sound : bool
        Whether every component has enough rows and none collapsed.
    left : float
        The largest gain that is still predicted, nats: the further below 0, the clearer the answer.
    decided : bool
        Whether so many starts reached it that a better local maximum is not expected.
    """

    mixture: Mixture
    objective: float
    score: float
    sound: bool
    left: float
    decided: bool = False

    @property
    def rank(self) -> tuple[bool, float]:
        """The order of mixtures: sound ones first, then by score."""
        return self.sound, self.score

    @property
    def clear(self) -> bool:
        """Whether every move is predicted to lose more than 20 nats."""
        return self.left < -CLEAR


class _Exchange:
    """The state of one run."""

    def __init__(
        self,
        climber: Climber,
        start: Mixture,
        rng: np.random.Generator,
        story: Storyteller,
        known: Sequence[Local],
    ) -> None:
        self.climber, self.table, self.story = climber, climber.table, story
        self.known = list(dict.fromkeys(known))  # runs that agree ended at the same one
        self.view = climber.view(start)
        self.sound = self.table.sound(start)
        self.score = self._score(start, self.view.objective)
        self.identities = Identities(start.n_components)
        self.trials = Trials(self.table, self.identities, rng)
        self.failed: Findings[float] = Findings(self.identities)
        self.left = -np.inf
        if not story.over:
            story.reached("settled", start, self.view.objective)

    def run(self) -> Local:
        """Make moves until none improves the mixture, and return the local maximum."""
        while True:
            if self.left == -np.inf and (local := next(filter(self._is_at, self.known), None)):
                return local
            if not self._exchanges():
                return Local(self.view.mixture, self.view.objective, self.score, self.sound, self.left)
            self.left = -np.inf

    def _exchanges(self) -> bool:
        """Make the moves that improve the mixture; return whether there were any."""
        found = self._hopes(self.trials.candidates(self.view))
        return not self.story.over and (self._several(found) or self._one_by_one(found))

    def _hopes(self, found: list[Candidate]) -> list[Candidate]:
        """Record the largest predicted gain, and return the candidates."""
        self.left = max(self.left, found[0].net if found else -np.inf)
        return found

    def _is_at(self, local: Local) -> bool:
        """Return whether an earlier run ended at this mixture."""
        near = self.sound == local.sound and abs(self.score - local.score) < NEAR
        return near and alike(self.view, self.climber.view(local.mixture), self.table.weights)

    def _score(self, mixture: Mixture, objective: float) -> float:
        return objective - float(looks(self.table, mixture.covariances.in_frame()).sum())

    def _has_failed(self, candidate: Candidate) -> bool:
        """Return whether a move of these components failed before, with a predicted gain that was no lower."""
        if candidate.removed not in self.failed:
            return False
        return candidate.net < self.failed.known(candidate.removed) + self.table.worth

    def _several(self, found: list[Candidate]) -> bool:
        """Make all disjoint moves of which a gain is predicted, at once."""
        used: set[int] = set()
        chosen = []
        for candidate in found:
            if candidate.net < self.table.worth:
                break
            if used.isdisjoint(candidate.removed) and not self._has_failed(candidate):
                used.update(candidate.removed)
                chosen.append(candidate)
        if len(chosen) < 2:
            return False
        mixture, objective = self.climber.climb(after(self.table, self.view.mixture, chosen), 30)
        return self._judge(chosen, mixture, objective)

    def _one_by_one(self, found: list[Candidate]) -> bool:
        """Try the moves one by one, until one improves the mixture."""
        for candidate in found:
            if candidate.net < HOPELESS or self.story.over:
                return False
            if self._has_failed(candidate):
                continue
            mixture, objective = self._tried(candidate)
            if self._judge([candidate], mixture, objective):
                return True
            self.failed.keep(candidate.removed, candidate.net)
        return False

    def _tried(self, candidate: Candidate) -> tuple[Mixture, float]:
        """Return the mixture after a move, and its Σ w log p(x); EM is shorter if it cannot reach the present score."""
        mixture, early = self.climber.climb(after(self.table, self.view.mixture, [candidate]), 4)
        mixture, objective = self.climber.climb(mixture, 6)
        if not self._catches_up(mixture, objective, early):
            return mixture, objective
        return self.climber.climb(mixture, 20)

    def _catches_up(self, mixture: Mixture, objective: float, early: float) -> bool:
        """Return whether thirty more iterations at the present rate of increase would reach the present score."""
        return self._score(mixture, objective) + 5.0 * (objective - early) > self.score

    def _judge(self, chosen: list[Candidate], mixture: Mixture, objective: float) -> bool:
        """Keep the mixture if it is better; return whether it was."""
        score = self._score(mixture, objective)
        better = score > self.score + BETTER * self.table.worth and (
            self.table.sound(mixture) or not self.sound
        )
        gain = objective - self.view.objective
        self.story.tried(chosen, gain, better, mixture if better else self.view.mixture)
        if better:
            removed = {component for candidate in chosen for component in candidate.removed}
            view = self.climber.view(mixture)
            kept = [c for c in range(mixture.n_components) if c not in removed]
            self.identities.follow(self.view, view, kept, self.table.weights)
            self.score = self._score(mixture, view.objective)
            self.view, self.sound = view, self.table.sound(mixture)
        return better


def exchange(
    climber: Climber,
    start: Mixture,
    rng: np.random.Generator,
    story: Storyteller,
    known: Sequence[Local] = (),
) -> Local:
    """Return the local maximum that split-merge moves by predicted gain lead to from a mixture.

    Parameters
    ----------
    climber : Climber
    start : Mixture
    rng : numpy.random.Generator
    story : Storyteller
        Is told of every trial.
    known : sequence of Local
        The ends of earlier runs: a run that reaches one of them ends there.
    """
    return _Exchange(climber, climber.settle(start, 60, 0.02), rng, story, known).run()
