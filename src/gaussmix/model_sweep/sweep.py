"""Fits of many models to the same rows; a failure does not end the others."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from typing import NamedTuple

from ..engines import Engine, FanOut, LocalEngine, SerialEngine
from ..engines.fan_out import fans_out
from ..errors import GaussmixWarning, NoiseOnlyError
from ..one_blas_thread import one_blas_thread
from .candidate import Candidate, Key
from .fitted import FittedModel
from .judged import FAILURES, unfitted
from .model_fits import Found, ModelFits
from .tasks import Tell, for_each

__all__ = ["fit_models"]

_TINY = 250
"""Numbers of a table up to which threads do not share the models: they would wait for the interpreter. With two
threads, selections on three tables of 93 to 210 numbers took 4 to 50 % more processor time, and no less by the clock.
"""
_ROUNDS = 3
"""Rounds in which neighbouring models propose starts to each other."""


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
        self.fits, self._tell = ModelFits(candidates, engine, seed, criterion), tell
        columns = candidates[0].source.n_features
        tiny = isinstance(engine, LocalEngine) and self.fits.rows.count * columns <= _TINY
        self.engine = SerialEngine() if tiny else engine
        self.found: Found = {}
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
        self.found.update({key: model for key, model in held.items() if key in self.fits.candidates})
        if len(self.found) < len(self.fits.candidates) or any(
            m.stage != "final" for m in self.found.values()
        ):
            self._changed.update(self.found)
        self._resumed = self._extended()

    def _extended(self) -> bool:
        """Return whether some fits of a resumed selection are not the first fits of their models."""
        missing: set[int] = set()
        for key in self.fits.guided.in_order(list(self.fits.candidates)):
            if key not in self.found:
                missing.add(key[0])
            elif key[0] in missing or self.found[key].stage != "first fit":
                return True
        return False

    # -------------------------------------------------------------------------------- the first fit of each

    def first_fits(self) -> None:
        """Fit all models that are not there: those of a number of components one after the other."""
        groups: dict[int, list[Key]] = {}
        for key in self.fits.guided.in_order([key for key in self.fits.candidates if key not in self.found]):
            if self.fits.guided.follows(key):
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
        return fans_out(self.engine, next(iter(self.fits.candidates.values())).source)

    def _alone(self) -> _Sweep:
        """Return the sweep for another process, without this one's engine and watchers."""
        other = copy(self)
        other.engine, other._tell, other._changed = SerialEngine(), _not_told, set()
        other.fits = self.fits.by(other.engine)
        return other

    def _fit_group(self, keys: list[Key]) -> None:
        for key in keys:
            if self._stopped:
                return
            self._keep(self._first_fit(key))

    def _first_fit(self, key: Key) -> FittedModel:
        candidate, began = self.fits.candidates[key], time.perf_counter()
        unsupported = self.fits.rows.support(candidate.plan)
        if unsupported is not None:
            return unfitted(candidate, unsupported).at_stage("first fit", 0.0)
        try:
            model = self.fits.first(key, self.found)
        except FAILURES as failure:
            noise = isinstance(failure, NoiseOnlyError)
            model = unfitted(candidate, "degenerate" if noise else "singular")
        return model.at_stage("first fit", time.perf_counter() - began)

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
            keys = [] if self._stopped else way.keys(self.fits, before, changed)
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
        if self._first_round and not self._resumed:
            changed = self.fits.guided.unseen(key, changed)
        better = model
        with suppress(*FAILURES):
            better = way.fit(self.fits, key, before, changed) or model
        seconds = model.seconds + time.perf_counter() - began
        if self.fits.exceeds(better, model):
            self._keep(better.at_stage("improved", seconds))
        else:
            self.found[key] = model.at_stage(model.stage, seconds)


class _Way(NamedTuple):
    """A way to better fits: which models it may better, and the fit that it gives one of them."""

    keys: Callable[[ModelFits, Found, set[Key]], list[Key]]
    fit: Callable[[ModelFits, Key, Found, set[Key]], FittedModel | None]


_NEIGHBOURS = _Way(ModelFits.neighbouring, ModelFits.from_neighbours)
_SEARCHES = _Way(ModelFits.leading, ModelFits.by_search)
_NESTED = _Way(ModelFits.containing, ModelFits.from_nested)


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
