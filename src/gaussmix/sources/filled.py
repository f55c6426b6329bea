"""Complete rows in place of incomplete ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import kernels
from .._types import Floats, Rows
from ..blocks import Block
from ..kernels.incomplete_rows import Gaussians
from .base import Part, Source
from .derived import DerivedSource

__all__ = ["FilledPart", "FilledSource"]


@dataclass(frozen=True, slots=True, eq=False)
class FilledPart:
    """Part of another source, with its missing values filled.

    Parameters
    ----------
    part : Part
        Part of the other source.
    values : (D,) array
        Constants of the columns, or the mean of a Gaussian.
    covariance : (D, D) array, optional
        Its covariance, where the rows are projections.
    """

    part: Part
    values: Floats
    covariance: Floats | None = None

    def read(self) -> Block:
        """Return the rows and their weights, filled."""
        block = self.part.read()
        return Block(self._filled(block), block.weights, block.start, block.background)

    def _filled(self, block: Block) -> Rows:
        if self.covariance is not None:
            gaussian = Gaussians(np.zeros(1), self.values[None], self.covariance[None])
            return kernels.active.rows_expected(replace(block, allowed=None).observations(1), gaussian)[0]
        if not block.holes:
            return block.X
        return np.where(np.isnan(block.X), self.values.astype(block.X.dtype), block.X)


@dataclass(frozen=True, eq=False)
class FilledSource(DerivedSource):
    """Rows of another source, with missing values of a column replaced by a constant.

    Measurement errors and labels are left out. Projections are replaced by the expected true values under one Gaussian.

    Parameters
    ----------
    source : Source
        The rows.
    values : (D,) array
        Constants of the columns, or the mean of the Gaussian.
    covariance : (D, D) array, optional
        Its covariance, where the rows are projections.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> rows = ArraySource(np.array([[np.nan], [2.0]]), holes=True)
    >>> FilledSource(rows, np.array([5.0])).parts()[0].read().X
    array([[5.],
           [2.]])
    """

    source: Source
    values: Floats
    covariance: Floats | None = None

    @property
    def plain(self) -> bool:
        """True: every row is complete and exact, and any component may have generated it."""
        return True

    def _part(self, part: Part) -> FilledPart:
        return FilledPart(part, self.values, self.covariance)
