"""Complete rows in place of incomplete ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import kernels
from .._types import Floats, Rows
from ..blocks import Block
from ..kernels.incomplete_rows import Gaussians
from .base import Part, Source

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
        """Return the rows and their weights, filled.

        Returns
        -------
        Block
            Plain rows.
        """
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
class FilledSource:
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
    def n_rows(self) -> int | None:
        """Number of rows n, if the other source knows it."""
        return self.source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self.source.n_features

    @property
    def plain(self) -> bool:
        """True: every row is complete and exact, and any component may have generated it."""
        return True

    @property
    def blocks_at_once(self) -> int | None:
        """Number of concurrent blocks within the memory limit, copies included."""
        room: int | None = getattr(self.source, "blocks_at_once", None)
        return None if room is None else max(1, room // 2)

    def parts(self) -> list[FilledPart]:
        """Return the parts of the other source, filled when they are read.

        Returns
        -------
        list of FilledPart
            As many parts as the other source has.
        """
        return [FilledPart(part, self.values, self.covariance) for part in self.source.parts()]
