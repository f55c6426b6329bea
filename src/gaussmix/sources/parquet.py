"""Parquet files and folders of them, read by groups of rows, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError, InputError
from ..files import FileAccessError, MissingFileError
from .arrow_columns import columns_of, need_pyarrow, values_of_column
from .arrow_files import BatchPiece
from .layout import Column, Layout
from .open_files import kept_open, version_of
from .request import Request
from .spool import spooled
from .table import TableSource

__all__ = ["ParquetPiece", "open_parquet"]

_BUFFER, _BATCH_ROWS = 1 << 20, 1 << 16


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file on some filesystem.

    Parameters
    ----------
    path : str
    filesystem : pyarrow.fs.FileSystem or None
        None for a local file.
    version : tuple
        Size and time of the last change, so that another file of the same name is opened anew.
    streamed : bool, default=False
        Whether a group of rows is read page by page, which is slower.
    """

    path: str
    filesystem: Any = field(default=None, compare=False)
    version: tuple[Any, ...] = ()
    streamed: bool = False

    @property
    def reader(self) -> Any:
        """The open file of this thread."""
        return kept_open(self, self._opened)

    def _opened(self) -> Any:
        import pyarrow.parquet as pq

        try:
            buffer = _BUFFER if self.streamed else 0
            if self.filesystem is None:
                # Not mapped: pages of the file would count as memory of the process.
                return pq.ParquetFile(self.path, buffer_size=buffer, pre_buffer=False)
            file = self.filesystem.open_input_file(self.path)
            return pq.ParquetFile(file, buffer_size=buffer, pre_buffer=not self.streamed)
        except Exception as error:
            raise FileFormatError(
                f"{self.path} cannot be read as a Parquet file: {_first_line(error)}"
            ) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


@dataclass(frozen=True)
class ParquetPiece:
    """A group of rows of a Parquet file.

    Parameters
    ----------
    file : ParquetFile
    group : int
        Number of the group of rows.
    n_rows : int
        Number of its rows.
    constants : tuple of (str, float or str)
        The columns that the folders of the file give.
    """

    file: ParquetFile
    group: int
    n_rows: int
    constants: tuple[tuple[str, float | str | None], ...] = ()

    @property
    def place(self) -> str:
        """The file and the number of the group."""
        return f"{self.file.path}, row group {self.group}"

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        constants = dict(self.constants)
        if name in constants:
            text = not isinstance(constants[name], float)
            return np.full(self.n_rows, constants[name], dtype=object if text else np.float64)
        try:
            table = self.file.reader.read_row_group(self.group, columns=[name], use_threads=False)
            return values_of_column(table.column(0))
        except FileFormatError:
            raise
        except Exception as error:
            raise FileFormatError(f"{self.place}, column {name!r}: {_first_line(error)}") from None

    def matrix(self, names: Sequence[str]) -> None:
        """Return None: the columns are decoded one by one."""
        return


def open_parquet(path: Any, request: Request, filesystem: Any = None) -> TableSource:
    """Return the rows of a Parquet file or of the files in a folder as a source.

    Folders named like ``year=2024`` give a column of that name (Hive partitions).

    Parameters
    ----------
    path : str, path or sequence of them
        A file, a folder or several files.
    request : Request
    filesystem : pyarrow.fs.FileSystem, optional
        Where the path is; local unless given.

    Raises
    ------
    FileFormatError, InputError
        If a file is no Parquet file, lacks a column, or there is none.
    """
    need_pyarrow("a Parquet file")
    what = str(path)
    dataset = _dataset(path, filesystem, what)
    fragments = list(dataset.get_fragments())
    if not fragments:
        raise InputError(f"{what} holds no Parquet file: give a folder with files that end in .parquet.")
    schema = dataset.schema
    layout = Layout.of(request, _columns(fragments, schema), what)
    pieces = [piece for fragment in fragments for piece in _pieces(fragment, layout, filesystem is None)]
    layout = _with_type_of_all(layout, [piece.file for piece in pieces], schema)
    if max((piece.n_rows for piece in pieces), default=0) * layout.row_bytes > request.memory // 2:
        # A group of rows is decoded as a whole: one with no room is read in batches, once.
        return spooled(_batches(pieces, layout), layout, request, what)
    return TableSource(pieces, layout, request.memory, request.skip)


def _columns(fragments: Sequence[Any], schema: Any) -> list[Column]:
    """Return the columns of the files and of the folder names; the latter are data only if named."""
    import pyarrow.dataset as ds

    keys = {key for fragment in fragments for key in ds.get_partition_keys(fragment.partition_expression)}
    return [
        replace(column, row_names=column.row_names or column.name in keys) for column in columns_of(schema)
    ]


def _batches(pieces: Sequence[ParquetPiece], layout: Layout) -> Iterator[BatchPiece]:
    """Yield the rows of groups in batches."""
    import pyarrow as pa

    for piece in pieces:
        file = replace(piece.file, streamed=True)
        constants = dict(piece.constants)
        names, first = [name for name in layout.names if name not in constants], 0
        for batch in file.reader.iter_batches(_BATCH_ROWS, [piece.group], names, use_threads=False):
            columns = [batch.column(name) for name in names]
            columns += [pa.array(np.full(batch.num_rows, value)) for value in constants.values()]
            whole = pa.record_batch(columns, names=[*names, *constants])
            yield BatchPiece(whole, f"{piece.place} from row {first}")
            first += batch.num_rows


def _dataset(path: Any, filesystem: Any, what: str) -> Any:
    import pyarrow.dataset as ds

    many, base = [str(each) for each in path] if isinstance(path, (list, tuple)) else str(path), None
    if isinstance(path, Path) and path.is_dir():
        many, base = _files_of(path), str(path)
    try:
        return ds.dataset(
            many, format="parquet", partitioning="hive", filesystem=filesystem, partition_base_dir=base
        )
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {what!r}") from None
    except Exception as error:
        raise FileFormatError(f"{what} cannot be read as Parquet: {_first_line(error)}") from None


def _files_of(folder: Path) -> list[str]:
    """Return the Parquet files of a folder and its subfolders, without hidden ones.

    Raises
    ------
    FileAccessError
        If there is none.
    """
    files = [
        str(file)
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (".parquet", ".pq")
        and not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    ]
    if not files:
        raise FileAccessError(f"{str(folder)!r} is a folder without files of .parquet: give a file.")
    return files


def _pieces(fragment: Any, layout: Layout, local: bool) -> list[ParquetPiece]:
    import pyarrow.dataset as ds

    version = () if not local else version_of(fragment.path)
    file = ParquetFile(fragment.path, None if local else fragment.filesystem, version)
    keys = ds.get_partition_keys(fragment.partition_expression)
    metadata, schema = file.reader.metadata, file.reader.schema_arrow
    kinds = {column.name: column for column in columns_of(schema)}
    constants: dict[str, float | str | None] = {}
    for name in layout.names:
        if name in keys and name not in kinds:
            constants[name] = _constant(keys[name], layout.named and name == layout.labels)
        elif name not in kinds:
            raise InputError(
                f"{fragment.path} has no column {name!r}, which other files have: leave it out of columns."
            )
        elif not (kinds[name].numeric or (layout.named and name == layout.labels and kinds[name].textual)):
            raise InputError(f"column {name!r} of {fragment.path} holds {kinds[name].kind}, not numbers.")
    held = tuple(constants.items())
    groups = range(metadata.num_row_groups)
    return [ParquetPiece(file, group, metadata.row_group(group).num_rows, held) for group in groups]


def _constant(value: Any, text: bool) -> float | str | None:
    """Return the value of a column that a folder gives."""
    if text:
        return None if value is None else str(value)
    return float("nan") if value is None else float(value)


def _with_type_of_all(layout: Layout, files: Sequence[ParquetFile], schema: Any) -> Layout:
    """Return the layout in float64 if some file has columns of another type than float32."""
    if layout.dtype == "float64":
        return layout
    for file in dict.fromkeys(files):
        kinds: dict[str, Column] = {column.name: column for column in columns_of(file.reader.schema_arrow)}
        if any(name in kinds and kinds[name].kind != "float32" for name in layout.data):
            return replace(layout, dtype="float64")
    return layout
