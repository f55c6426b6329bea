"""Sources of rows, read in blocks; they know no mixture."""

from __future__ import annotations

from .arrays import ArraySource
from .base import Source, rows_per_block
from .distinct import distinct_rows
from .filled import FilledSource
from .scaled import ScaledSource

__all__ = ["ArraySource", "FilledSource", "ScaledSource", "Source", "distinct_rows", "rows_per_block"]
