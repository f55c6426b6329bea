"""Block: one piece of data, the unit that sources give and engines share out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._types import Floats, Rows

__all__ = ["Block"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Contiguous rows of a table with what is known of each row.

    Parameters
    ----------
    X : (n, D) float32 or float64 array
        The rows.
    weights : (n,) float64 array or None
        How often each row counts; None stands for once each.
    responsibilities : (n, K) float64 array or None
        The shares of the components in each row, where they are given rather than computed.

    Examples
    --------
    >>> import numpy as np
    >>> Block(np.zeros((3, 2)), np.array([1.0, 0.0, 2.0])).total_weight
    3.0
    """

    X: Rows
    weights: Floats | None = None
    responsibilities: Floats | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return int(self.X.shape[0])

    @property
    def total_weight(self) -> float:
        """Σ w, the number of rows that the block stands for."""
        return float(self.n_rows) if self.weights is None else float(np.sum(self.weights))
