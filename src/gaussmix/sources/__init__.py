"""Sources of rows, read in blocks; they know no mixture."""

from __future__ import annotations

from .arrays import ArrayPart, ArraySource
from .base import Part, Source, first_rows, rows_per_block
from .distinct import distinct_rows
from .filled import FilledPart, FilledSource
from .scaled import ScaledPart, ScaledSource

__all__ = [
    "ArrayPart",
    "ArraySource",
    "FilledPart",
    "FilledSource",
    "Part",
    "ScaledPart",
    "ScaledSource",
    "Source",
    "distinct_rows",
    "first_rows",
    "rows_per_block",
]
