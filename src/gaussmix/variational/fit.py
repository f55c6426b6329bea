"""Variational inference as an option of a whole fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._types import Floats
from ..covariances import Family
from ..fitting.callback import Callback
from ..fitting.convergence import AbsoluteChange, StoppingRule
from ..fitting.loop import RunResult
from ..fitting.problem import Problem
from ..fitting.spread import Spread
from ..sources import first_rows
from .compiled import variational_driver
from .driver import VariationalEM
from .moves import improved
from .precisions import precision_distribution
from .prior import GivenPrior, Prior

__all__ = ["BoundChange", "Variational"]


@dataclass(frozen=True)
class BoundChange:
    """Stop when the bound of all rows changes by less than ``tol`` nats, as scikit-learn does.

    Parameters
    ----------
    tol : float
        Nats.
    """

    tol: float

    def converged(self, objectives: object) -> bool:
        """Return False: the rule needs the weight of the rows."""
        return False


@dataclass(frozen=True, eq=False)
class Variational:
    """The plan of a variational fit.

    Parameters
    ----------
    given : GivenPrior
        The prior as far as it is given.
    prior : Prior, optional
        The whole prior, once the rows are known.
    """

    given: GivenPrior
    prior: Prior | None = None

    def with_rows(
        self, family: Family, n_components: int, spread: Spread, observed: Callable[[], Floats]
    ) -> Variational:
        """Return the plan with its whole prior; see :meth:`GivenPrior.with_rows`."""
        precision_distribution(family, len(spread.variances))
        return replace(self, prior=self.given.with_rows(family, n_components, spread, observed))

    @property
    def key(self) -> tuple[Any, ...] | None:
        """The prior as values that can be compared; None before the rows are known."""
        return None if self.prior is None else self.prior.key

    def scaled(self, factors: Floats) -> Variational:
        """Return the plan for columns multiplied by factors, (D,)."""
        return replace(self, given=self.given.scaled(factors))

    def driver(self, problem: Problem) -> VariationalEM:
        """Return the driver of the bound."""
        assert self.prior is not None
        return variational_driver(problem, self.prior)

    def stop(self, rule: StoppingRule, total_weight: float) -> StoppingRule:
        """Return a stopping rule for the bound of each unit of weight."""
        return AbsoluteChange(rule.tol / total_weight) if isinstance(rule, BoundChange) else rule

    def improved(
        self,
        problem: Problem,
        result: RunResult,
        stop: StoppingRule,
        max_iter: int,
        callbacks: Sequence[Callback],
    ) -> list[RunResult]:
        """Return the further runs after moves that raise the bound, the best last; see :func:`improved`.

        Components of labelled rows are not moved, and nothing is after a run that did not converge.
        """
        labelled = first_rows(problem.source, 1).allowed is not None
        if labelled or result.trace.status != "converged":
            return []
        return improved(self.driver(problem), result, stop, max_iter, callbacks)

    def with_posterior(self, problem: Problem, result: RunResult) -> RunResult:
        """Return a result with its posterior, also where no iteration gave one."""
        if result.posterior is not None:
            return result
        return replace(result, posterior=self.driver(problem).init(result.mixture).posterior)
