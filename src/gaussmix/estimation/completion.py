"""Completions of incomplete rows: complete rows drawn given a mixture, and the starts and searches on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .. import kernels
from ..blocks import Block
from ..em import placed
from ..engines import SerialEngine
from ..fitting.callback import Callback
from ..fitting.drivers import driver_of
from ..fitting.loop import Reached
from ..fitting.problem import Problem
from ..fitting.spread import Spread
from ..fitting.trimmed import cutoff_of, scores_of
from ..mixture import Mixture, TMixture
from ..search.all_rows import Searched, search_for_start
from ..search.budget import Budget
from ..sources import ArraySource
from ..starts import WhiteningTransform
from ..starts.beside_uniform import beside, first_weight
from ..starts.block import distinct_block
from ..starts.completed_rows import (
    beyond_limits,
    completed,
    correlated,
    exact_rows,
    nearly_uncorrelated,
    one_gaussian,
)
from ..starts.robust import one_t
from ..uniform import noise_only
from .complete import starts_of
from .incomplete_starts import of_family
from .numbering import numbered
from .plan import FitPlan

__all__ = ["FEW_ROWS", "Completion"]

FEW_ROWS = 2_000
"""With fewer rows, completed ones have other local maxima than the rows as they are."""
_MOST_ROWS = 20_000
"""Largest number of completed rows."""


@dataclass(frozen=True, eq=False)
class Completion:
    """Completion of incomplete rows, for starts and searches.

    Parameters
    ----------
    problem : Problem
        The rows as they are.
    plan : FitPlan
    spread : Spread
        Of the rows, their missing values filled.
    """

    problem: Problem
    plan: FitPlan
    spread: Spread

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
        if block.n_rows <= FEW_ROWS and nearly_uncorrelated(one_gaussian(block, model)):
            gaussians += [correlated(wide, sign) for sign in (1.0, -1.0)]
        return [partial(of_family, gaussian, model.family) for gaussian in gaussians]

    def starts(
        self, block: Block, plain: Block, rng: np.random.Generator
    ) -> list[Callable[[], Mixture | Reached]]:
        """Return the makers of first mixtures from completed rows."""
        problem = self.plain_problem(plain)
        makers = starts_of(self.plan, problem, self.spread_of(problem), rng)

        def made(maker: Callable[[], Mixture | Reached]) -> Mixture:
            return self.start(_mixture(maker()), block, plain)

        return [partial(made, maker) for maker in makers]

    def first_mixture(self, plain: Block, plan: FitPlan, rng: np.random.Generator) -> Mixture:
        """Return a first mixture of completed rows by the starts of a plan."""
        problem = self.plain_problem(plain)
        return _mixture(starts_of(plan, problem, self.spread_of(problem), rng)[0]())

    def completed(self, block: Block, mixture: Mixture, rng: np.random.Generator) -> Block:
        """Return completed rows, without weight where they are trimmed."""
        model = self.problem.model
        if model.bounds is not None and model.bounds.censoring is not None:
            block = beyond_limits(block, model.bounds.censoring, rng)
        plain = completed(block, mixture, rng, not model.gaussian_or_uniform)
        trimming = model.trimming
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

    def plain_problem(self, plain: Block) -> Problem:
        """Return the problem of completed rows, for Gaussian components with or without a uniform one.

        Raises
        ------
        NoiseOnlyError
            If no row is left to the other components.
        """
        if not plain.total_weight > 0.0:
            raise noise_only()
        model = self.problem.model
        if not model.gaussian_or_uniform:
            model = model.gaussian
        if model.prior is not None:
            model = model.scaled(plain.total_weight / self.spread.total_weight)
        rows = ArraySource(plain.X, plain.weights)
        return Problem(rows, model, self.problem.engine, self.problem.names)

    def spread_of(self, problem: Problem) -> Spread:
        """Return the spread of completed rows."""
        return Spread(problem.source, problem.engine, problem.model.frame)

    def search(
        self, plain: Block, rng: np.random.Generator, number: int, incomplete: Block | None, budget: Budget
    ) -> Searched | None:
        """Return the result of a search on completed rows, or from these by EM on the rows as they are."""
        plan, problem = self.plan, replace(self.plain_problem(plain), incomplete=incomplete)
        driver = driver_of(problem, plan.stop, plan.accelerate)
        spread = self.spread_of(problem)
        watchers = [_of_round(number, callback) for callback in plan.callbacks]
        return search_for_start(problem, spread, plan.n_components, budget, driver, watchers, rng)

    def searchable(self, block: Block) -> Block | None:
        """Return few rows as they are if the compiled kernel searches on them, else None."""
        model = self.problem.model
        compiled = kernels.em_runs is not None and model.compiled and model.gaussian_or_uniform
        few = block.holes and block.exact and block.allowed is None and block.n_rows <= FEW_ROWS
        return block if compiled and few else None

    def start(self, mixture: Mixture, block: Block, plain: Block) -> Mixture:
        """Return a mixture of completed rows as a start for the rows as they are."""
        return self.of_model(self.numbered(mixture, block), plain)

    def of_model(self, mixture: Mixture, plain: Block | None) -> Mixture:
        """Return a mixture with the tails and the uniform component of the model."""
        tails = self.problem.model.tails
        mixture = self._with_uniform(mixture, plain)
        if tails is None or isinstance(mixture, TMixture):
            return mixture
        return TMixture.with_tails(mixture, tails.start(mixture.n_components), tails.estimated)

    def _with_uniform(self, mixture: Mixture, plain: Block | None) -> Mixture:
        """Return a mixture with the uniform component of the model, weighted by the completed rows."""
        uniform = self.problem.model.uniform
        if uniform is None or mixture.uniform is not None:
            return mixture
        weight = uniform.weight
        if plain is not None and plain.weights is not None and self.problem.model.tails is None:
            # The rows that are completed have weights of mean one.
            weight = first_weight(plain.total_weight, plain.n_rows)
        return beside(mixture, uniform.of_weight(weight))


def _mixture(start: Mixture | Reached) -> Mixture:
    return start if isinstance(start, Mixture) else start.state.mixture


def _of_round(number: int, callback: Callback) -> Callback:
    """Return a callback whose steps have the number of a round."""
    return lambda step: callback(replace(step, round=number))
