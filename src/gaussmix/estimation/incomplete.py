"""Fits to rows with missing values, measurement errors or labels, or with a uniform component.

Starts and the search need complete rows, so they use a completion of the rows given a mixture. EM on the original rows
continues from their result, and its end gives the next completion. Rounds continue while the objective increases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ..blocks import Block
from ..em import placed
from ..engines import SerialEngine, all_rows
from ..fitting.callback import Callback
from ..fitting.convergence import FixedIterations
from ..fitting.degeneracy import degenerate_components
from ..fitting.drivers import driver_of
from ..fitting.loop import Reached, RunResult, run_loop
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..fitting.spread import Spread
from ..fitting.trimmed import cutoff_of, scores_of
from ..mixture import Mixture, TMixture
from ..search.all_rows import Searched, search_for_start
from ..search.trace import SearchTrace
from ..sources import ArraySource
from ..starts import START_METHODS, WhiteningTransform
from ..starts.block import distinct_block
from ..starts.completed_rows import (
    beyond_limits,
    completed,
    correlated,
    exact_rows,
    first_completion,
    nearly_uncorrelated,
    one_gaussian,
)
from ..starts.robust import one_t
from .collapse import that_succeed
from .complete import starts_of, stopped_run
from .fit_trace import Trace
from .incomplete_moves import split_merge_moves
from .incomplete_starts import of_family, supervised
from .interrupted import FitInterrupted
from .numbering import by_weight, numbered
from .plan import FitPlan
from .restarts import fit_from_starts

__all__ = ["fit_by_completion"]

_MOST_ROUNDS, _PATIENCE = 8, 2
"""Largest number of rounds, and number of successive rounds without a gain before the end."""
_SHORT = 30
"""EM iterations of a round on the original rows."""
_DIGITS = 9
"""Decimals of the mean log-likelihood in comparisons, beyond which differences are rounding."""
_GAIN = 0.5
"""Smallest gain of a round, nats."""
_FEW_ROWS = 2_000
"""With fewer rows, starts of several kinds are raced by EM on the original rows."""
_KINDS = ("kmeans", *("k-means++", "random_from_data", "random") * 5)
_HEAT, _FINALISTS = 30, 8
"""Iterations of each start, and number of finalists."""
_MOVES, _MOVE_HEAT, _MOVE_FINALISTS, _MOST_MOVED = 6, 10, 3, 6
"""Number of split-merge moves on the original rows, iterations of each, finalists, and most accepted moves in a row."""
_SPARE = 4
"""Number of other ends to continue from where the best one collapses on its way to convergence."""
_MOST_ROWS = 20_000
"""Largest number of completed rows."""
_LEAST_WEIGHT, _MOST_WEIGHT = 0.01, 0.9
"""Bounds of the first weight of a uniform component."""


def fit_by_completion(
    problem: Problem, plan: FitPlan, rng: np.random.Generator | None, spread: Spread
) -> tuple[RunResult, Trace]:
    """Return the best run of EM on incomplete, noisy or labelled rows, from the best start by completion.

    Parameters
    ----------
    problem : Problem
        n rows of D columns.
    rng : numpy.random.Generator or None
        None if the plan draws nothing.
    spread : Spread
        Of the rows, their missing values filled.
    """
    rounds = _Rounds(problem, plan, spread, plan.driver(problem))
    if plan.given.mixture is not None:
        first = starts_of(plan, problem, spread, rng)[0]()
        start = first if isinstance(first, Reached) else rounds.of_model(first, None)
        return rounds.run([lambda: start])
    if plan.n_components == 1 and problem.model.uniform is None and not plan.given.settled:
        return rounds.run(rounds.one_component())
    assert rng is not None
    if plan.given.assignments is not None:
        # Assignments are those of the rows in their order, all of them.
        block = all_rows(problem.source, problem.engine)
    else:
        block = rounds.some_rows(rng)
    plain = first_completion(block, problem.model, rng)
    if not plan.searches:
        return rounds.run(rounds.starts(block, plain, rng))
    return rounds.searched(block, plain, rng)


@dataclass(frozen=True, eq=False)
class Round:
    """A round: its best end, and the trace of its search.

    Parameters
    ----------
    stopped : bool
        Whether a callback ended the search.
    others : tuple of RunResult
        The next best ends.
    """

    end: RunResult
    trace: SearchTrace | None
    stopped: bool = False
    others: tuple[RunResult, ...] = ()


@dataclass(frozen=True, eq=False)
class _Rounds:
    """Alternation of searches on completed rows and EM on the rows as they are."""

    problem: Problem
    plan: FitPlan
    spread: Spread
    driver: Driver[Any]

    def sound(self, mixture: Mixture) -> bool:
        """Whether no component collapsed; a prior keeps every one from it."""
        if self.plan.variational is not None:
            return True
        constraint, n = self.problem.model.constraint, self.problem.distinct_rows
        return not (self.spread.complete and len(degenerate_components(mixture, constraint, n)))

    def run(self, starts: Sequence[Callable[[], Mixture | Reached]]) -> tuple[RunResult, Trace]:
        """Return the best run of EM on the rows as they are."""
        plan = self.plan
        return fit_from_starts(
            self.driver,
            starts,
            stop=plan.stop,
            max_iter=plan.max_iter,
            callbacks=plan.callbacks,
            sound=self.sound,
            journal=plan.stages,
        )

    def some_rows(self, rng: np.random.Generator) -> Block:
        """Return the distinct rows, or a sample of many."""
        family, spread, problem = self.plan.family, self.spread, self.problem
        whitening = WhiteningTransform(spread.mean, family.whitening(spread.scale), family.frame)
        return distinct_block(problem.source, problem.engine, whitening, _MOST_ROWS, rng)

    def one_component(self) -> list[Callable[[], Mixture]]:
        """Return the fixed starts of a single component.

        They are wide: EM shrinks a covariance, but hardly turns a narrow one. Where columns are hardly correlated, the
        likelihood of few rows may have maxima of both signs of a correlation, and a saddle point between them (Murray,
        1977).
        """
        model = self.problem.model
        block = self.some_rows(np.random.default_rng(0))
        if model.tails is not None or model.trimming is not None:
            exact = exact_rows(block, model, np.random.default_rng(0))
            location = one_t(exact, diagonal=not model.frame.full)
            start = of_family(
                Mixture.of(location.weights, location.means, location.covariances), model.family
            )
            return [lambda: self.of_model(start, None)]
        wide = one_gaussian(block, model, passes=0)
        if model.family.frame.low_rank:
            return [lambda: wide]
        gaussians = [wide]
        if block.n_rows <= _FEW_ROWS and nearly_uncorrelated(one_gaussian(block, model)):
            gaussians += [correlated(wide, sign) for sign in (1.0, -1.0)]
        return [partial(of_family, gaussian, model.family) for gaussian in gaussians]

    def starts(
        self, block: Block, plain: Block, rng: np.random.Generator
    ) -> list[Callable[[], Mixture | Reached]]:
        """Return the makers of first mixtures from completed rows."""
        problem = self.plain_problem(plain)
        makers = starts_of(self.plan, problem, self.spread_of(problem), rng)

        def made(maker: Callable[[], Mixture | Reached]) -> Mixture:
            return self.of_model(self.numbered(_mixture(maker()), block), plain)

        return [partial(made, maker) for maker in makers]

    def first_mixture(self, plain: Block, rng: np.random.Generator) -> Mixture:
        """Return a first mixture of completed rows."""
        problem = self.plain_problem(plain)
        return _mixture(starts_of(self.plan, problem, self.spread_of(problem), rng)[0]())

    def searched(self, block: Block, plain: Block, rng: np.random.Generator) -> tuple[RunResult, Trace]:
        """Return the run of EM from the best end of all rounds."""
        best: RunResult | None = None
        trace: SearchTrace | None = None
        ends: list[RunResult] = []
        idle, stages = 0, self.plan.stages
        try:
            for number in range(1, _MOST_ROUNDS + 1):
                found = stages.result_of(partial(self.round, number, block, plain, rng), rng)
                if found.stopped:
                    return found.end, Trace((found.end.trace,), 0, found.trace)
                ends += [found.end, *found.others]
                end = found.end
                if best is None or self.gains(end, best):
                    idle, end = 0, stages.result_of(partial(self.moved, end, block))
                else:
                    idle += 1
                if best is None or self.rank(end) > self.rank(best):
                    best, trace = end, found.trace
                if idle == _PATIENCE:
                    break
                plain = self.completed(block, best.mixture, rng)
            assert best is not None
            ends.sort(key=self.rank, reverse=True)
            result, runs = self.finished([best, *ends[:_SPARE]], block)
        except FitInterrupted as interrupt:
            raise interrupt.after(trace) from None
        except KeyboardInterrupt:
            if best is None:
                raise
            raise FitInterrupted(best, Trace((best.trace,), 0, trace)) from None
        return result, replace(runs, search=trace)

    def round(self, number: int, block: Block, plain: Block, rng: np.random.Generator) -> Round:
        """Return the round of a search on completed rows and short EM runs on the original rows."""
        found = self.search(plain, rng, number)
        if found is not None and found.stopped:
            result = stopped_run(self.driver, self.of_model(self.numbered(found.mixture, block), plain))
            return Round(result, found.trace, stopped=True)
        starts = [found.mixture if found is not None else self.first_mixture(plain, rng)]
        if number == 1:
            starts += supervised(block, plain, self.problem) + self.raced(block, plain, rng)
        ends = self.short_runs([self.of_model(self.numbered(start, block), plain) for start in starts])
        ends.sort(key=self.rank, reverse=True)
        trace = None if found is None else found.judged(ends[0].mixture)
        return Round(ends[0], trace, others=tuple(ends[1 : _SPARE + 1]))

    def finished(self, ends: Sequence[RunResult], block: Block) -> tuple[RunResult, Trace]:
        """Return the converged run from the best end without a degenerate component, or from the best end."""
        runs = []
        for end in ends:
            kept = block.allowed is not None or self.problem.model.restrictions.of_parameters
            start = end.mixture if kept else by_weight(end.mixture)
            runs.append(self.run([partial(_same, start)]))
            if self.sound(runs[-1][0].mixture):
                return runs[-1]
        return runs[0]

    def completed(self, block: Block, mixture: Mixture, rng: np.random.Generator) -> Block:
        """Return completed rows, without weight where they are trimmed."""
        model = self.problem.model
        if model.bounds is not None and model.bounds.censoring is not None:
            block = beyond_limits(block, model.bounds.censoring, rng)
        plain, trimming = completed(block, mixture, rng), model.trimming
        if trimming is None:
            return plain
        cutoff = cutoff_of(mixture, trimming, ArraySource.of(block), SerialEngine())
        weights = cutoff.weights(scores_of(mixture.densities, trimming, block), plain.weights)
        X = np.array(plain.X, dtype=np.float64)
        X[weights == 0] = mixture.means[int(np.argmax(mixture.weights))]
        return replace(plain, X=X, weights=weights)

    def numbered(self, mixture: Mixture, block: Block) -> Mixture:
        """Return a mixture with components numbered by labels; without labels, by the fixed parameters."""
        model = self.problem.model
        return numbered(mixture, block) if block.allowed is not None else placed(mixture, model)

    def raced(self, block: Block, plain: Block, rng: np.random.Generator) -> list[Mixture]:
        """Return the best of several starts of different kinds after a few iterations on few rows as they are.

        Of few rows, completed ones have other local maxima than the rows as they are.
        """
        if block.n_rows > _FEW_ROWS or self.plan.n_components < 2:
            return []
        plans = [
            replace(self.plan, search=None, n_init=1, start_method=START_METHODS[name])
            for name in _KINDS * self.plan.n_init
        ]
        starts = []
        for plan in plans:
            problem = self.plain_problem(plain)
            start = _mixture(starts_of(plan, problem, self.spread_of(problem), rng)[0]())
            starts.append(self.of_model(self.numbered(start, block), plain))
        return self.best_after(starts, _HEAT, _FINALISTS)

    def best_after(self, starts: Sequence[Mixture], iterations: int, most: int) -> list[Mixture]:
        """Return the best mixtures after a number of EM iterations on the original rows."""
        runs = partial(run_loop, self.driver, stop=FixedIterations(), max_iter=iterations)
        ends = that_succeed(runs, starts)[0]
        ends.sort(key=self.rank, reverse=True)
        return [end.mixture for end in ends[:most]]

    def moved(self, best: RunResult, block: Block) -> RunResult:
        """Return the best run after repeated split-merge moves on the original rows."""
        if self.plan.family.frame.low_rank or self.plan.variational is not None:
            return best
        for _ in range(_MOST_MOVED):
            moves = split_merge_moves(best.mixture, block, self.problem.model, _MOVES)
            moves = [self.numbered(move, block) for move in moves]
            finalists = self.best_after(moves, _MOVE_HEAT, _MOVE_FINALISTS)
            end = max([best, *(self.short_runs(finalists) if finalists else [])], key=self.rank)
            if not self.gains(end, best):
                break
            best = end
        return best

    def gains(self, end: RunResult, best: RunResult) -> bool:
        """Whether a run improves on the best one by the least gain of a round."""
        return self.rank(end) > (self.rank(best)[0], best.objective + self.least_gain)

    @property
    def least_gain(self) -> float:
        """The smallest gain that distinguishes two runs, nats for each unit of weight."""
        return _GAIN / self.problem.distinct_rows

    def rank(self, result: RunResult) -> tuple[bool, float]:
        """Sound mixtures come first, then likely ones."""
        return self.sound(result.mixture), round(result.objective, _DIGITS)

    def short_runs(self, starts: Sequence[Mixture]) -> list[RunResult]:
        """Return short EM runs on the original rows, without failed ones."""
        most = min(_SHORT, self.plan.max_iter)
        ends, error = that_succeed(partial(run_loop, self.driver, stop=self.plan.stop, max_iter=most), starts)
        if error is not None and not ends:
            raise error
        return ends

    def plain_problem(self, plain: Block) -> Problem:
        """Return the problem of completed rows, without a uniform component."""
        model = self.problem.model.gaussian
        if model.prior is not None:
            model = model.scaled(plain.total_weight / self.spread.total_weight)
        return Problem(ArraySource(plain.X, plain.weights), model, self.problem.engine)

    def spread_of(self, problem: Problem) -> Spread:
        """Return the spread of completed rows."""
        return Spread(problem.source, problem.engine, problem.model.frame)

    def search(self, plain: Block, rng: np.random.Generator, number: int) -> Searched | None:
        """Return the result of a search on completed rows."""
        plan, problem = self.plan, self.plain_problem(plain)
        assert plan.search is not None
        driver = driver_of(problem, plan.stop, plan.accelerate)
        spread = self.spread_of(problem)
        watchers = [_of_round(number, callback) for callback in plan.callbacks]
        return search_for_start(problem, spread, plan.n_components, plan.search, driver, watchers, rng)

    def of_model(self, mixture: Mixture, plain: Block | None) -> Mixture:
        """Return a mixture with the tails and the uniform component of the model."""
        tails = self.problem.model.tails
        mixture = self._with_uniform(mixture, plain)
        if tails is None or isinstance(mixture, TMixture):
            return mixture
        return TMixture.with_tails(mixture, tails.start(mixture.n_components), tails.estimated)

    def _with_uniform(self, mixture: Mixture, plain: Block | None) -> Mixture:
        """Return a mixture with the uniform component of the model, weighted as completed rows say."""
        uniform = self.problem.model.uniform
        if uniform is None or mixture.uniform is not None:
            return mixture
        weight = uniform.weight
        if plain is not None and plain.weights is not None and self.problem.model.tails is None:
            # The rows that are completed have weights of mean one.
            weight = 1.0 - plain.total_weight / plain.n_rows
        weight = float(np.clip(weight, _LEAST_WEIGHT, _MOST_WEIGHT))
        shares = mixture.weights * (1.0 - weight)
        return mixture.like(
            shares, mixture.means, mixture.covariances, mixture.feature_names, uniform.of_weight(weight)
        )


def _mixture(start: Mixture | Reached) -> Mixture:
    return start if isinstance(start, Mixture) else start.state.mixture


def _same(start: Mixture) -> Mixture:
    return start


def _of_round(number: int, callback: Callback) -> Callback:
    """Return a callback with the number of the round."""
    return lambda step: callback(replace(step, round=number))
