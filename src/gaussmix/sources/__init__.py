"""Sources of rows, read in blocks; they know no mixture."""

from __future__ import annotations

from .arrays import ArrayPart, ArraySource
from .base import Part, Source, first_rows, rows_per_block
from .distinct import distinct_rows
from .filled import FilledPart, FilledSource
from .opening import open_source
from .queries import Query
from .scaled import ScaledPart, ScaledSource
from .table import TableSource

__all__ = [
    "ArrayPart",
    "ArraySource",
    "FilledPart",
    "FilledSource",
    "Part",
    "Query",
    "ScaledPart",
    "ScaledSource",
    "Source",
    "TableSource",
    "distinct_rows",
    "first_rows",
    "open_source",
    "rows_per_block",
]
