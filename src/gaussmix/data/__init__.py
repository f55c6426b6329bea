"""Sources: tables read in blocks, and files read into tables. They know no mixture."""

from __future__ import annotations

from .arrays import ArraySource
from .base import Source, rows_per_block
from .numeric import NumericTable
from .scaled import ScaledSource

__all__ = ["ArraySource", "NumericTable", "ScaledSource", "Source", "rows_per_block"]
