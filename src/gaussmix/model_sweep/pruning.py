"""Minimum message length: EM from many components down to few, with annihilation of weak components."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from .._types import Floats
from ..covariances import Family
from ..covariances.constraints import AddToDiagonal, Constraint, Floor
from ..em import e_step
from ..engines import Engine
from ..errors import GaussmixWarning
from ..estimation import Trace, fit_mixture
from ..estimation.many_columns import located, suited
from ..fitting import BatchEM, Problem
from ..fitting.loop import RunResult
from ..fitting.observed import filled_by_means
from ..fitting.rescaling import Rescaling
from ..fitting.run_trace import RunTrace, Status
from ..fitting.spread import Spread
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from .candidate import Candidate, Key, Rows
from .criteria import message_length
from .fitted import FittedModel
from .judged import FAILURES, judged, unfitted
from .tasks import Tell, engine_of_a_task, for_each

__all__ = ["prune_models"]

_LEAST = 12.0
"""With fewer rows, the length of a parameter of a component, ½ log(n p / 12), would be negative."""


def prune_models(
    candidates: Sequence[Candidate],
    engine: Engine,
    seed: int,
    tell: Tell = lambda model: False,
    known: Sequence[FittedModel] = (),
) -> list[FittedModel]:
    r"""Fit each family once, from its most components down, and return the models in order.

    EM minimises the message length: its M-step gives a component the weight :math:`\max(n_k - N / 2, 0)`, up to a
    factor, with the number of rows n_k and N parameters of a component. One at a time, components with n_k at most
    N / 2 or 12 are removed, the weakest first; and at convergence, the component of the smallest weight. Numbers of
    components at which EM does not converge have the status "pruned".

    Parameters
    ----------
    engine : Engine
        Its threads share the families; an engine of another class adds up for one after the other.
    seed : int
        Of the random numbers of the starts.
    tell : callable
        Called with each model; returns True to stop.
    known : sequence of FittedModel
        Models that are there already: a family goes on from the fewest components.

    Raises
    ------
    InputError
        If the rows or an option are invalid.

    References
    ----------
    Figueiredo, M. A. T. and Jain, A. K. (2002). Unsupervised learning of finite mixture models. IEEE Trans. Pattern
    Anal. Mach. Intell. 24, 381-396.
    """
    if not candidates:
        return []
    rows = Rows.of(candidates[0], engine)
    keys = {candidate.key for candidate in candidates}
    found: dict[Key, FittedModel] = {key: model for model in known if (key := _key(model)) in keys}
    paths: dict[Family, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda each: -each.plan.n_components):
        paths.setdefault(candidate.plan.family, []).append(candidate)
    stopped: list[bool] = []

    def prune(path: list[Candidate]) -> None:
        for model in _pruned(path, found, rows, engine_of_a_task(engine), seed):
            found[_key(model)] = model
            if tell(model):
                stopped.append(True)
            if stopped:
                return

    with warnings.catch_warnings():
        # What a warning would tell of a model is its status.
        warnings.simplefilter("ignore", GaussmixWarning)
        for_each(engine, prune, list(paths.values()))
    return [found[candidate.key] for candidate in candidates if candidate.key in found]


def _key(model: FittedModel) -> Key:
    return model.n_components, model.family


def _pruned(
    path: Sequence[Candidate], found: dict[Key, FittedModel], rows: Rows, engine: Engine, seed: int
) -> Iterator[FittedModel]:
    """Yield the missing models of a family, in decreasing number of components."""
    waiting = [candidate for candidate in path if candidate.key not in found]
    # A resumed path has the same start: that of the most components that the rows support.
    supported = [candidate for candidate in path if rows.support(candidate.plan) is None]
    fits: Iterator[RunResult] | None = None
    reached: tuple[float, RunResult | None] = (np.inf, None)
    for candidate in waiting:
        began, K = time.perf_counter(), candidate.plan.n_components
        unsupported = rows.support(candidate.plan)
        model = unfitted(candidate, unsupported or "singular")
        with suppress(*FAILURES):
            if unsupported is None:
                fits = fits or _fits(supported, found, rows, engine, seed)
                while reached[0] > K:
                    result = next(fits, None)
                    reached = (0, None) if result is None else (result.mixture.n_components, result)
                model = _model(candidate, rows, reached[1], engine)
        yield replace(model, seconds=time.perf_counter() - began)


def _model(candidate: Candidate, rows: Rows, result: RunResult | None, engine: Engine) -> FittedModel:
    """Return a model with its message length, if the path has converged at its number of components."""
    if result is None or result.mixture.n_components != candidate.plan.n_components:
        return unfitted(candidate, "pruned")
    model = judged(candidate, rows, result, Trace((result.trace,), 0), engine)
    return model.scored(mml=message_length(result.mixture, model.log_likelihood, model.total_weight))


def _fits(
    candidates: Sequence[Candidate],
    found: dict[Key, FittedModel],
    rows: Rows,
    engine: Engine,
    seed: int,
) -> Iterator[RunResult]:
    """Yield the converged EM runs of a family, in decreasing number of components.

    The first run begins at the start of the first candidate, or at the known model of fewest components.
    """
    first = candidates[0]
    path = _Path.of(first, candidates[-1].plan.n_components, engine)
    family = first.plan.family
    held = [model for model in found.values() if model.family == family and model.mixture is not None]
    least = min(held, key=lambda model: model.n_components, default=None)
    if least is not None and least.mixture is not None:
        yield from path.fits(_without_weakest(path.inward(least.mixture)))
        return
    plan = replace(first.plan, search=None, n_init=1, max_iter=0, callbacks=())
    start, _ = fit_mixture(first.source, plan, first.rng(seed), engine, first.whole)
    yield from path.fits(path.inward(start.mixture))


@dataclass(frozen=True, eq=False)
class _Path:
    """EM with annihilation, on rows in ordinary units."""

    problem: Problem
    candidate: Candidate
    fewest: int
    rescaling: Rescaling | None

    @classmethod
    def of(cls, candidate: Candidate, fewest: int, engine: Engine) -> _Path:
        """Return the path of a family from its first model."""
        plan, source = candidate.plan, candidate.source
        family = suited(plan.family, source)
        whole = filled_by_means(candidate.whole or source, engine)
        with np.errstate(over="ignore", invalid="ignore"):
            rescaling = Rescaling.of(Spread(whole, engine, family.frame), not family.scales_columns)
        constant: float | Floats | None = plan.reg_covar
        uniform = plan.uniform
        if rescaling is not None:
            source, whole = rescaling.source(source), rescaling.source(whole)
            uniform = rescaling.inward_uniform(uniform)
            constant = None if plan.reg_covar is None else rescaling.variance(plan.reg_covar)
        spread = Spread(whole, engine, family.frame)
        constraint: Constraint = Floor(spread.scale) if constant is None else AddToDiagonal(constant)
        model = Model(located(family, source, spread, engine), constraint, uniform=uniform)
        return cls(Problem(source, model, engine), candidate, fewest, rescaling)

    def inward(self, mixture: Mixture) -> Mixture:
        """Return a mixture of the data in the units of the problem."""
        units = self.rescaling
        if units is None:
            return mixture
        means, covariances = units.inward_means(mixture.means), units.inward_covariances(mixture.covariances)
        return Mixture.of(mixture.weights, means, covariances, uniform=units.inward_uniform(mixture.uniform))

    @cached_property
    def half(self) -> float:
        """Half the number of parameters of a component besides its weight, N / 2."""
        family, D = self.problem.model.family, self.problem.source.n_features
        return 0.5 * (D + family.n_parameters(2, D) - family.n_parameters(1, D))

    def moments(self, mixture: Mixture) -> Moments:
        """Return the moments of an E-step."""
        return self.problem.engine.sum(partial(e_step, mixture.densities), self.problem.source)

    def fits(self, mixture: Mixture | None) -> Iterator[RunResult]:
        """Yield the converged run of EM for each number of components, in decreasing order."""
        while mixture is not None:
            result = self._converged(mixture)
            if result is None:
                return
            yield result if self.rescaling is None else self.rescaling.outward_result(result)
            mixture = _without_weakest(result.mixture)

    def _converged(self, mixture: Mixture) -> RunResult | None:
        """Return the end of EM, after the annihilation of components on the way; None if too few are left."""
        plan, driver, began = self.candidate.plan, BatchEM(self.problem), time.perf_counter()
        lengths: list[float] = []
        likelihoods: list[float] = []
        seconds: list[float] = []
        converged = False
        while not converged and len(lengths) < plan.max_iter:
            moments = self.moments(mixture)
            while moments.counts.min() <= max(self.half, _LEAST):
                smaller = _without(mixture, int(moments.counts.argmin()))
                if smaller is None or smaller.n_components < self.fewest:
                    return None
                mixture, lengths, likelihoods, seconds = smaller, [], [], []
                moments = self.moments(mixture)
            n = moments.total_weight
            lengths.append(-message_length(mixture, moments.log_likelihood, n) / n)
            likelihoods.append(moments.mean_log_likelihood)
            seconds.append(time.perf_counter() - began)
            converged = plan.stop.converged(lengths)
            if not converged:
                mixture = self._weighted(driver.after(mixture, moments).mixture, moments)
        message = f"{'converged' if converged else 'ended'} after {len(lengths)} iterations"
        status: Status = "converged" if converged else "max_iter"
        trace = RunTrace(np.array(likelihoods), np.array(seconds), status, message)
        return RunResult(mixture, likelihoods[-1] if likelihoods else -np.inf, trace)

    def _weighted(self, mixture: Mixture, moments: Moments) -> Mixture:
        """Return a mixture with the weights of least message length."""
        rest = moments.counts - self.half
        total = float(rest.sum() + moments.uniform)
        uniform = mixture.uniform
        if uniform is not None:
            uniform = uniform.of_weight(float(moments.uniform / total))
        return Mixture.of(rest / total, mixture.means, mixture.covariances, uniform=uniform)


def _without(mixture: Mixture, component: int) -> Mixture | None:
    """Return a mixture without one of its components; None if it is the only one."""
    kept = np.delete(np.arange(mixture.n_components), component)
    if not len(kept):
        return None
    uniform = mixture.uniform
    share = 1.0 if uniform is None else 1.0 - uniform.weight
    weights = mixture.weights[kept]
    return Mixture.of(
        share * weights / weights.sum(), mixture.means[kept], mixture.covariances.take(kept), uniform=uniform
    )


def _without_weakest(mixture: Mixture) -> Mixture | None:
    return _without(mixture, int(mixture.weights.argmin()))
