"""Fits of single models of a selection, and choices of models for better fits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import TypeAlias

import numpy as np

from ..engines import Engine
from ..estimation import Trace, fit_mixture
from ..estimation.fit import moments_of
from ..fitting import RunResult
from ..fitting.run_trace import RunTrace
from ..mixture import Mixture
from .candidate import Candidate, Key, Rows
from .fitted import FittedModel
from .guided import GuidedSearch
from .judged import FAILURES, judged, objective
from .tasks import engine_of_a_task

__all__ = ["Found", "ModelFits"]

Found: TypeAlias = dict[Key, FittedModel]
"""The models so far."""

_CONTENDING = 25
"""Number of models of the lowest BIC that neighbours propose starts to, besides those without a sound fit. Of 440
selections among 126 models (110 tables, four seeds), the chosen BIC was higher by more than 0.5 in nine than with
starts proposed to all, five of them on tables with many ties, and lower in three.
"""
_LEADING = 5
"""Number of models of the lowest BIC that get a search of their own, so that the choice does not depend on the seed."""
_LEADING_INCOMPLETE = 15
"""The same where values are missing: starting partitions are those of completed rows, which have other local maxima."""
_NEAR = 0.5
"""Largest difference of such a model's criterion from the lowest, for each of its parameters, if no value is missing:
of 180 selections (36 real tables of 15 to 578 rows, five seeds), the BIC chosen was higher than without this bound in
four, all on two tables of many equal values, where it varies by more among seeds; they took a tenth less time.
"""
_RUNS = 2
"""Populations of such a search, and the most searches of a model, where no value is missing: a search that found a
better fit is followed by another. On ten columns of the breast cancer table, all of 50 seeds reached the best maximum
of the chosen model; with one search 28 of 30, and with one population 22. A first population that ends at the
likelihood of the fit that is there is the only one: of 282 selections (94 real tables of 15 to 320 rows, three seeds),
one chose a BIC that was higher by more than 0.01, and all together took 9 % less time.
"""
_ANOTHER = 0.5
"""The smallest gain of a search, in nats, after which there is another: more iterations alone gain less."""
_PATIENCE = 12
"""Generations without a gain after which such a search ends: it follows races of many starts. With 32, it took 1.3 to
1.7 times as long, and chose the same model for five seeds on six tables of 145 to 569 rows; with 4, it missed the best
BIC of one of them.
"""


class ModelFits:
    """Fits of single models of a selection, and choices of models for better fits.

    Parameters
    ----------
    candidates : sequence of Candidate
    engine : Engine
        Adds up the sums of a fit over the rows.
    seed : int
        Of the random numbers of all fits.
    criterion : {"bic", "aic", "icl"}
        The criterion by which a model will be chosen.
    """

    def __init__(self, candidates: Sequence[Candidate], engine: Engine, seed: int, criterion: str) -> None:
        self.candidates = {candidate.key: candidate for candidate in candidates}
        self.engine, self.seed, self.criterion = engine, seed, criterion
        self._arrange(Rows.of(candidates[0], engine))

    def _arrange(self, rows: Rows) -> None:
        self.rows = rows
        self.guided = GuidedSearch(list(self.candidates.values()), rows, self.engine, self.seed)

    def by(self, engine: Engine) -> ModelFits:
        """Return the fits by another engine.

        Parameters
        ----------
        engine : Engine
        """
        other = copy(self)
        other.engine = engine
        other._arrange(self.rows.by(engine))
        return other

    def first(self, key: Key, found: Found) -> FittedModel:
        """Return the fit of a model from fits of other families, by one run, by a race, or by a search of its own."""
        candidate = self.candidates[key]
        if fits := self._from_lent(candidate, found):
            return max(fits, key=lambda fit: (fit.sound, fit.log_likelihood))
        start, most = self.guided.alone(key), None
        # The start is that of the rows which bound the covariances: of a class, they are those of all classes.
        plain = candidate.plan.prior is None and candidate.plan.reg_covar is None
        if start is not None and plain and candidate.whole is None:
            return self._of_one_component(candidate, start)
        once = self.guided.once(key) if self.guided.runs_once(key) else None
        if once is not None:
            end, most = once
            model = judged(candidate, self.rows, end, Trace((end.trace,), 0), engine_of_a_task(self.engine))
            if model.status != "not converged":
                return model
            start = end.mixture
        elif self.guided.shares(key):
            with suppress(*FAILURES):
                start, most = self.guided.first(key, found) or (None, None)
        model = self.fitted(candidate, start, most)
        goes_on = most is not None and most < candidate.plan.max_iter and model.status == "not converged"
        return self.fitted(candidate, model.mixture) if goes_on else model

    def _from_lent(self, candidate: Candidate, found: Found) -> list[FittedModel]:
        """Return the successful fits of a model from fits of other families."""
        fits: list[FittedModel] = []
        for start in self.guided.lent(candidate.key, found):
            with suppress(*FAILURES):
                fits.append(self.fitted(candidate, start))
        return fits

    def _of_one_component(self, candidate: Candidate, mixture: Mixture) -> FittedModel:
        """Return the maximum-likelihood fit of one component, which has a closed form."""
        engine = engine_of_a_task(self.engine)
        value = moments_of(candidate.source, candidate.plan, mixture, engine).mean_log_likelihood
        run = RunTrace(np.array([value]), np.zeros(1), "converged", "converged after 1 iteration")
        return judged(candidate, self.rows, RunResult(mixture, value, run), Trace((run,), 0), engine)

    def exceeds(self, one: FittedModel, other: FittedModel, least: float = 0.0) -> bool:
        """Return whether a fit is better than another of the same model, by at least so many nats."""
        with_prior = self.candidates[one.n_components, one.family].plan.prior is not None
        now, then = (objective(each, with_prior) for each in (one, other))
        return (one.sound, now) > (other.sound, then + max(self.gain, least))

    @property
    def gain(self) -> float:
        """The nats by which a better fit is better."""
        return 1e-6 * self.rows.count

    def neighbouring(self, before: Found, changed: set[Key]) -> list[Key]:
        """Return the models with a changed neighbour, of low criterion or without a sound fit."""
        most = _CONTENDING if self.rows.source.plain else len(before)
        behind = {key for key in self._by_criterion(before)[most:] if self.guided.shares(key)}
        return [key for key in before if key not in behind and self.guided.improvable(key, before, changed)]

    def _by_criterion(self, models: Found) -> list[Key]:
        """Return the sound models in ascending order of the criterion."""
        sound = [key for key, model in models.items() if model.sound]
        return sorted(sound, key=lambda key: models[key].value(self.criterion))

    def from_neighbours(self, key: Key, before: Found, changed: set[Key]) -> FittedModel | None:
        """Return the fit from the best start that neighbours propose."""
        start = self.guided.better(key, before, changed)
        return None if start is None else self.fitted(self.candidates[key], start)

    def leading(self, before: Found, changed: set[Key]) -> list[Key]:
        """Return the models of the lowest criterion, without costly ones and those far above the lowest."""
        plain = self.rows.source.plain
        first = self._by_criterion(before)[: _LEADING if plain else _LEADING_INCOMPLETE]
        least = before[first[0]].value(self.criterion) if first else 0.0
        near = [
            key
            for key in first
            if not plain or before[key].value(self.criterion) - least <= _NEAR * before[key].df
        ]
        return [key for key in near if self.guided.searchable(key)]

    def by_search(self, key: Key, before: Found, changed: set[Key]) -> FittedModel:
        """Return the fit from a model's own search, or from more iterations where its rows are too few."""
        candidate, best = self.candidates[key], before[key]
        if self.guided.runs_once(key):
            return self.fitted(candidate, best.mixture)
        plain = self.rows.source.plain
        runs = _RUNS if plain else 1
        for number in range(runs):
            searched = candidate
            if self.guided.shares(key):
                searched = candidate.compared_by_likelihood(_PATIENCE, runs, best.mixture if plain else None)
            model = self.fitted(searched, None, seed=self.seed + 1 + number)
            again = self.exceeds(model, best, _ANOTHER)
            if self.exceeds(model, best):
                best = model
            if not again:
                break
        return best

    def containing(self, before: Found, changed: set[Key]) -> list[Key]:
        """Return the models with a lower likelihood than a nested model."""
        return [key for key in before if self.guided.contains(key, before, changed, self.gain)]

    def from_nested(self, key: Key, before: Found, changed: set[Key]) -> FittedModel | None:
        """Return the fit from a more likely nested model."""
        start = self.guided.from_nested(key, before, changed, self.gain)
        return None if start is None else self.fitted(self.candidates[key], start)

    def fitted(
        self,
        candidate: Candidate,
        start: Mixture | None,
        max_iter: int | None = None,
        seed: int | None = None,
    ) -> FittedModel:
        """Return the fit of a model from a start, or by its own search.

        Parameters
        ----------
        candidate : Candidate
        start : Mixture, optional
        max_iter : int, optional
            The most iterations from the start; by default those of the plan.
        seed : int, optional
            Of the random numbers of the search; by default that of the selection.
        """
        engine = engine_of_a_task(self.engine)
        if start is not None:
            most = candidate.plan.max_iter if max_iter is None else max_iter
            result, trace = self.guided.run(candidate.key, start, engine, most)
        else:
            if not self.rows.accepts_single_values(candidate.plan):
                candidate = candidate.without_single_values()
            rng = candidate.rng(self.seed if seed is None else seed)
            result, trace = fit_mixture(candidate.source, candidate.plan, rng, engine, candidate.whole)
        return judged(candidate, self.rows, result, trace, engine)
