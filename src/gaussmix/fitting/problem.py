"""The problem of a fit: rows, model and engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add

import numpy as np

from .. import kernels
from .._cached import cached_property
from .._types import Floats
from ..blocks import Block
from ..densities import Densities
from ..em import e_step, penalty
from ..engines import Engine, LocalEngine, count_rows
from ..frames import Frame
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from ..sources import Source, distinct_rows
from ..sources.base import first_block
from ..sources.distinct import DistinctRows

__all__ = ["Problem", "pooled_moments"]


_FALL, _FALL_OF_SINGLES = 1e-9, 1e-7
"""Rounding of the objective in passes over rows of float64 and of float32, as a share of it."""
_FEW, _MANY_COLUMNS = 15, 64
_COPIED = 1 << 16
"""Rows of float32 that are copied to float64 at once."""
_ENOUGH_ROWS = 1 << 16
"""Minimum number of rows at which the cost of a step besides the pass is negligible."""


@dataclass(frozen=True, eq=False)
class Problem:
    """The problem of a fit: the rows, the model, and the engine for the sums.

    Parameters
    ----------
    source : Source
        Rows to fit: n rows of D columns, with weights.
    model : Model
        The family of the covariances and their constraint.
    engine : Engine
        Adds up over the blocks of the source.
    names : (D,) sequence of str, optional
        Of the columns, for messages.
    incomplete : Block, optional
        The rows as they are, where those of the source are completed: EM runs of a search are on these.
    degenerate : callable, optional
        Returns whether a component of a mixture is degenerate: where a bound holds a covariance, EM then ends.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import Full
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import Problem
    >>> from gaussmix.model import Model
    >>> Problem(ArraySource(np.zeros((5, 2))), Model(Full()), SerialEngine()).source.n_rows
    5
    """

    source: Source
    model: Model
    engine: Engine
    names: Sequence[str] | None = None
    incomplete: Block | None = None
    degenerate: Callable[[Mixture], bool] | None = None

    @property
    def plain(self) -> bool:
        """Whether the rows are complete, exact and unlabelled, all components Gaussian, and all rows kept."""
        return self.model.gaussian is self.model and self.source.plain

    def objective(self, moments: Moments, mixture: Mixture) -> float:
        """Return the objective of EM at a mixture from the moments of its E-step, nats for each unit of weight.

        The mean log-likelihood; with a prior, the logarithm of its density is added before the division.

        Parameters
        ----------
        moments : Moments
            The result of the E-step.
        mixture : Mixture
            The mixture of the E-step.

        Returns
        -------
        float
            The value that no step of EM lowers.
        """
        if self.model.prior is None:
            return moments.mean_log_likelihood
        return (moments.log_likelihood + penalty(mixture, self.model)) / moments.total_weight

    @cached_property
    def n_rows(self) -> int:
        """Number of rows n, counted by a pass if the source has no number."""
        return count_rows(self.source, self.engine)

    @cached_property
    def row_count(self) -> int:
        """Number of rows (n), copies included, of up to 65,536 distinct ones."""
        if isinstance(self.engine, LocalEngine):
            return distinct_rows(self.source, _ENOUGH_ROWS).count
        # Rows that lie elsewhere are not fetched.
        return self.engine.sum(partial(_distinct, _ENOUGH_ROWS), self.source).count

    @property
    def allowed_fall(self) -> float:
        """Largest relative decrease of the objective from step to step that rounding explains.

        It is infinite if the constraint allows steps to decrease the objective.
        """
        if not self.model.constraint.monotone:
            return np.inf
        return _FALL_OF_SINGLES if first_block(self.source).X.dtype == np.float32 else _FALL


def _distinct(most: int, block: Block) -> DistinctRows:
    return DistinctRows.of(block, most)


def _all_rows(reference: Floats, frame: Frame, block: Block) -> Moments:
    """Return the moments of a block as one component with responsibility one for every row."""
    if block.X.dtype == np.float64:
        everywhere_one = reference, frame.zero(*reference.shape), np.zeros(1)
        sums = kernels.active.em_pass(block.X, block.weights, *everywhere_one, reference)
        return Moments(frame, reference, *sums, block.total_weight)
    densities = Densities.everywhere_one(reference, frame)
    # Rows in float32 are copied: a pass over them would choose its units by the width of the components.
    pieces = (block.take(slice(i, i + _COPIED)) for i in range(0, max(1, block.n_rows), _COPIED))
    return reduce(
        add, (e_step(densities, replace(piece, X=np.array(piece.X, np.float64))) for piece in pieces)
    )


def pooled_moments(source: Source, engine: Engine, frame: Frame) -> Moments:
    """Return the moments of all rows as one component, about a row or the median of a few, and then about their mean.

    A constant column has a variance of exactly zero here.

    Parameters
    ----------
    frame : Frame
        The form of the second moments.
    """
    # One row of many columns is far out in some of them. The median of an odd number of values is one of them, and so
    # that of equal ones is exact.
    few = _FEW if source.n_features > _MANY_COLUMNS else 1
    values = np.asarray(first_block(source).X[:few], dtype=np.float64)
    values = values[: len(values) - 1 + len(values) % 2]
    reference = values if len(values) == 1 else np.median(values, axis=0, keepdims=True)
    rough = engine.sum(partial(_all_rows, reference, frame), source)
    mean_square = rough.first * rough.first / rough.counts
    # A NaN compares as false, and so is summed again.
    if np.logical_and.reduce(mean_square <= 0.9 * frame.diagonal(rough.second), axis=None):
        return rough
    return engine.sum(partial(_all_rows, rough.means(), frame), source)
