"""Fits of many models to the same rows; a failure does not end the others."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from typing import NamedTuple, TypeAlias

from ..engines import Engine, FanOut, SerialEngine
from ..engines.fan_out import fans_out
from ..errors import GaussmixWarning
from ..estimation import Trace, fit_mixture
from ..mixture import Mixture
from ..one_blas_thread import one_blas_thread
from .candidate import Candidate, Key, Rows
from .fitted import FittedModel
from .guided import GuidedSearch
from .judged import SINGULAR, judged, objective, unfitted
from .tasks import Tell, engine_of_a_task, for_each

__all__ = ["fit_models"]

Found: TypeAlias = dict[Key, FittedModel]
"""The models so far."""

_ROUNDS = 3
"""Rounds in which neighbouring models propose starts to each other."""
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
of the chosen model; with one search 28 of 30, and with one population 22.
"""
_ANOTHER = 0.5
"""The least gain of a search, in nats, that another one follows: smaller ones are those of more iterations."""
_PATIENCE = 12
"""Generations without a gain after which such a search ends: it follows races of many starts. With 32, it took 1.3 to
1.7 times as long, and chose the same model for five seeds on six tables of 145 to 569 rows; with 4, it missed the best
BIC of one of them.
"""


def fit_models(
    candidates: Sequence[Candidate],
    engine: Engine,
    seed: int,
    tell: Tell = lambda model: False,
    known: Sequence[FittedModel] = (),
    criterion: str = "bic",
) -> list[FittedModel]:
    """Fit models in parallel, and return them in order, without those not reached.

    First each model is fitted, by a race of starting partitions that all families share and of the fits of other
    families. Then, in rounds, neighbours in the number of components and other families propose starts to the models of
    low criterion. Those of the lowest get a search of their own. Last, a model starts from fits of nested families that
    are more likely. Where rows have measurement errors or labels, or the plan asks for more, each model has a search of
    its own first.

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
    criterion : {"bic", "aic", "icl"}, default="bic"
        The criterion by which one will be chosen.

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
        sweep = _Sweep(candidates, engine, seed, tell, criterion)
        sweep.take_over(known)
        sweep.first_fits()
        sweep.improve()
        sweep.finish()
    return [sweep.found[c.key] for c in candidates if c.key in sweep.found]


class _Sweep:
    """The models so far."""

    def __init__(
        self, candidates: Sequence[Candidate], engine: Engine, seed: int, tell: Tell, criterion: str
    ) -> None:
        self.candidates = {candidate.key: candidate for candidate in candidates}
        self.engine, self.seed, self._tell, self.criterion = engine, seed, tell, criterion
        self.found: dict[Key, FittedModel] = {}
        self.rows = Rows.of(candidates[0], engine)
        self.guided = GuidedSearch(list(self.candidates.values()), self.rows, engine, seed)
        self._stopped = self._resumed = False
        self._first_round = True
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
        if len(self.found) < len(self.candidates) or any(m.stage != "final" for m in self.found.values()):
            self._changed.update(self.found)
        self._resumed = self._extended()

    def _extended(self) -> bool:
        """Return whether some fits of a resumed selection are not the first fits of their models."""
        missing: set[int] = set()
        for key in self.guided.in_order(list(self.candidates)):
            if key not in self.found:
                missing.add(key[0])
            elif key[0] in missing or self.found[key].stage != "first fit":
                return True
        return False

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
            return unfitted(candidate, unsupported).at_stage("first fit", 0.0)
        model = unfitted(candidate, "singular")
        with suppress(*SINGULAR):
            lent = self.guided.lent(key, self.found)
            fits = [self._fitted(candidate, start) for start in lent] or [self._first_alone(key)]
            model = max(fits, key=lambda fit: (fit.sound, fit.log_likelihood))
        return model.at_stage("first fit", time.perf_counter() - began)

    def _first_alone(self, key: Key) -> FittedModel:
        """Return the fit of a model by one run, by a race, or by a search of its own."""
        candidate, start, most = self.candidates[key], self.guided.alone(key), None
        once = self.guided.once(key) if self.guided.runs_once(key) else None
        if once is not None:
            end, most = once
            model = judged(candidate, self.rows, end, Trace((end.trace,), 0), engine_of_a_task(self.engine))
            if model.status != "not converged":
                return model
            start = end.mixture
        elif self.guided.shares(key):
            with suppress(*SINGULAR):
                start, most = self.guided.first(key, self.found) or (None, None)
        model = self._fitted(candidate, start, most)
        goes_on = most is not None and most < candidate.plan.max_iter and model.status == "not converged"
        return self._fitted(candidate, model.mixture) if goes_on else model

    # ------------------------------------------------------------------------------------------- better fits

    def improve(self) -> None:
        """Replace models by better fits: from neighbours, from searches of the leading models, from nested families."""
        if not self._changed:
            return
        self._rounds(_NEIGHBOURS, _ROUNDS)
        self._changed.clear()
        self._rounds(_SEARCHES, 1)
        self._rounds(_NEIGHBOURS, 1)
        self._changed.update(self.found)
        self._rounds(_NESTED, _ROUNDS)

    def finish(self) -> None:
        """Take all models for final, unless the selection was stopped."""
        if not self._stopped:
            self.found.update({k: model.at_stage("final", model.seconds) for k, model in self.found.items()})

    def _rounds(self, way: _Way, most: int) -> None:
        """Replace models by better ones in one way, until none changes."""
        for _ in range(most):
            changed, self._changed = self._changed, set()
            before = dict(self.found)
            keys = [] if self._stopped else way.keys(self, before, changed)
            if isinstance(self.engine, FanOut) and self._fans_out:
                task = partial(_improved, self._alone(), way, before, changed)
                self._keep_better(self.engine.fan_out(task, keys))
            else:
                for_each(self.engine, partial(self._improve, way, before, changed), keys)
            self._first_round = False
            if not self._changed:
                return

    def _keep_better(self, results: Sequence[tuple[FittedModel, bool]]) -> None:
        for model, better in results:
            if better:
                self._keep(model)
            else:
                self.found[model.n_components, model.family] = model

    def _improve(self, way: _Way, before: Found, changed: set[Key], key: Key) -> None:
        if self._stopped:
            return
        began, model = time.perf_counter(), before[key]
        better = model
        with suppress(*SINGULAR):
            better = way.fit(self, key, before, changed) or model
        seconds = model.seconds + time.perf_counter() - began
        if self._exceeds(better, model):
            self._keep(better.at_stage("improved", seconds))
        else:
            self.found[key] = model.at_stage(model.stage, seconds)

    def _exceeds(self, one: FittedModel, other: FittedModel, least: float = 0.0) -> bool:
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
        if self._first_round and not self._resumed:
            changed = self.guided.unseen(key, changed)
        start = self.guided.better(key, before, changed)
        return None if start is None else self._fitted(self.candidates[key], start)

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
            return self._fitted(candidate, best.mixture)
        runs = _RUNS if self.rows.source.plain else 1
        candidate = candidate.compared_by_likelihood(_PATIENCE, runs)
        for number in range(runs):
            model = self._fitted(candidate, None, seed=self.seed + 1 + number)
            other = self._exceeds(model, best, _ANOTHER)
            best = model if self._exceeds(model, best) else best
            if not other:
                break
        return best

    def containing(self, before: Found, changed: set[Key]) -> list[Key]:
        """Return the models with a lower likelihood than a nested model."""
        return [key for key in before if self.guided.contains(key, before, changed, self.gain)]

    def from_nested(self, key: Key, before: Found, changed: set[Key]) -> FittedModel | None:
        """Return the fit from a more likely nested model."""
        start = self.guided.from_nested(key, before, changed, self.gain)
        return None if start is None else self._fitted(self.candidates[key], start)

    def _fitted(
        self,
        candidate: Candidate,
        start: Mixture | None,
        max_iter: int | None = None,
        seed: int | None = None,
    ) -> FittedModel:
        engine = engine_of_a_task(self.engine)
        if start is not None:
            most = candidate.plan.max_iter if max_iter is None else max_iter
            result, trace = self.guided.run(candidate.key, start, engine, most)
        else:
            rng = candidate.rng(self.seed if seed is None else seed)
            result, trace = fit_mixture(candidate.source, candidate.plan, rng, engine, candidate.whole)
        return judged(candidate, self.rows, result, trace, engine)


class _Way(NamedTuple):
    """A way to better fits: which models it may better, and the fit that it gives one of them."""

    keys: Callable[[_Sweep, Found, set[Key]], list[Key]]
    fit: Callable[[_Sweep, Key, Found, set[Key]], FittedModel | None]


_NEIGHBOURS = _Way(_Sweep.neighbouring, _Sweep.from_neighbours)
_SEARCHES = _Way(_Sweep.leading, _Sweep.by_search)
_NESTED = _Way(_Sweep.containing, _Sweep.from_nested)


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
    sweep: _Sweep, way: _Way, before: Found, changed: set[Key], key: Key
) -> tuple[FittedModel, bool]:
    """Return a model after a try to better it, and whether it is better; a task of another process."""
    _quiet()
    own = copy(sweep)
    own.found, own._changed = dict(before), set()
    own._improve(way, before, changed, key)
    return own.found[key], key in own._changed


def _quiet() -> None:
    # In a process of its own: what a warning would tell of a model is its status.
    warnings.simplefilter("ignore", GaussmixWarning)
