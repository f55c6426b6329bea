"""Arrays in memory (or memory-mapped) as a source of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._cached import cached_property
from .._types import Floats, Rows
from ..blocks import Block
from .base import Source
from .base import rows_per_block as usual_rows_per_block

__all__ = ["ArrayPart", "ArraySource"]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ArrayPart:
    """Part of an array: its rows in memory.

    Parameters
    ----------
    block : Block
        Views of the array.
    """

    block: Block

    def read(self) -> Block:
        """Return the rows, as views of the array."""
        return self.block


class ArraySource(Source):
    """Source of rows from an array in memory or memory-mapped; its blocks are views of the array.

    Parameters
    ----------
    X : (n, D) array
        Rows, as float32 or float64; NaN for missing values.
    weights : (n,) array, optional
        How often each row counts; 1 unless given.
    rows_per_block : int, optional
        Number of rows of a block; :func:`gaussmix.sources.rows_per_block` of the shape unless given.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the measurement errors of each row, in squared units.
    allowed : (n, K) array of bool, optional
        Components that may have generated each row; of K + 1 columns if there is a uniform component.
    holes : bool, default=False
        Whether X may have missing values.
    projections : (n, m, D) array, optional
        Matrices of rows (n, m) as projections of D true values.

    Examples
    --------
    >>> import numpy as np
    >>> source = ArraySource(np.zeros((60_000, 3)))
    >>> len(source.parts()), source.parts()[0].read().X.shape
    (2, (30000, 3))
    """

    def __init__(
        self,
        X: Rows,
        weights: Floats | None = None,
        rows_per_block: int | None = None,
        *,
        noise: Floats | None = None,
        allowed: NDArray[np.bool_] | None = None,
        holes: bool = False,
        projections: Floats | None = None,
    ) -> None:
        self._all = Block(X, weights, noise=noise, allowed=allowed, holes=holes, projections=projections)
        self._size = max(1, usual_rows_per_block(*X.shape) if rows_per_block is None else rows_per_block)

    def __getstate__(self) -> dict[str, object]:
        # Not the parts: each view of the array would be a copy.
        return {"_all": self._all, "_size": self._size}

    @classmethod
    def of(cls, block: Block) -> ArraySource:
        """Return the rows of a block as a source.

        Parameters
        ----------
        block : Block
            Rows without a background.

        Returns
        -------
        ArraySource
            The same rows.
        """
        return cls(
            block.X,
            block.weights,
            noise=block.noise,
            allowed=block.allowed,
            holes=block.holes,
            projections=block.projections,
        )

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self._all.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self._all.n_features

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return self._all.plain

    def parts(self) -> tuple[ArrayPart, ...]:
        """Return the blocks of the array as parts, with the same number of rows each but for the last."""
        return self._parts

    @cached_property
    def _parts(self) -> tuple[ArrayPart, ...]:
        size = self._size
        if self.n_rows <= size:
            return (ArrayPart(self._all),)
        return tuple(ArrayPart(self._all.take(slice(at, at + size))) for at in range(0, self.n_rows, size))
