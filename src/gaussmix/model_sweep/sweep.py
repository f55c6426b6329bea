"""Fits of many models to the same rows; a failure does not end the others."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import partial

from ..engines import Engine, FanOut, SerialEngine
from ..engines.fan_out import fans_out
from ..engines.one_blas_thread import one_blas_thread
from ..errors import GaussmixWarning
from ..estimation import fit_mixture
from ..mixture import Mixture
from .candidate import Candidate, Key, Rows
from .fitted import FittedModel
from .guided import GuidedSearch
from .judged import SINGULAR, judged, unfitted
from .tasks import Tell, engine_of_a_task, for_each

__all__ = ["fit_models"]

_ROUNDS = 3
"""Rounds in which neighbouring models propose starts to each other."""


def fit_models(
    candidates: Sequence[Candidate],
    engine: Engine,
    seed: int,
    tell: Tell = lambda model: False,
    known: Sequence[FittedModel] = (),
) -> list[FittedModel]:
    """Fit models in parallel, and return them in order, without those not reached.

    First each model is fitted, by a race of starting partitions that all families share and of the fits of other
    families. Then, in rounds, neighbours in the number of components and other families propose starts. Where the rows
    are not plain, or the plan asks for more than that, each model has a search of its own first.

    Parameters
    ----------
    engine : Engine
        Its threads or, with rows in memory, its other processes share the models; otherwise it adds up for one after
        the other.
    seed : int
        Of the random numbers of all fits.
    tell : callable
        Called with each model when it is fitted, and when a better fit is found; returns True to stop.
    known : sequence of FittedModel
        Models that are there already.

    Raises
    ------
    InputError
        If the rows or an option are invalid.
    """
    if not candidates:
        return []
    with warnings.catch_warnings(), one_blas_thread:
        # What a warning would tell of a model is its status.
        warnings.simplefilter("ignore", GaussmixWarning)
        sweep = _Sweep(candidates, engine, seed, tell)
        sweep.take_over(known)
        sweep.first_fits()
        for _ in range(_ROUNDS):
            if not sweep.improves():
                break
    return [sweep.found[c.key] for c in candidates if c.key in sweep.found]


class _Sweep:
    """The models so far."""

    def __init__(self, candidates: Sequence[Candidate], engine: Engine, seed: int, tell: Tell) -> None:
        self.candidates = {candidate.key: candidate for candidate in candidates}
        self.engine, self.seed, self._tell = engine, seed, tell
        self.found: dict[Key, FittedModel] = {}
        self.rows = Rows(candidates[0].source, engine, candidates[0].whole)
        self.guided = GuidedSearch(list(self.candidates.values()), self.rows, engine, seed)
        self._stopped = self._resumed = False
        self._round = 0
        self._changed: set[Key] = set()

    def _keep(self, model: FittedModel) -> None:
        key = model.n_components, model.family
        self.found[key] = model
        self._changed.add(key)
        self._stopped = self._tell(model) or self._stopped

    def take_over(self, known: Sequence[FittedModel]) -> None:
        """Take models that are there; they propose starts where others are still to be fitted."""
        held = {(model.n_components, model.family): model for model in known}
        self.found.update({key: model for key, model in held.items() if key in self.candidates})
        self._resumed = bool(self.found)
        if len(self.found) < len(self.candidates):
            self._changed.update(self.found)

    # -------------------------------------------------------------------------------- the first fit of each

    def first_fits(self) -> None:
        """Fit all models that are not there: those of a number of components one after the other."""
        groups: dict[int, list[Key]] = {}
        for key in self.guided.in_order([key for key in self.candidates if key not in self.found]):
            if self.guided.follows(key):
                groups.setdefault(key[0], []).append(key)
            else:
                groups[-len(groups) - 1] = [key]
        if isinstance(self.engine, FanOut) and self._fans_out:
            for models in self.engine.fan_out(partial(_fitted_group, self._alone()), list(groups.values())):
                for model in models:
                    self._keep(model)
            return
        for_each(self.engine, self._fit_group, list(groups.values()))

    @property
    def _fans_out(self) -> bool:
        return fans_out(self.engine, next(iter(self.candidates.values())).source)

    def _alone(self) -> _Sweep:
        """Return the sweep for another process, without this one's engine and watchers."""
        other = copy(self)
        other.engine, other._tell, other._changed = SerialEngine(), _not_told, set()
        other.rows = self.rows.by(other.engine)
        other.guided = GuidedSearch(list(self.candidates.values()), other.rows, other.engine, self.seed)
        return other

    def _fit_group(self, keys: list[Key]) -> None:
        for key in keys:
            if self._stopped:
                return
            self._keep(self._first_fit(key))

    def _first_fit(self, key: Key) -> FittedModel:
        candidate, began = self.candidates[key], time.perf_counter()
        unsupported = self.rows.support(candidate.plan)
        if unsupported is not None:
            return unfitted(candidate, unsupported)
        model = unfitted(candidate, "singular")
        with suppress(*SINGULAR):
            lent = self.guided.lent(key, self.found)
            fits = [self._fitted(candidate, start) for start in lent] or [self._first_alone(key)]
            model = max(fits, key=lambda fit: (fit.sound, fit.log_likelihood))
        return replace(model, seconds=time.perf_counter() - began)

    def _first_alone(self, key: Key) -> FittedModel:
        """Return the fit of a model by a race, or by a search of its own."""
        start, most = self.guided.alone(key), None
        with suppress(*SINGULAR):
            if self.guided.shares(key):
                start, most = self.guided.first(key, self.found) or (None, None)
        candidate = self.candidates[key]
        model = self._fitted(candidate, start, most)
        goes_on = most is not None and most < candidate.plan.max_iter and model.status == "not converged"
        return self._fitted(candidate, model.mixture) if goes_on else model

    # ------------------------------------------------------------------------------------------- neighbours

    def improves(self) -> bool:
        """Let neighbours of models that changed propose starts; return whether a model became better."""
        self._round += 1
        changed, self._changed = self._changed, set()
        before = dict(self.found)
        keys = [
            key for key in self.found if not self._stopped and self.guided.improvable(key, before, changed)
        ]
        if isinstance(self.engine, FanOut) and self._fans_out:
            self._keep_better(self.engine.fan_out(partial(_improved, self._alone(), before, changed), keys))
        else:
            for_each(self.engine, lambda key: self._improve(key, before, changed), keys)
        return bool(self._changed)

    def _keep_better(self, results: Sequence[tuple[FittedModel, bool]]) -> None:
        for model, better in results:
            if better:
                self._keep(model)
            else:
                self.found[model.n_components, model.family] = model

    def _improve(self, key: Key, before: dict[Key, FittedModel], changed: set[Key]) -> None:
        if self._stopped:
            return
        candidate, began, model = self.candidates[key], time.perf_counter(), before[key]
        better = model
        if self._round == 1 and not self._resumed:
            changed = self.guided.unseen(key, changed)
        with suppress(*SINGULAR):
            start = self.guided.better(key, before, changed)
            better = model if start is None else self._fitted(candidate, start)
        seconds = model.seconds + time.perf_counter() - began
        with_prior = candidate.plan.prior is not None
        now, then = (_objective(each, with_prior) for each in (better, model))
        if (better.sound, now) > (model.sound, then + 1e-6 * self.rows.count):
            self._keep(replace(better, seconds=seconds))
        else:
            self.found[key] = replace(model, seconds=seconds)

    def _fitted(
        self, candidate: Candidate, start: Mixture | None, max_iter: int | None = None
    ) -> FittedModel:
        engine = engine_of_a_task(self.engine)
        if start is not None:
            most = candidate.plan.max_iter if max_iter is None else max_iter
            result, trace = self.guided.run(candidate.key, start, engine, most)
        else:
            rng = candidate.rng(self.seed)
            result, trace = fit_mixture(candidate.source, candidate.plan, rng, engine, candidate.whole)
        return judged(candidate, self.rows, result, trace, engine)


def _not_told(model: FittedModel) -> bool:
    return False


def _fitted_group(sweep: _Sweep, keys: list[Key]) -> list[FittedModel]:
    """Return the fits of a group; a task of another process."""
    _quiet()
    own = copy(sweep)
    own.found = dict(sweep.found)
    own._fit_group(keys)
    return [own.found[key] for key in keys]


def _improved(
    sweep: _Sweep, before: dict[Key, FittedModel], changed: set[Key], key: Key
) -> tuple[FittedModel, bool]:
    """Return a model after proposals of its neighbours, and whether it is better; a task of another process."""
    _quiet()
    own = copy(sweep)
    own.found, own._changed = dict(before), set()
    own._improve(key, before, changed)
    return own.found[key], key in own._changed


def _quiet() -> None:
    # In a process of its own: what a warning would tell of a model is its status.
    warnings.simplefilter("ignore", GaussmixWarning)


def _objective(model: FittedModel, with_prior: bool) -> float:
    """Return the log-likelihood of a model, or with a prior the objective at the end of its run."""
    if not with_prior or model.trace is None or not len(model.trace.log_likelihood):
        return model.log_likelihood
    return float(model.trace.log_likelihood[-1]) * model.total_weight
