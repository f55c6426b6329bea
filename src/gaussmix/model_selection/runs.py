"""Repeated runs of each model, and the agreement of their partitions."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .._types import Floats, Ints
from ..engines import Engine
from ..errors import GaussmixWarning, InputError
from ..estimation import FitPlan, Trace, fit_mixture
from ..estimators.candidates import FitRows, KnownRows
from ..fitting import Aitken, InitialValues
from ..fitting.loop import RunResult
from ..mixture import Mixture
from ..model_sweep import Candidate, FittedModel, best_of
from ..model_sweep.candidate import Key, Rows
from ..model_sweep.judged import FAILURES, judged, unfitted
from ..model_sweep.stability import agreements_of
from ..model_sweep.tasks import engine_of_a_task, for_each
from .held_out import Maker
from .rows import samples_of

__all__ = ["Runs"]

_MOST_ROWS = 20_000
"""More rows than this are sampled: those of each run, and those of which partitions are compared."""
_TOL = 1e-4
"""Gain left, in nats a row, at which the runs on samples end: their partitions change little afterwards."""
_NAME = "instability"


@dataclass(frozen=True, eq=False)
class Runs:
    """Several runs of each model from starts of their own.

    Of many rows, each run is fitted to a sample of its own, and the best model is fitted to all rows at the end.

    Parameters
    ----------
    make : callable
        From rows to the models to fit.
    searched : bool
        Whether a run begins with the search that the plan says; otherwise it is EM from a start by k-means.
    """

    rows: FitRows
    make: Maker
    n_runs: int
    seed: int
    searched: bool = False

    @cached_property
    def sampled(self) -> bool:
        """Whether runs are fitted to samples."""
        n = len(self.rows.X) if isinstance(self.rows, KnownRows) else self.rows.usable
        return n > _MOST_ROWS

    @cached_property
    def _samples(self) -> list[KnownRows]:
        """The rows of each run, then those of which partitions are compared."""
        seeds = [[self.seed, 3, number] for number in range(self.n_runs + 1)]
        return samples_of(self.rows, _MOST_ROWS, seeds)

    @property
    def compared(self) -> KnownRows:
        """Rows of the compared partitions."""
        return self._samples[-1]

    @cached_property
    def _weights(self) -> Floats | None:
        """The weights of the compared rows as numbers of copies."""
        weights = self.compared.weights
        if weights is None:
            return None
        return weights * max(1.0, self.compared.usable / float(weights.sum()))

    @cached_property
    def _of_runs(self) -> list[dict[Key, Candidate]]:
        return [{each.key: each for each in self.make(sample)} for sample in self._samples[:-1]]

    def fit(
        self,
        candidates: Sequence[Candidate],
        engine: Engine,
        seed: int,
        tell: Callable[[FittedModel], bool],
        known: Sequence[FittedModel],
    ) -> list[FittedModel]:
        """Fit models, those of most components first, and return them in order.

        Parameters
        ----------
        tell : callable
            Called with each model; returns True to stop.
        known : sequence of FittedModel
            Models that are there already.

        Raises
        ------
        InputError
            If no number of components has both neighbours.
        """
        _check_counts({candidate.plan.n_components for candidate in candidates})
        found: dict[Key, FittedModel] = {(m.n_components, m.family): m for m in known if self._is_whole(m)}
        rows = Rows.of(candidates[0], engine)
        waiting = [candidate for candidate in candidates if candidate.key not in found]
        stopped: list[bool] = []

        def fit(candidate: Candidate) -> None:
            if stopped:
                return
            model = found[candidate.key] = self._fitted(candidate, rows, engine_of_a_task(engine))
            if tell(model):
                stopped.append(True)

        _ = self._of_runs, self.compared, rows.count
        with warnings.catch_warnings():
            # What a warning would tell of a model is its status.
            warnings.simplefilter("ignore", GaussmixWarning)
            for_each(engine, fit, sorted(waiting, key=lambda each: -each.plan.n_components))
        return [found[candidate.key] for candidate in candidates if candidate.key in found]

    def _is_whole(self, model: FittedModel) -> bool:
        """Whether an earlier model has all runs, or can have none."""
        return not model.sound or (model.partitions is not None and len(model.partitions) == self.n_runs)

    def _fitted(self, candidate: Candidate, rows: Rows, engine: Engine) -> FittedModel:
        began, unsupported = time.perf_counter(), rows.support(candidate.plan)
        model = unfitted(candidate, unsupported or "singular")
        with suppress(*FAILURES):
            if unsupported is None:
                model = self._of_all_runs(candidate, rows, engine)
        return replace(model, seconds=time.perf_counter() - began)

    def _of_all_runs(self, candidate: Candidate, rows: Rows, engine: Engine) -> FittedModel:
        """Return the run of the highest likelihood or posterior density, with the partitions of all."""
        ends: list[tuple[tuple[bool, float], RunResult, Trace]] = []
        partitions: list[Ints] = []
        for number, models in enumerate(self._of_runs):
            own = models[candidate.key]
            rng = np.random.default_rng([number, *candidate.rng(self.seed).integers(1 << 32, size=2)])
            result, trace = fit_mixture(own.source, self._plan(own.plan), rng, engine, own.whole)
            sound = not rows.degenerate(result.mixture, own.plan)
            # The runs of a prior have the rows in common, unless they are samples.
            with_prior = own.plan.prior is not None and not self.sampled
            value = result.objective if with_prior else self._likelihood(result.mixture)
            ends.append(((sound, value), result, trace))
            partitions.append(self._labels(result.mixture))
        _, result, trace = max(ends, key=lambda end: end[0])
        model = judged(candidate, rows, result, trace, engine)
        if self.sampled and model.sound:
            model = replace(model, status="fitted to a sample")
        return replace(model, partitions=np.array(partitions, dtype=np.int32))

    def _plan(self, plan: FitPlan) -> FitPlan:
        if self.sampled and isinstance(plan.stop, Aitken):
            plan = replace(plan, stop=Aitken(max(plan.stop.tol, _TOL)))
        return plan if self.searched else replace(plan, search=None)

    def _labels(self, mixture: Mixture) -> Ints:
        held = self.compared
        return mixture.predict(held.X, held.noise, held.projections)

    def _likelihood(self, mixture: Mixture) -> float:
        held = self.compared
        values = mixture.log_prob(held.X, held.noise, held.projections)
        return float(values.sum() if held.weights is None else held.weights @ values)

    def score(self, models: Sequence[FittedModel], engine: Engine) -> list[FittedModel]:
        """Return models with their instability; the best of samples is fitted to all rows."""
        agreements = agreements_of(models, self._weights)
        scored = [
            model
            if values is None
            else replace(model, agreements=values).scored(instability=1.0 - values.mean())
            for model in models
            for values in [agreements.get((model.n_components, model.family))]
        ]
        best = best_of(scored, _NAME)
        if best is None or best.status != "fitted to a sample":
            return scored
        return [self._refitted(model, engine) if model is best else model for model in scored]

    def _refitted(self, model: FittedModel, engine: Engine) -> FittedModel:
        """Return a model of a sample after EM on all rows."""
        candidate = next(
            each for each in self.make(self.rows) if each.key == (model.n_components, model.family)
        )
        start = model.mixture
        assert start is not None
        plan = candidate.plan.starting_at(InitialValues(start.weights, start.means, start.covariances))
        began = time.perf_counter()
        result, trace = fit_mixture(candidate.source, plan, candidate.rng(self.seed), engine)
        whole = judged(candidate, Rows(candidate.source, engine), result, trace, engine)
        return replace(
            whole,
            scores=model.scores,
            partitions=model.partitions,
            agreements=model.agreements,
            seconds=model.seconds + time.perf_counter() - began,
        )


def _check_counts(counts: set[int]) -> None:
    if not any({K - 1, K + 1} <= counts for K in counts):
        raise InputError(
            f"n_components is {sorted(counts)}, and instability compares K with K − 1 and K + 1 components: give "
            "successive numbers, such as range(1, 10)."
        )
