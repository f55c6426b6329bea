"""Tables of text: CSV and its relatives, read into numbers, with errors that name line, column and value."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from gaussmix._types import Floats
from gaussmix.data.layout import INFINITE, MISSING, NUMBER, TEXT, Layout, is_comment, kind, rows_of, sniff
from gaussmix.data.numeric import Columns, NumericTable, as_numeric_table, choose, missing_fault, quoted
from gaussmix.errors import FileFormatError

__all__ = ["read_text"]

_Kinds: TypeAlias = Mapping[int, frozenset[str]]

_CHUNK = 20_000
_WHY = {TEXT: "text", MISSING: "no values"}
_NO_NUMBERS = {TEXT: frozenset({TEXT, MISSING}), MISSING: frozenset({MISSING})}


def read_text(path: Path, columns: Columns = None) -> NumericTable:
    """Read numbers from a text table; see `gaussmix.data.tables.read_table`.

    The first lines give the layout, and the values are then read fast. Where that fails the whole file is
    looked at cell by cell, which finds the fault and its place.
    """
    with _sentences(path):
        with _opened(path) as file:
            layout = sniff(list(islice(file, 1000)))
        if layout is None:
            raise FileFormatError(f"{path} is empty")
        asked = choose(columns, layout.names, path)
        chosen = asked if asked is not None else _numeric(layout, layout.kinds)
        kinds = layout.kinds
        X = _load(path, layout, chosen, {} if asked else _left_out(kinds)) if chosen else None
        if X is None:
            kinds = _audit(path, layout, asked)
            chosen = asked if asked is not None else _numeric(layout, kinds)
            X = _load_rows(path, layout, chosen, {})
    if X is None:
        raise FileFormatError(f"{path} cannot be read as a table")
    return as_numeric_table(X, [layout.names[j] for j in chosen], _skipped(layout, kinds, asked), path)


def _numeric(layout: Layout, kinds: tuple[str, ...]) -> list[int]:
    return [j for j, found in enumerate(kinds) if found == NUMBER and not (layout.row_names and j == 0)]


def _left_out(kinds: tuple[str, ...]) -> dict[int, frozenset[str]]:
    """The columns without numbers, and what their cells may be if that is to hold for the whole file."""
    return {j: _NO_NUMBERS[found] for j, found in enumerate(kinds) if found in _NO_NUMBERS}


def _skipped(layout: Layout, kinds: tuple[str, ...], asked: list[int] | None) -> dict[str, str]:
    if asked is not None:
        return {}
    result = {layout.names[j]: _WHY[found] for j, found in enumerate(kinds) if found in _WHY}
    if layout.row_names:
        result[layout.names[0]] = "row names"
    return result


def _load(path: Path, layout: Layout, chosen: list[int], left_out: _Kinds) -> Floats | None:
    """Read the chosen columns, or return None where the file is not as its first lines say."""
    if chosen != list(range(len(layout.names))):
        return _load_rows(path, layout, chosen, left_out)
    try:
        with _opened(path) as file:
            X = np.loadtxt(
                file, delimiter=layout.delimiter, comments=None, skiprows=layout.skip, quotechar='"', ndmin=2
            )
    except ValueError:
        return None
    return X if X.shape[1] == len(layout.names) and np.isfinite(X).all() else None


def _load_rows(path: Path, layout: Layout, chosen: list[int], left_out: _Kinds) -> Floats | None:
    """As `_load`, through Python's csv module: comments may stand anywhere, and text between the numbers."""
    width, blocks = len(layout.names), [np.empty((0, len(chosen)))]
    with _opened(path) as file:
        rows = (
            row for line, row in rows_of(file, layout.delimiter) if line > layout.skip and not is_comment(row)
        )
        while chunk := list(islice(rows, _CHUNK)):
            if any(len(row) != width for row in chunk):
                return None
            if any(kind(row[j]) not in kinds for j, kinds in left_out.items() for row in chunk):
                return None
            try:
                block = np.array([[row[j] for j in chosen] for row in chunk], dtype=np.float64)
            except ValueError:
                return None
            if not np.isfinite(block).all():
                return None
            blocks.append(block.reshape(len(chunk), len(chosen)))
    return np.concatenate(blocks)


@dataclass
class _Column:
    """What was found in a column: how many of each kind, and the first line and value of each."""

    counts: dict[str, int]
    first: dict[str, tuple[int, str]]

    def add(self, line: int, cell: str) -> None:
        found = kind(cell)
        self.counts[found] = self.counts.get(found, 0) + 1
        self.first.setdefault(found, (line, cell))

    @property
    def kind(self) -> str:
        if self.counts.get(NUMBER) or self.counts.get(INFINITE):
            return NUMBER
        return TEXT if self.counts.get(TEXT) else MISSING


def _audit(path: Path, layout: Layout, asked: list[int] | None) -> tuple[str, ...]:
    """Look at every cell: raise the first fault in a column of numbers, or return the columns' kinds."""
    columns = [_Column({}, {}) for _ in layout.names]
    with _opened(path) as file:
        for line, row in rows_of(file, layout.delimiter):
            if line <= layout.skip or is_comment(row):
                continue
            if len(row) != len(columns):
                expected = f"{len(columns)} {'is' if len(columns) == 1 else 'are'} expected"
                raise FileFormatError(f"{path}, line {line}: the row has {len(row)} cells, and {expected}")
            for column, cell in zip(columns, row, strict=True):
                column.add(line, cell)
    kinds = tuple(column.kind for column in columns)
    used = asked if asked is not None else _numeric(layout, kinds)
    for j in used:
        _check_cells(path, layout.names[j], columns[j])
    missing = {
        layout.names[j]: (columns[j].counts[MISSING], f"line {columns[j].first[MISSING][0]}")
        for j in used
        if MISSING in columns[j].counts
    }
    if missing:
        raise missing_fault(path, missing)
    return kinds


def _check_cells(path: Path, name: str, column: _Column) -> None:
    for found, what in ((TEXT, "is not a number"), (INFINITE, "is not finite")):
        if found in column.first:
            line, cell = column.first[found]
            value = cell if len(cell) <= 40 else cell[:37] + "…"
            comma = "; write decimals with a point" if cell.replace(",", "", 1).strip("+- ").isdigit() else ""
            raise FileFormatError(
                f"{path}, line {line}, column {quoted(name)}: {value!r} {what}{comma}; "
                "give --columns to choose numeric columns"
            )


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    # newline="" leaves line ends inside quotes to the csv module; utf-8-sig drops a byte-order mark.
    if path.name.lower().endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02x}"
        raise FileFormatError(f"{path} is not UTF-8 text ({byte}): save it as CSV in UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path} is not a sound gzip file: {error}") from None
    except csv.Error as error:
        raise FileFormatError(f"{path} is not a text table: {error}") from None
