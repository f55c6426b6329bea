"""Fits to rows with missing values, measurement errors or labels.

Starts and the search need complete rows, so they use a completion of the rows given a mixture. EM on the original rows
continues from their result, and its end gives the next completion. Rounds continue while the objective increases. Of
few rows with missing values, the first search runs EM on the rows as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ..blocks import Block
from ..engines import all_rows
from ..errors import DegenerateMixtureError
from ..fitting.convergence import FixedIterations
from ..fitting.degeneracy import degenerate_components, in_columns_of_ties
from ..fitting.ending import EndingDriver
from ..fitting.loop import Reached, RunResult, run_loop
from ..fitting.observed import observed_values
from ..fitting.problem import Problem
from ..fitting.protocols import Driver
from ..fitting.spread import Spread
from ..mixture import Mixture
from ..search.all_rows import Searched
from ..search.budget import Budget
from ..search.trace import SearchTrace
from ..starts import START_METHODS
from ..starts.completed_rows import first_completion
from .collapse import that_succeed
from .complete import starts_of, stopped_run
from .completion import FEW_ROWS, Completion
from .fit_trace import Trace
from .incomplete_moves import split_merge_moves
from .incomplete_starts import supervised
from .interrupted import FitInterrupted
from .numbering import by_weight
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
_KINDS = ("kmeans", *("k-means++", "random_from_data", "random") * 5)
"""Kinds of starts, raced by EM on few rows as they are."""
_HEAT, _FINALISTS = 90, 8
"""Iterations of each start, and number of finalists."""
_MOVES, _MOVE_HEAT, _MOVE_FINALISTS, _MOST_MOVED = 6, 10, 3, 6
"""Number of split-merge moves on the original rows, iterations of each, finalists, and most accepted moves in a row."""
_SPARE = 4
"""Number of other ends to continue from where the best one collapses on its way to convergence."""


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
    rows = Completion(problem, plan, spread)
    rounds = _Rounds(rows, plan.driver(problem))
    if plan.given.mixture is not None:
        first = starts_of(plan, problem, spread, rng)[0]()
        start = first if isinstance(first, Reached) else rows.of_model(first, None)
        return rounds.run([lambda: start])
    if plan.n_components == 1 and problem.model.uniform is None and not plan.given.settled:
        return rounds.run(rows.one_component())
    assert rng is not None
    if plan.given.assignments is not None:
        # Assignments are those of the rows in their order, all of them.
        block = all_rows(problem.source, problem.engine)
    else:
        block = rows.some_rows(rng)
    plain = first_completion(block, problem.model, rng)
    if not plan.searches:
        return rounds.run(rows.starts(block, plain, rng))
    return rounds.searched(block, plain, rng)


@dataclass(frozen=True, eq=False)
class Round:
    """A round: its best end, and the result of its search.

    Parameters
    ----------
    stopped : bool
        Whether a callback ended the search.
    others : tuple of RunResult
        The next best ends.
    """

    end: RunResult
    found: Searched | None
    stopped: bool = False
    others: tuple[RunResult, ...] = ()


@dataclass(frozen=True, eq=False)
class _Rounds:
    """Alternation of searches on completed rows and EM on the rows as they are."""

    rows: Completion
    driver: Driver[Any]

    @property
    def problem(self) -> Problem:
        """The rows as they are."""
        return self.rows.problem

    @property
    def plan(self) -> FitPlan:
        """The plan of the fit."""
        return self.rows.plan

    def sound(self, mixture: Mixture) -> bool:
        """Whether no component collapsed; a prior keeps every one from it."""
        if self.plan.variational is not None:
            return True
        constraint, n = self.problem.model.constraint, self.problem.row_count
        return not (self.rows.spread.complete and len(degenerate_components(mixture, constraint, n)))

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

    def searched(self, block: Block, plain: Block, rng: np.random.Generator) -> tuple[RunResult, Trace]:
        """Return the run of EM from the best end of all rounds."""
        best: RunResult | None = None
        searched: Searched | None = None
        ends: list[RunResult] = []
        idle, stages, began = 0, self.plan.stages, time.perf_counter()
        try:
            for number in range(1, _MOST_ROUNDS + 1):
                budget = self.budget(number, time.perf_counter() - began)
                done = stages.result_of(partial(self.next_round, number, block, plain, budget, rng), rng)
                if done is None:
                    break
                if done.stopped:
                    return done.end, Trace((done.end.trace,), 0, _trace(done.found))
                ends += [done.end, *done.others]
                end = done.end
                if best is None or self.gains(end, best):
                    idle, end = 0, stages.result_of(partial(self.moved, end, block))
                else:
                    idle += 1
                if best is None or self.rank(end) > self.rank(best):
                    best, searched = end, done.found
                if idle == _PATIENCE:
                    break
                plain = self.rows.completed(block, best.mixture, rng)
            assert best is not None
            others = [end for end in ends if end.objective != best.objective]
            others.sort(key=self.rank, reverse=True)
            result, runs = self.finished([best, *others[:_SPARE]], block)
        except FitInterrupted as interrupt:
            raise interrupt.after(_trace(searched)) from None
        except KeyboardInterrupt:
            if best is None:
                raise
            raise FitInterrupted(best, Trace((best.trace,), 0, _trace(searched))) from None
        return result, replace(runs, search=self.judged(searched, result.mixture))

    def budget(self, number: int, seconds: float) -> Budget | None:
        """Return the remaining budget of a round; None if the time of all rounds is used up."""
        budget = self.plan.search
        assert budget is not None
        if budget.seconds is None or number == 1:
            return budget
        left = budget.seconds - seconds
        return replace(budget, seconds=left) if left > 0.0 else None

    def judged(self, searched: Searched | None, end: Mixture) -> SearchTrace | None:
        """Return the trace of a search, in doubt after a degenerate end of EM."""
        if searched is None or (self.sound(end) and not searched.degenerate(end)):
            return _trace(searched)
        problem, n = self.problem, self.problem.row_count
        collapsed = degenerate_components(end, problem.model.constraint, n).tolist()
        values = observed_values(end, problem.source, problem.engine)
        return searched.in_doubt(in_columns_of_ties(end, n, self.plan.column_names, collapsed, values), False)

    def next_round(
        self, number: int, block: Block, plain: Block, budget: Budget | None, rng: np.random.Generator
    ) -> Round | None:
        """Return the next round; None without a budget, or if a later round has only degenerate ends."""
        if budget is None:
            return None
        try:
            return self.round(number, block, plain, budget, rng)
        except DegenerateMixtureError:
            if number == 1:
                raise
            return None

    def round(
        self, number: int, block: Block, plain: Block, budget: Budget, rng: np.random.Generator
    ) -> Round:
        """Return the round of a search on completed rows and short EM runs on the original rows."""
        direct = self.rows.searchable(block) if number == 1 else None
        found = self.rows.search(plain, rng, number, direct, budget)
        if found is not None and found.stopped:
            result = stopped_run(self.driver, self.rows.start(found.mixture, block, plain))
            return Round(result, found, stopped=True)
        starts = [found.mixture if found is not None else self.rows.first_mixture(plain, self.plan, rng)]
        if number == 1:
            starts += supervised(block, plain, self.problem)
            starts += self.raced(block, plain, rng) if direct is None else []
        ends = self.short_runs([self.rows.start(start, block, plain) for start in starts])
        ends.sort(key=self.rank, reverse=True)
        return Round(ends[0], found, others=tuple(ends[1 : _SPARE + 1]))

    def finished(self, ends: Sequence[RunResult], block: Block) -> tuple[RunResult, Trace]:
        """Return the converged run from the best end without a degenerate component, or from the best end."""
        runs, rounds = [], self
        # EM does not lead out of a degenerate mixture: a run to one ends there, and none begins at another one.
        if self.sound(ends[0].mixture):
            ending = EndingDriver(self.driver, lambda mixture: not self.sound(mixture))
            rounds = replace(self, driver=ending)
        for end in [ends[0], *(end for end in ends[1:] if self.sound(end.mixture))]:
            kept = block.allowed is not None or self.problem.model.restrictions.of_parameters
            start = end.mixture if kept else by_weight(end.mixture)
            runs.append(rounds.run([partial(_same, start)]))
            if self.sound(runs[-1][0].mixture):
                return runs[-1]
        return runs[0]

    def raced(self, block: Block, plain: Block, rng: np.random.Generator) -> list[Mixture]:
        """Return the best of several starts of different kinds after a few iterations on few rows as they are.

        Of few rows, completed ones have other local maxima than the rows as they are.
        """
        if block.n_rows > FEW_ROWS or self.plan.n_components < 2:
            return []
        plans = [
            replace(self.plan, search=None, n_init=1, start_method=START_METHODS[name])
            for name in _KINDS * self.plan.n_init
        ]
        starts = [self.rows.start(self.rows.first_mixture(plain, plan, rng), block, plain) for plan in plans]
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
            moves = [self.rows.numbered(move, block) for move in moves]
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
        return _GAIN / self.problem.row_count

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


def _trace(searched: Searched | None) -> SearchTrace | None:
    return None if searched is None else searched.trace


def _same(start: Mixture) -> Mixture:
    return start
