"""Storage of rows from single-use streams: in memory, or in a temporary Arrow file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import sentences
from .arrow_columns import columns_of, need_pyarrow
from .arrow_files import BatchPiece, IpcFile, IpcPiece
from .facts import Facts, but_bad_ones
from .faults import Faults
from .layout import Layout
from .open_files import version_of
from .pieces import Piece, TablePart
from .request import Request
from .table import TableSource
from .values import ValuesOfRows

__all__ = ["spooled", "spooled_batches"]

_BATCH_BYTES, _LEAST_ROWS = 1 << 22, 1 << 12


def spooled_batches(batches: Iterable[Any], schema: Any, request: Request, what: str) -> TableSource:
    """Return the rows of record batches as a source for repeated reading.

    Parameters
    ----------
    what : str
        What they are called in messages.
    """
    layout = Layout.of(request, columns_of(schema), what)
    pieces = (BatchPiece(batch, f"{what}, batch {number}") for number, batch in enumerate(batches))
    return spooled(pieces, layout, request, what)


def spooled(pieces: Iterable[Piece], layout: Layout, request: Request, what: str) -> TableSource:
    """Return the good rows of pieces as a source, after a single reading.

    Parameters
    ----------
    what : str
        What they are called in messages.

    Raises
    ------
    InputError
        If a row is bad, or there is none.
    """
    # A quarter: rows that fit in half of the memory are copied to an array, beside these.
    spool = _Spool(layout, request.memory // 4, what)
    try:
        for piece in pieces:
            if piece.n_rows:
                values, faults = TablePart((piece,), layout).values(request.skip)
                spool.add(values, faults.counts)
        return spool.source(request)
    except BaseException:
        spool.delete()
        raise


class _Folder:
    """A temporary folder, deleted when nothing uses it and at the end of the process."""

    def __init__(self) -> None:
        with sentences(Path(tempfile.gettempdir()), "write"):
            self.path = Path(tempfile.mkdtemp(prefix="gaussmix-"))
        self.delete = weakref.finalize(self, shutil.rmtree, str(self.path), ignore_errors=True)


class _Spool:
    """Collects rows in batches of equal size, and writes them to a file once there are too many for the memory."""

    def __init__(self, layout: Layout, room: int, what: str) -> None:
        self.layout, self.room, self.what = layout, room, what
        self.size = max(_LEAST_ROWS, min(_BATCH_BYTES, room // 2) // layout.row_bytes)
        self.waiting: list[ValuesOfRows] = []
        self.batches: list[Any] = []
        self.facts: list[Facts] = []
        self.skipped: list[Counter[str]] = []
        self.folder: _Folder | None = None
        self.writer: Any = None

    def add(self, values: ValuesOfRows, skipped: Counter[str]) -> None:
        """Add the rows of a piece."""
        self.skipped.append(skipped)
        self.waiting.append(values)
        while sum(each.n_rows for each in self.waiting) >= self.size:
            whole = ValuesOfRows.joined(self.waiting)
            self._keep(whole.take(slice(0, self.size)))
            self.waiting = [whole.take(slice(self.size, None))]

    def _keep(self, values: ValuesOfRows) -> None:
        need_pyarrow("a stream of rows")
        self.facts.append(TablePart((), self.layout).facts_of(values, Faults()))
        self.batches.append(_batch(values, self.layout))
        if self.writer is None and self.room >= sum(batch.nbytes for batch in self.batches):
            return
        self._write()

    def _write(self) -> None:
        import pyarrow as pa

        if self.folder is None:
            self.folder = _Folder()
        path = self.folder.path / "rows.arrow"
        with sentences(path, "write"):
            if self.writer is None:
                self.writer = pa.ipc.new_file(pa.OSFile(str(path), "wb"), self.batches[0].schema)
            for batch in self.batches:
                self.writer.write_batch(batch)
        self.batches = []

    def source(self, request: Request) -> TableSource:
        """Return the rows as a source."""
        if self.waiting and (last := ValuesOfRows.joined(self.waiting)).n_rows:
            self._keep(last)
        pieces = self._pieces()
        skipped: Counter[str] = sum(self.skipped, Counter())
        if not pieces:
            raise InputError(f"{self.what} has no rows{but_bad_ones(skipped)}: give at least one.")
        source = TableSource(pieces, replace(self.layout, squared=True), request.memory, join=False)
        return source.knowing(replace(reduce(add, self.facts), skipped=skipped))

    def _pieces(self) -> list[Piece]:
        if self.writer is None:
            return [BatchPiece(batch, f"{self.what}, part {i}") for i, batch in enumerate(self.batches)]
        assert self.folder is not None
        path = str(self.folder.path / "rows.arrow")
        with sentences(Path(path), "write"):
            self.writer.close()
        file = IpcFile(path, version_of(path))
        sizes = [file.reader.get_batch(i).num_rows for i in range(file.reader.num_record_batches)]
        return [IpcPiece(file, i, 0, n, self.what, self.folder) for i, n in enumerate(sizes)]

    def delete(self) -> None:
        """Delete the file, if there is one."""
        if self.folder is not None:
            self.folder.delete()


def _batch(values: ValuesOfRows, layout: Layout) -> Any:
    """Return rows as a record batch, with variances in the columns of errors."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        name: np.ascontiguousarray(values.X[:, j]) for j, name in enumerate(layout.data)
    }
    if layout.weights is not None:
        columns[layout.weights] = values.weights
    for j, name in enumerate(layout.errors):
        if name is not None and values.errors is not None:
            columns[name] = np.ascontiguousarray(np.square(values.errors[:, j]))
    if layout.labels is not None:
        columns[layout.labels] = values.labels
    arrays = [
        pa.array(column, pa.string() if column.dtype == object else None) for column in columns.values()
    ]
    return pa.record_batch(arrays, names=list(columns))
