"""The search of a whole fit: its subsample, its callbacks, and EM on all rows from its best mixtures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..covariances import LowRankFactorAnalysers
from ..engines import FanOut, SerialEngine, local_engine
from ..errors import DegenerateMixtureError
from ..fitting.callback import Callback, Step
from ..fitting.convergence import FixedIterations
from ..fitting.degeneracy import Nondegenerate, variances_of_rounding
from ..fitting.drivers import driver_of
from ..fitting.loop import RunResult, run_loop
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..fitting.spread import Spread
from ..mixture import Mixture
from ..model import Model
from ..starts import StartRows
from .budget import Budget
from .fewest_rows import fewest_rows, small_components
from .find import SearchResult, find
from .pilot import Pilot
from .projection import Projection, has_dependent_columns, independent_problem, lifted, projected_problem
from .recorder import Watcher
from .sampling import is_costly, is_never_searched, sample_and_pilot
from .search_data import SearchData
from .small_components import SmallComponents
from .stopping import advice, tolerance
from .trace import SearchEvent, SearchTrace

__all__ = ["Searched", "search_for_start"]

_JUDGED = 3
"""Number of ends of a search on a sample that are compared on all rows, with the next best mixtures of a population."""
_ERRORS = 4.0
"""Of these, a mixture whose log-likelihood on the sample is lower by this many standard errors is left out."""
_ANOTHER = (
    "in doubt: on all rows, another mixture is better than the best of the sample; search longer (search=60)"
)


FewerDimensions: TypeAlias = Callable[
    [Problem, Spread, int, np.random.Generator], tuple[Problem, Spread, Projection]
]
"""Returns the problem of a search in fewer dimensions, its spread, and the map of the rows to them."""


@dataclass(frozen=True, eq=False)
class Searched:
    """The result of a search: the starts of EM on all rows.

    Parameters
    ----------
    mixtures : tuple of Mixture
        The best one, and the next best: where EM on all rows leads to a degenerate mixture, it begins at the next.
    trace : SearchTrace
    stopped : bool
        Whether a callback ended the search.
    nondegenerate : callable
        Returns whether a mixture of all rows has no degenerate component.
    """

    mixtures: tuple[Mixture, ...]
    trace: SearchTrace
    stopped: bool
    nondegenerate: Nondegenerate

    @property
    def mixture(self) -> Mixture:
        """The best mixture."""
        return self.mixtures[0]

    def degenerate(self, mixture: Mixture) -> bool:
        """Return whether a mixture has a degenerate component.

        Parameters
        ----------
        mixture : Mixture
        """
        return not self.nondegenerate(mixture)

    def in_doubt(self, where: str, another: bool) -> SearchTrace:
        """Return the trace of a search from whose best mixture EM on all rows led to a degenerate one.

        Parameters
        ----------
        where : str
            The columns of a degenerate component, by :func:`in_columns_of_ties`.
        another : bool
            Whether the next best mixture was taken in this case.
        """
        degenerate = self.trace.runs[self.trace.best].degenerate
        if not (self.trace.clear or (another and degenerate)):
            return self.trace
        of_which, then = (
            (" of the best mixture of the search", ", and the next best was taken") if another else ("", "")
        )
        verdict = f"in doubt: a component{of_which} degenerated{where}{then}; {advice(where)}"
        return replace(self.trace, clear=False, verdict=verdict)


def search_for_start(
    problem: Problem,
    spread: Spread,
    n_components: int,
    budget: Budget,
    driver: Driver[Any],
    callbacks: Sequence[Callback],
    rng: np.random.Generator,
) -> Searched | None:
    """Return the best mixture of a search as the start of EM; None without a search.

    Parameters
    ----------
    problem : Problem
        n rows of D columns.
    spread : Spread
        Of all rows.
    n_components : int
        K.
    budget : Budget
    driver : Driver
        Of EM on all rows.
    callbacks : sequence of callables
        See every event as a :class:`Step`.
    rng : numpy.random.Generator
    """
    if n_components < 2 and problem.model.uniform is None:
        return None
    if isinstance(problem.model.family, LowRankFactorAnalysers):
        return _search_in(projected_problem, problem, spread, n_components, budget, callbacks, rng)
    if has_dependent_columns(problem, spread):
        return _search_in(independent_problem, problem, spread, n_components, budget, callbacks, rng)
    if is_never_searched(problem, n_components, budget):
        return None
    # Weights count rows: n is the same for copies as for weights, and for another scale of the weights.
    rows, pilot = sample_and_pilot(problem, spread, n_components, rng)
    if len(rows.X) <= n_components:
        return None
    made = _search_data(problem, spread, rows, n_components, budget)
    if made is None:
        return None
    data, nondegenerate, fewest = made
    of_all, small = _test_on_all_rows(problem, data, nondegenerate, fewest)
    found = _found(problem, data, n_components, budget, callbacks, rng, pilot)
    return None if found is None else _judged_on_all_rows(found, data, driver, of_all, small)


def _judged_on_all_rows(
    found: SearchResult,
    data: SearchData,
    driver: Driver[Any],
    of_all: Nondegenerate,
    small: SmallComponents | None,
) -> Searched:
    """Return the starts of EM on all rows, the ends of a search in the order of their log-likelihood there."""
    ends, trace = [*found.mixtures[:_JUDGED], *found.others], found.trace
    if data.rows.sampled and not found.stopped:
        n, likely = of_all.total_weight, _likely(data.rows, ends)
        ends, another = _in_order_on_all_rows(driver, likely, data.nondegenerate, small, n)
        if another and trace.clear:
            trace = replace(trace, clear=False, verdict=_ANOTHER)
    return Searched(_in_order_of_weights(ends, data.model), trace, found.stopped, of_all)


def _test_on_all_rows(
    problem: Problem, data: SearchData, nondegenerate: Nondegenerate, fewest: Callable[[float], float]
) -> tuple[Nondegenerate, SmallComponents | None]:
    """Return the test for degenerate components on all rows, and the penalty of small components."""
    if not data.rows.sampled:
        return nondegenerate, data.small
    n, small = float(problem.n_rows), None
    if data.small is not None:
        small = SmallComponents.of(data.model.family, n, data.X.shape[1], fewest(n))
    least = fewest(n) if small is None else small.fewest_rows
    return replace(nondegenerate, fewest=least, total_weight=n), small


def _search_data(
    problem: Problem, spread: Spread, rows: StartRows, n_components: int, budget: Budget
) -> tuple[SearchData, Nondegenerate, Callable[[float], float]] | None:
    """Return the data of a search on a sample, its test for degenerate components, and their minimum number of rows.

    None where every mixture would be degenerate.
    """
    total_weight = float(rows.weights.sum())
    model = problem.model.scaled(total_weight / spread.total_weight)
    fewest = fewest_rows(model, rows, n_components)
    if fewest(len(rows.X)) * n_components > len(rows.X):
        return None
    constraint = model.constraint if spread.complete else None
    small = None if budget.likelihood else small_components(problem, model, rows, n_components)
    least = fewest(total_weight) if small is None else small.fewest_rows
    single_values = budget.single_values or problem.incomplete is not None
    rounding = None if single_values else variances_of_rounding(rows.X, spread.variances)
    nondegenerate = Nondegenerate(least, total_weight, constraint, rows.tied, rounding)
    data = SearchData(
        rows,
        model,
        SerialEngine(),
        nondegenerate,
        nondegenerate.fewest,
        budget.likelihood,
        names=problem.names,
        small=small,
        incomplete=problem.incomplete,
    )
    return data, nondegenerate, fewest


def _in_order_of_weights(mixtures: Sequence[Mixture], model: Model) -> tuple[Mixture, ...]:
    """Return mixtures with their components in descending order of weight."""
    # In an order that does not hang on the way to them, nor on units or columns; fixed components keep their numbers.
    if model.restrictions.of_parameters:
        return tuple(mixtures)
    return tuple(mixture.reordered(np.argsort(-mixture.weights, kind="stable")) for mixture in mixtures)


def _found(
    problem: Problem,
    data: SearchData,
    n_components: int,
    budget: Budget,
    callbacks: Sequence[Callback],
    rng: np.random.Generator,
    pilot: Pilot | None,
) -> SearchResult | None:
    """Return the result of a search by the engine of a problem; None where it cannot be made."""
    pool = problem.engine if isinstance(problem.engine, FanOut) else None
    if is_costly(data.model, data.X.shape[1]) and not data.supports(n_components):
        return None
    try:
        with local_engine(problem.engine) as engine:
            data = replace(data, engine=engine, pool=pool)
            watcher = _watcher(callbacks, budget.most_runs)
            return find(data, n_components, budget, rng, watcher, pilot)
    except DegenerateMixtureError:
        # Where nothing keeps covariances from vanishing, one of the many components tried may lie on a line.
        return None


def _search_in(
    fewer_dimensions: FewerDimensions,
    problem: Problem,
    spread: Spread,
    n_components: int,
    budget: Budget,
    callbacks: Sequence[Callback],
    rng: np.random.Generator,
) -> Searched | None:
    """Return the start of EM from a search in fewer dimensions.

    The events of its trace have no mixtures, which are those of these dimensions; callbacks see them in all columns.
    """
    small, around, projection = fewer_dimensions(problem, spread, n_components, rng)
    lift = partial(lifted, problem, spread, projection=projection)
    watching = [_in_all_columns(callback, lift) for callback in callbacks]
    budget = replace(budget, known=None)
    found = search_for_start(small, around, n_components, budget, driver_of(small), watching, rng)
    if found is None:
        return None
    events = tuple(replace(event, mixture=None) for event in found.trace.events)
    nondegenerate = replace(found.nondegenerate, total_weight=float(problem.n_rows), constraint=None)
    return Searched((lift(found.mixture),), replace(found.trace, events=events), found.stopped, nondegenerate)


def _in_all_columns(callback: Callback, lift: Callable[[Mixture], Mixture]) -> Callback:
    """Return a callback that sees mixtures of fewer dimensions in all columns."""
    return lambda step: callback(replace(step, mixture=lift(step.mixture)))


def _likely(rows: StartRows, mixtures: Sequence[Mixture]) -> list[Mixture]:
    """Return the mixtures, the best first, whose log-likelihood may be the highest on all rows, by that of a sample."""
    first, *others = (mixture.log_prob(rows.X) for mixture in mixtures)
    likely = [mixtures[0]]
    for mixture, log_prob in zip(mixtures[1:], others, strict=True):
        losses = rows.weights * (first - log_prob)
        if losses.sum() < _ERRORS * np.sqrt(len(losses)) * losses.std():
            likely.append(mixture)
    return likely


def _in_order_on_all_rows(
    driver: Driver[Any],
    mixtures: Sequence[Mixture],
    nondegenerate: Callable[[Mixture], bool],
    small: SmallComponents | None,
    total_weight: float,
) -> tuple[list[Mixture], bool]:
    """Return mixtures in the order of their log-likelihood on all rows, and whether another one comes first.

    They are those after a few iterations of EM; small components have a penalty.
    """
    if len(mixtures) == 1:
        return list(mixtures), False
    ends = [run_loop(driver, mixture, stop=FixedIterations(), max_iter=5) for mixture in mixtures]

    def rank(end: RunResult) -> tuple[bool, float]:
        mixture, penalty = end.mixture, 0.0
        if small is not None:
            penalty = small.penalty * int(small.among(mixture.weights * total_weight).sum())
        return nondegenerate(mixture), end.objective - penalty / total_weight

    order = sorted(ends, key=rank, reverse=True)
    (sound, best), (was_sound, first) = rank(order[0]), rank(ends[0])
    another = sound != was_sound or (best - first) * total_weight > tolerance(total_weight)
    return [end.mixture for end in order], another


def _watcher(callbacks: Sequence[Callback], most_runs: int) -> Watcher | None:
    """Return the function that passes events of a search to callbacks; None without callbacks."""
    if not callbacks:
        return None
    count = 0
    last: float | None = None

    def watch(event: SearchEvent) -> bool:
        nonlocal count, last
        assert event.mixture is not None  # a watcher is shown every mixture, also those that are not kept
        count = 1 if event.is_start else count + 1
        step = Step(
            iteration=count,
            max_iter=0,
            run=event.run,
            n_runs=most_runs,
            mixture=event.mixture,
            log_likelihood=event.log_likelihood,
            change=None if last is None or event.is_start else event.log_likelihood - last,
            seconds=event.seconds,
            stage="search",
            event=event,
        )
        last = event.log_likelihood
        answers = [callback(step) for callback in callbacks]
        return True in answers

    return watch
