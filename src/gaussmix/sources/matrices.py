"""Rows of one array, in memory or in a file: NumPy's .npy, HDF5 and FCS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..containers import float_array
from ..errors import FileFormatError, InputError
from ..files import readable
from .base import Source, rows_per_block
from .layout import Column, Layout
from .open_files import Version, kept_open, version_of
from .request import Request
from .table import TableSource

__all__ = ["HeldMatrix", "Matrix", "MatrixPiece", "matrix_source", "open_array", "open_npy"]


class Matrix(Protocol):
    """Sliceable rows (n, D), in any process."""

    @property
    def place(self) -> str:
        """Name of the file or the object, for messages."""
        ...

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows with all columns."""
        ...


@dataclass(frozen=True, eq=False)
class HeldMatrix:
    """An array in memory.

    Parameters
    ----------
    array : (n, D) array
    place : str
        What it is called in messages.
    """

    array: NDArray[Any]
    place: str = "the array"

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows with all columns."""
        return self.array[start:stop]


@dataclass(frozen=True)
class NpyFile:
    """An array in a file of NumPy, mapped into memory."""

    path: str
    version: Version

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    @property
    def array(self) -> NDArray[Any]:
        """The mapped array."""
        array: NDArray[Any] = kept_open(self, partial(np.load, self.path, mmap_mode="r", allow_pickle=False))
        return array

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows with all columns."""
        rows = self.array[start:stop]
        return rows if rows.ndim == 2 else rows[:, None]


@dataclass(frozen=True, eq=False)
class MatrixPiece:
    """Contiguous rows of an array, with columns of its own beside it.

    Parameters
    ----------
    names : tuple of str
        Names of its columns.
    beside : mapping from str to (n,) array
        Other columns of these rows, in memory.
    first : int
        Position of the first row, for messages.
    """

    data: Matrix
    names: tuple[str, ...]
    start: int
    stop: int
    beside: dict[str, NDArray[Any]]
    first: int

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    @property
    def place(self) -> str:
        """What the array is called in messages."""
        return self.data.place

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), or as text."""
        if name in self.beside:
            column = self.beside[name]
            return column if column.dtype == object else _numbers(column)
        return _numbers(self.data.rows(self.start, self.stop)[:, self.names.index(name)])

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D), without a copy where they are equally spaced and of a native type."""
        chosen = [self.names.index(name) for name in names]
        steps = set(np.diff(chosen).tolist())
        rows = self.data.rows(self.start, self.stop)
        if len(steps) > 1 or min(steps, default=1) < 1:
            return _numbers(rows[:, chosen])
        return _numbers(rows[:, chosen[0] : chosen[-1] + 1 : min(steps, default=1)])


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as native and aligned float32 or float64, without a copy if they are."""
    return float_array(array.view(np.ndarray), "the array")


def matrix_source(
    data: Matrix,
    columns: Sequence[Column],
    n_rows: int,
    request: Request,
    beside: dict[str, Any] | None = None,
) -> TableSource:
    """Return the rows of an array as a source, with the blocks of an array source.

    Parameters
    ----------
    columns : sequence of Column
        Of the array, then those beside it.
    n_rows : int
        n.
    beside : mapping from str to (n,) array, optional
        Columns in memory.
    """
    layout = Layout.of(request, columns, data.place)
    held = beside or {}
    names = tuple(column.name for column in columns if column.name not in held)
    size = min(rows_per_block(n_rows, len(layout.data)), max(1, request.memory // (8 * layout.row_bytes)))
    pieces = []
    for start in range(0, n_rows, size):
        stop = min(start + size, n_rows)
        around = {name: column[start:stop] for name, column in held.items()}
        if isinstance(data, HeldMatrix):
            # A view: where the piece is sent, its rows go and no others.
            part = HeldMatrix(data.array[start:stop], data.place)
            pieces.append(MatrixPiece(part, names, 0, stop - start, around, start))
        else:
            pieces.append(MatrixPiece(data, names, start, stop, around, start))
    return TableSource(pieces, layout, request.memory, request.skip, join=False)


def columns_named(names: Sequence[str], dtype: Any) -> list[Column]:
    """Return the columns of an array of one type."""
    kind = "float32" if np.dtype(dtype).newbyteorder("=") == np.float32 else "number"
    return [Column(name, kind) for name in names]


def _checked(array: Any, what: str) -> NDArray[Any]:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        kind = getattr(array, "dtype", type(array).__name__)
        raise FileFormatError(f"{what} holds {kind}, not real numbers: save an array of numbers")
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise FileFormatError(f"{what} has the shape {array.shape}: give rows and columns, (n, D)")
    return array


def open_npy(path: Any, request: Request) -> TableSource:
    """Return the rows of a file of NumPy as a source; the file is mapped, not read.

    Raises
    ------
    FileFormatError
        If the file holds no array (n, D) of numbers.
    """
    place = str(readable(path))
    data = NpyFile(place, version_of(place))
    try:
        array = _checked(data.array, place)
    except (ValueError, OSError) as error:
        if isinstance(error, FileFormatError):
            raise
        reason = "it holds Python objects" if "Python objects" in str(error) else str(error).splitlines()[0]
        raise FileFormatError(f"{place} cannot be read as an array of NumPy: {reason}") from None
    names = [f"x{j}" for j in range(1 if array.ndim == 1 else array.shape[1])]
    return matrix_source(data, columns_named(names, array.dtype), len(array), request)


def open_array(array: Any, request: Request) -> Source:
    """Return the rows of an array in memory, or of a memory map, as a source.

    Parameters
    ----------
    array : (n, D) array
    """
    whole = _checked(np.asarray(array), "the array")
    if whole.ndim != 2:
        raise InputError(f"the array has the shape {whole.shape}: give rows and columns, (n, D).")
    names = [f"x{j}" for j in range(whole.shape[1])]
    return matrix_source(HeldMatrix(whole), columns_named(names, whole.dtype), len(whole), request)
