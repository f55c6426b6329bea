"""What sources that change another source's blocks have in common."""

from __future__ import annotations

from .._types import Floats, Ints
from .base import Source

__all__ = ["OverSource"]


class OverSource:
    """The shape and the rows of another source; who inherits gives the blocks.

    Parameters
    ----------
    source : Source
        Where the rows come from, (n, D).
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self._source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self._source.n_features

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return self._source.n_blocks

    def take(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return some rows (m, D) and their weights (m,)."""
        return self._source.take(rows)
