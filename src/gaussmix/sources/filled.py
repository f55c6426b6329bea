"""Rows with missing values replaced by a constant for each column."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._types import Floats
from ..blocks import Block
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
        Constants of the columns.
    """

    part: Part
    values: Floats

    def read(self) -> Block:
        """Return the rows and their weights, with a constant in the place of each missing value.

        Returns
        -------
        Block
            Plain rows.
        """
        block = self.part.read()
        X = (
            np.where(np.isnan(block.X), self.values.astype(block.X.dtype), block.X)
            if block.holes
            else block.X
        )
        return replace(block, X=X, noise=None, allowed=None, holes=False)


@dataclass(frozen=True, eq=False)
class FilledSource:
    """Rows of another source with a constant in the place of each column's missing values.

    Measurement errors and labels are left out.

    Parameters
    ----------
    source : Source
        The rows.
    values : (D,) array
        Constants of the columns.

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

    def parts(self) -> list[FilledPart]:
        """Return the parts of the other source, filled when they are read.

        Returns
        -------
        list of FilledPart
            As many parts as the other source has.
        """
        return [FilledPart(part, self.values) for part in self.source.parts()]
