"""Rows with missing values replaced by a constant for each column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._types import Floats, Ints, Rows
from ..blocks import Block
from .base import Source

__all__ = ["FilledSource"]


@dataclass(frozen=True, eq=False)
class FilledSource:
    """The rows of another source with a constant in the place of each column's missing values.

    What else is known of the rows beside their weights is left out.

    Parameters
    ----------
    source : Source
    values : (D,) array
        The constants.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> FilledSource(ArraySource(np.array([[np.nan], [2.0]]), holes=True), np.array([5.0])).block(0).X
    array([[5.],
           [2.]])
    """

    source: Source
    values: Floats

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self.source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self.source.n_features

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return self.source.n_blocks

    @property
    def plain(self) -> bool:
        """True: every row is complete."""
        return True

    def block(self, index: int) -> Block:
        """Return one block with its missing values filled."""
        block = self.source.block(index)
        X = self._filled(block.X) if block.holes else block.X
        return replace(block, X=X, noise=None, allowed=None, holes=False)

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return rows, with their missing values filled, and their weights."""
        X, weights = self.source.take(rows)
        return self._filled(X), weights

    def _filled(self, X: Rows) -> Any:
        return np.where(np.isnan(X), self.values.astype(X.dtype), X)
