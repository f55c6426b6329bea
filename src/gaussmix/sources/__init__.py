"""Sources of rows, read in blocks; they know no mixture."""

from __future__ import annotations

from .arrays import ArraySource
from .base import Source, rows_per_block
from .filled import FilledSource
from .scaled import ScaledSource

__all__ = ["ArraySource", "FilledSource", "ScaledSource", "Source", "rows_per_block"]
