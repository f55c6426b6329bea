"""Data frames in memory of any library, read in blocks: pandas, polars, pyarrow and others, by narwhals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..containers import Frame
from .base import rows_per_block
from .layout import Column, Layout
from .request import Request
from .table import TableSource
from .values import texts

__all__ = ["FramePiece", "is_frame", "open_frame"]


@dataclass(frozen=True, eq=False)
class FramePiece:
    """Contiguous rows of a data frame.

    Parameters
    ----------
    native : data frame
        A slice of the frame, under distinct names.
    names : tuple of str
        Names of its columns in their order.
    start : int
        Position of the first row.
    """

    native: Any
    names: tuple[str, ...]
    start: int

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.native)

    @property
    def place(self) -> str:
        """What the data frame is called in messages."""
        return "the data frame"

    @property
    def first(self) -> int:
        """Position of the first row in the data frame."""
        return self.start

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        import narwhals as nw

        column = nw.from_native(self.native, eager_only=True)[:, self.names.index(name)]
        if not (column.dtype.is_numeric() or column.dtype == nw.Boolean):
            return texts(column.to_list())
        if column.dtype != nw.Float32:
            column = column.cast(nw.Float64)
        return np.asarray(column.to_numpy())

    def matrix(self, names: Sequence[str]) -> None:
        """Return None: the columns of a data frame lie apart."""
        return


def is_frame(x: Any) -> bool:
    """Return whether an object is a data frame in memory."""
    import narwhals as nw

    return bool(nw.dependencies.is_into_dataframe(x))


def open_frame(x: Any, request: Request) -> TableSource:
    """Return the rows of a data frame as a source."""
    import narwhals as nw

    frame = Frame.of(x)
    assert frame is not None
    names = tuple(str(label) for label in frame.labels)
    kinds = frame.columns.schema.values()
    columns = [Column(name, _kind(dtype)) for name, dtype in zip(names, kinds, strict=True)]
    layout = Layout.of(request, columns, "the data frame")
    n = len(frame.columns)
    size = rows_per_block(max(1, n), len(layout.data))
    slices = [(start, frame.columns[start : start + size]) for start in range(0, max(n, 1), size)]
    pieces = [FramePiece(nw.to_native(part), names, start) for start, part in slices]
    return TableSource(pieces, layout, request.memory, request.skip, join=False)


def _kind(dtype: Any) -> str:
    import narwhals as nw

    if dtype == nw.Float32:
        return "float32"
    return "number" if dtype.is_numeric() or dtype == nw.Boolean else str(dtype)
