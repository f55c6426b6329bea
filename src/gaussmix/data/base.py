"""The contract of a source of rows."""

from __future__ import annotations

from typing import Protocol

from .._types import Floats, Ints
from ..blocks import Block

__all__ = ["Source", "rows_per_block"]

_LEAST, _MOST_BLOCKS, _STEP = 8192, 64, 4096


class Source(Protocol):
    """A table of n rows and D columns that is read in blocks of contiguous rows, as often as needed."""

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        ...

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        ...

    @property
    def n_blocks(self) -> int:
        """Number of blocks; it depends on the number of rows alone."""
        ...

    def block(self, index: int) -> Block:
        """Return one block."""
        ...

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return some rows as float64 (m, D) and their weights (m,)."""
        ...


def rows_per_block(n_rows: int) -> int:
    """Return how many rows a block has: enough to pay for the call, and at most 64 blocks.

    Examples
    --------
    >>> rows_per_block(1_000_000)
    16384
    """
    share = -(-n_rows // (_MOST_BLOCKS * _STEP)) * _STEP
    return max(_LEAST, share)
