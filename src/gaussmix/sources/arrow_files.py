"""Files of Arrow's IPC format (also called Feather), mapped into memory: columns reach the kernel as they lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ..errors import FileFormatError, InputError
from ..files import readable
from .arrow_columns import columns_of, need_pyarrow, strided, values_of_column
from .layout import Layout
from .open_files import Version, kept_open, version_of
from .request import Request
from .table import TableSource

__all__ = ["BatchPiece", "IpcFile", "IpcPiece", "open_arrow_file"]


@dataclass(frozen=True, eq=False)
class BatchPiece:
    """A record batch of Arrow in memory.

    Parameters
    ----------
    place : str
        What it is called in messages.
    first : int, default=0
        Number of its first row, for messages.
    """

    batch: Any
    place: str
    first: int = 0

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        return values_of_column(self.batch.column(name))

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D) without a copy, if they lie at equal distances."""
        return strided([self.batch.column(name) for name in names])


@dataclass(frozen=True)
class IpcFile:
    """A local file of Arrow's IPC format.

    Parameters
    ----------
    fields : tuple of int
        Positions of the columns to read; all if empty.
    """

    path: str
    version: Version
    fields: tuple[int, ...] = ()

    @property
    def reader(self) -> Any:
        """The open file of this thread."""
        return kept_open(self, self._opened)

    def _opened(self) -> Any:
        import pyarrow as pa

        options = pa.ipc.IpcReadOptions(included_fields=list(self.fields))
        return pa.ipc.open_file(pa.memory_map(self.path), options=options)


@dataclass(frozen=True)
class IpcPiece:
    """Contiguous rows of a record batch in a file of Arrow's IPC format.

    Parameters
    ----------
    number : int
        Of the batch.
    start, stop : int
        Rows of the batch.
    label : str
        What the file is called in messages; its path if empty.
    keeps : object, optional
        An object that lives as long as the piece in this process, such as a temporary file.
    """

    file: IpcFile
    number: int
    start: int
    stop: int
    label: str = ""
    keeps: Any = field(default=None, compare=False, repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    @property
    def place(self) -> str:
        """The file and the number of the batch."""
        return f"{self.label or self.file.path}, batch {self.number}"

    @property
    def first(self) -> int:
        """Position of the first row in the batch."""
        return self.start

    @property
    def _piece(self) -> BatchPiece:
        batch = self.file.reader.get_batch(self.number)
        return BatchPiece(batch.slice(self.start, self.stop - self.start), self.place, self.start)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values."""
        return self._piece.column(name)

    def matrix(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return columns as an array (n, D) without a copy, if they lie at equal distances."""
        return self._piece.matrix(names)

    def __reduce__(self) -> tuple[Any, ...]:
        return IpcPiece, (self.file, self.number, self.start, self.stop, self.label)


def open_arrow_file(path: Any, request: Request) -> TableSource:
    """Return the rows of a file of Arrow's IPC format as a source.

    Raises
    ------
    FileFormatError
        If the file has another format.
    """
    pa = need_pyarrow("an Arrow file")
    place = str(readable(path))
    version = version_of(place)
    try:
        schema = IpcFile(place, version).reader.schema
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0]
        raise FileFormatError(f"{place} cannot be read as an Arrow file: {reason}") from None
    layout = Layout.of(request, columns_of(schema), place)
    file = IpcFile(place, version, tuple(schema.get_field_index(name) for name in layout.names))
    pieces = list(_pieces(file, layout, request))
    if not pieces:
        raise InputError(f"{place} has no rows: give at least one.")
    return TableSource(pieces, layout, request.memory, request.skip)


def _pieces(file: IpcFile, layout: Layout, request: Request) -> Iterable[IpcPiece]:
    """Yield the batches, large ones in slices: a mapped batch is not read whole for one of them."""
    most = max(1, request.memory // (8 * layout.row_bytes))
    reader = file.reader
    for number in range(reader.num_record_batches):
        n = reader.get_batch(number).num_rows
        for start in range(0, n, most):
            yield IpcPiece(file, number, start, min(start + most, n))
