"""Exchange: candidates are tried on all rows, and what is better is kept, until nothing pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mixture import Mixture
from .candidates import Candidate, Trials, after
from .climb import Climber
from .memory import Findings, Identities
from .story import Storyteller

__all__ = ["Local", "exchange"]

HOPELESS = -5.0
"""Nats: a candidate that is predicted to lose more than this is not tried."""
BETTER = 0.4
"""A change is kept when it gains this share of what matters."""


@dataclass(frozen=True, eq=False)
class Local:
    """An optimum that exchanges do not improve.

    Parameters
    ----------
    mixture : Mixture
    objective : float
        Σ w log p(x), nats.
    sound : bool
        Whether no component collapsed.
    left : float
        The largest gain that is still predicted: how clear the answer is.
    """

    mixture: Mixture
    objective: float
    sound: bool
    left: float

    @property
    def rank(self) -> tuple[bool, float]:
        """Sound ones come first, then the likelier ones."""
        return self.sound, self.objective


class _Exchange:
    """The state of one exchange."""

    def __init__(
        self, climber: Climber, start: Mixture, rng: np.random.Generator, story: Storyteller
    ) -> None:
        self.climber, self.table, self.story = climber, climber.table, story
        self.view = climber.view(start)
        self.sound = self.table.sound(start)
        self.identities = Identities(start.n_components)
        self.trials = Trials(self.table, self.identities, rng)
        self.failed: Findings[bool] = Findings(self.identities)
        if not story.over:
            story.reached("settled", start, self.view.objective)

    def run(self) -> Local:
        """Return the optimum that is reached."""
        while True:
            found = self.trials.candidates(self.view)
            if self.story.over or not (self._several(found) or self._one_by_one(found)):
                left = found[0].gain if found else -np.inf
                return Local(self.view.mixture, self.view.objective, self.sound, left)

    def _several(self, found: list[Candidate]) -> bool:
        """Take all disjoint candidates that promise a gain, at once."""
        used: set[int] = set()
        chosen = []
        for candidate in found:
            if candidate.gain < self.table.worth:
                break
            if used.isdisjoint(candidate.removed) and candidate.removed not in self.failed:
                used.update(candidate.removed)
                chosen.append(candidate)
        if len(chosen) < 2:
            return False
        mixture, objective = self.climber.climb(after(self.table, self.view.mixture, chosen), 30)
        return self._judge(chosen, mixture, objective)

    def _one_by_one(self, found: list[Candidate]) -> bool:
        """Take the first candidate that turns out to gain."""
        for candidate in found:
            if candidate.gain < HOPELESS or self.story.over:
                return False
            if candidate.removed in self.failed:
                continue
            mixture = after(self.table, self.view.mixture, [candidate])
            mixture, first = self.climber.climb(mixture, 4)
            mixture, objective = self.climber.climb(mixture, 6)
            # Would thirty more iterations, each as good as the last ones, reach the present objective?
            if objective + 5.0 * (objective - first) > self.view.objective:
                mixture, objective = self.climber.climb(mixture, 20)
            if self._judge([candidate], mixture, objective):
                return True
            self.failed.keep(candidate.removed, True)
        return False

    def _judge(self, chosen: list[Candidate], mixture: Mixture, objective: float) -> bool:
        """Keep the mixture if it is better; return whether it is."""
        better = objective > self.view.objective + BETTER * self.table.worth and (
            self.table.sound(mixture) or not self.sound
        )
        gain = objective - self.view.objective
        self.story.tried(chosen, gain, better, mixture if better else self.view.mixture)
        if better:
            removed = {component for candidate in chosen for component in candidate.removed}
            view = self.climber.view(mixture)
            kept = [c for c in range(mixture.n_components) if c not in removed]
            self.identities.follow(self.view, view, kept, self.table.weights)
            self.view, self.sound = view, self.table.sound(mixture)
        return better


def exchange(climber: Climber, start: Mixture, rng: np.random.Generator, story: Storyteller) -> Local:
    """Return the optimum that exchanges lead to from a mixture.

    Parameters
    ----------
    climber : Climber
    start : Mixture
    rng : numpy.random.Generator
    story : Storyteller
        Hears of every trial.
    """
    return _Exchange(climber, climber.settle(start, 60, 0.02), rng, story).run()
