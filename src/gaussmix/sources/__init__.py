"""Sources of rows, read in blocks; they know no mixture."""

from __future__ import annotations

from .arrays import ArraySource
from .base import Source, rows_per_block
from .scaled import ScaledSource

__all__ = ["ArraySource", "ScaledSource", "Source", "rows_per_block"]
