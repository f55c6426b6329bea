"""A model of a selection before its fit, and the rows with the models they can support."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..covariances.constraints import Floor
from ..engines import Engine
from ..estimation import FitPlan
from ..estimation.fit import spread_of
from ..fitting.degeneracy import Nondegenerate, variances_of_rounding
from ..fitting.spread import Spread
from ..frames import DiagonalFrame, Frame
from ..mixture import Mixture
from ..sources import Source, distinct_rows
from ..sources.distinct import DistinctRows, first_of_distinct, row_hashes
from ..starts.draw import rows_of_least_hash
from ..starts.sample import has_ties
from .fitted import Status

__all__ = ["FEWEST_BESIDE_PRIOR", "Candidate", "Key", "Rows"]

Key: TypeAlias = tuple[int, Family]
"""A number of components and a family."""

FEWEST_BESIDE_PRIOR = 0.5
"""Effective rows of a component with a prior: the pseudo-rows give it a covariance, but not a place among the rows."""
_ENOUGH_ROWS = 1 << 16
"""More rows than this support every model."""
_COMPARED = 1_000
"""Distinct rows that are compared for equal values."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model to fit.

    Parameters
    ----------
    plan : FitPlan
        Its number of components, its family and the options of its fit.
    source : Source
        The rows, with the labels that it allows.
    whole : Source, optional
        Rows whose covariance bounds those of the components; by default the rows that are fitted.
    """

    plan: FitPlan
    source: Source
    whole: Source | None = None

    @property
    def key(self) -> Key:
        """The identity of the model: number of components and family."""
        return self.plan.n_components, self.plan.family

    def compared_by_likelihood(self, patience: int, runs: int, known: Mixture | None) -> Candidate:
        """Return the same model with a search by likelihood alone.

        Parameters
        ----------
        patience : int
        runs : int
            Number of runs, fewer where one ends at the likelihood of a known fit.
        known : Mixture, optional
        """
        plan = self.plan
        assert plan.search is not None
        search = replace(plan.search, likelihood=True, patience=patience, least_runs=runs, populations=runs)
        return replace(self, plan=replace(plan, search=replace(search, known=known)))

    def without_single_values(self) -> Candidate:
        """Return the same model with a search in which components of single values are degenerate."""
        plan = self.plan
        if plan.search is None:
            return self
        return replace(self, plan=replace(plan, search=replace(plan.search, single_values=False)))

    def rng(self, seed: int) -> np.random.Generator:
        """Return the model's own generator, independent of the other models."""
        name = self.plan.family.name
        return np.random.default_rng([seed, self.plan.n_components, zlib.crc32(name.encode())])


class Rows:
    """The rows of a selection, and the models they can support.

    Parameters
    ----------
    whole : Source, optional
        Rows whose covariance bounds those of the components.
    names : (D,) sequence of str, optional
        Of the columns.
    """

    def __init__(
        self,
        source: Source,
        engine: Engine,
        whole: Source | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.source, self.engine, self._whole = source, engine, source if whole is None else whole
        self.names = names
        self._spreads: dict[tuple[Frame, bool], Spread] = {}
        self._floors: dict[tuple[Frame, bool], Floor] = {}

    @classmethod
    def of(cls, candidate: Candidate, engine: Engine) -> Rows:
        """Return the rows for the fit of a model."""
        return cls(candidate.source, engine, candidate.whole, candidate.plan.column_names)

    def by(self, engine: Engine) -> Rows:
        """Return the same rows with another engine."""
        return Rows(self.source, engine, self._whole, self.names)

    @cached_property
    def distinct(self) -> DistinctRows:
        """The distinct rows of positive weight, at most 65,536."""
        return distinct_rows(self.source, _ENOUGH_ROWS)

    @cached_property
    def count(self) -> int:
        """The number of rows (n), copies included."""
        return self.distinct.count

    def spread(self, frame: Frame, robust: bool = False) -> Spread:
        """Return mean, covariance and rank of the rows, as a frame holds covariances."""
        if (frame, robust) not in self._spreads:
            with np.errstate(over="ignore", invalid="ignore"):
                spread = spread_of(self._whole, self.engine, frame, robust, self.names)
                _ = spread.rank
            self._spreads[frame, robust] = spread
        return self._spreads[frame, robust]

    def fewest_rows(self, plan: FitPlan) -> float:
        """Return the smallest effective number of rows of a component; zero under a shared covariance."""
        if plan.prior is not None:
            return FEWEST_BESIDE_PRIOR
        least = plan.family.least_rows(self.source.n_features)
        return float(least) if least > 1 else 0.0

    def degenerate(self, mixture: Mixture, plan: FitPlan) -> bool:
        """Return whether a component collapsed, or has too few rows for a covariance of its own without a prior.

        Beside a uniform component, the others may have no row at all.
        """
        n = self.count
        if mixture.uniform is not None and mixture.weights.sum() * n < 1.0:
            return True
        fewest = self.fewest_rows(plan) if mixture.n_components > 1 else 0.0
        floor = None if plan.reg_covar is not None else self._floor(plan.family.frame, plan.robust)
        tied = floor is not None and not plan.robust and self._tied
        rounding = None if self.accepts_single_values(plan) else self.rounding
        return not Nondegenerate(fewest, n, floor, tied, rounding)(mixture)

    def accepts_single_values(self, plan: FitPlan) -> bool:
        """Return whether a component may describe single values: of robust fits, and of rows that are not exact."""
        return plan.robust or self.rounding is None

    @cached_property
    def _tied(self) -> bool:
        """Whether many values of a column are equal."""
        return has_ties(np.asarray(self._compared.X, dtype=np.float64))

    @cached_property
    def rounding(self) -> Floats | None:
        """Variances below which a component describes single values, (D,); None of rows with errors or projections."""
        if not self._compared.exact:
            return None
        return variances_of_rounding(self._compared.X, self.spread(DiagonalFrame()).variances)

    @cached_property
    def _compared(self) -> Block:
        """Distinct rows whose values are compared."""
        block = rows_of_least_hash(self.source, self.engine, _COMPARED)
        first, _ = first_of_distinct(row_hashes(block))
        return block.take(first)

    def _floor(self, frame: Frame, robust: bool) -> Floor:
        """Return the bound of covariances."""
        if (frame, robust) not in self._floors:
            self._floors[frame, robust] = Floor(self.spread(frame, robust).scale)
        return self._floors[frame, robust]

    def support(self, plan: FitPlan) -> Status | None:
        """Return the reason why the rows cannot support a model; None if they can."""
        D, family, n = self.source.n_features, plan.family, len(self.distinct)
        if plan.prior is not None:
            # Its scale has the rank of the rows, unless it is given.
            return "too few rows" if n < max(plan.n_components, 2) else None
        K = plan.n_components
        within = K * family.least_rows(D) if K > 1 else 2
        # The scatter of the rows within K components has a rank of at most n - K.
        if n < max(within, D + K if family.frame.full else 2):
            return "too few rows"
        return (
            "singular" if plan.reg_covar is None and self.spread(family.frame, plan.robust).rank < D else None
        )
