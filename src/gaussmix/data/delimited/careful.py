"""The careful reader: every cell of a table is inspected, and the first fault is reported with its place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.data.delimited.cells import INFINITE, MISSING, NUMBER, TEXT, readings
from gaussmix.data.delimited.columns import Column
from gaussmix.data.delimited.head import kind_of
from gaussmix.data.delimited.layout import Layout
from gaussmix.data.delimited.lines import NumberedRow
from gaussmix.errors import FileFormatError
from gaussmix.names import column_in_words

__all__ = ["Findings", "Inspection", "by_name", "cells_of", "inspect_cells"]

_CHUNK_CELLS, _LEAST_CHUNK, _MOST_FOOTER = 200_000, 50, 30
_PYTHONS = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass
class Findings:
    """The content of a column: kinds of cells, their first places, and the numbers.

    Parameters
    ----------
    column : Column
        The column, judged by its first cells.
    keep : bool
        Whether its numbers are kept.
    counts : Counter
        Number of cells of each kind.
    first : dict
        The line and the cell of the first of each kind.
    blocks : list of arrays
        The numbers, with NaN for other cells.
    """

    column: Column
    keep: bool
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    blocks: list[Floats] = field(default_factory=list)

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Inspect more cells."""
        numbers = self._plain(cells)
        if numbers is None:
            numbers = self._each(cells, lines)
        if self.keep:
            self.blocks.append(np.array(numbers))

    def _plain(self, cells: Sequence[str]) -> list[float] | None:
        """Return the numbers if all cells are numbers in Python's notation, else None."""
        if not self.keep or self.column.notation.decimal != "." or not all(map(_PYTHONS.fullmatch, cells)):
            return None
        if self.column.notation.suffix:
            return None
        numbers = list(map(float, cells))
        if not all(map(math.isfinite, numbers)):
            return None
        self.counts[NUMBER] += len(cells)
        return numbers

    def _each(self, cells: Sequence[str], lines: Sequence[int]) -> list[float]:
        notation, found = self.column.notation, {}
        for cell, times in Counter(cells).items():
            kind = notation.kind(cell)
            self.counts[kind] += times
            found[cell] = notation.value(cell) if kind == NUMBER and self.keep else math.nan
            # Cells are counted in order.
            if kind not in self.first:
                self.first[kind] = lines[cells.index(cell)], cell
        return [found[cell] for cell in cells]

    @property
    def kind(self) -> str:
        """Numbers if they are at least half of the cells with a value, text otherwise."""
        numbers = self.counts[NUMBER] + self.counts[INFINITE]
        if numbers >= max(1, self.counts[TEXT]):
            return NUMBER
        return TEXT if self.counts[TEXT] else MISSING

    @property
    def numbers(self) -> Floats:
        """The values, (n,)."""
        return np.concatenate(self.blocks) if self.blocks else np.empty(0)


@dataclass(frozen=True)
class Inspection:
    """The content of all columns after an inspection of every cell.

    Parameters
    ----------
    empty : int
        Number of rows without any value, which were left out.
    footer : list of int
        The lines below the table, which were left out.
    unnamed : int
        The line of the first row if no row of names was found, else 0.
    """

    columns: list[Findings]
    empty: int
    footer: list[int]
    unnamed: int

    def matrix(self, chosen: Sequence[int], path: Path, place: str) -> Floats:
        """Return the numbers of some columns (n, D), NaN where a value is missing.

        Raises
        ------
        FileFormatError
            If a cell is no number, or is infinite.
        """
        for j in chosen:
            _check(self.columns[j], path, place, self.unnamed)
        n = sum(self.columns[chosen[0]].counts.values()) if chosen else 0
        X = np.empty((n, len(chosen)))
        for d, j in enumerate(chosen):
            X[:, d] = self.columns[j].numbers
        return X


def inspect_cells(
    rows: Iterable[NumberedRow], layout: Layout, wanted: Iterable[int], path: Path, place: str = "line"
) -> Inspection:
    """Inspect every cell of a table.

    Parameters
    ----------
    rows : iterable of (int, list of str)
        All rows, numbered, with those before the data.
    wanted : iterable of int
        The columns to keep the numbers of.
    path : pathlib.Path
        The file, for messages.
    place : str
        The unit of the numbering: lines or rows.

    Raises
    ------
    FileFormatError
        If a row has more or fewer cells than there are columns.
    """
    keep, empty, footer = set(wanted), 0, list[int]()
    columns = [Findings(column, j in keep) for j, column in enumerate(layout.columns)]
    for kept, left_out in _chunks(rows, layout, path, place, footer):
        empty += left_out
        if kept:
            lines = [line for line, _ in kept]
            for column, cells in zip(columns, zip(*(row for _, row in kept), strict=True), strict=True):
                column.add(cells, lines)
    return Inspection(columns, empty, footer, layout.unnamed)


def cells_of(
    rows: Iterable[NumberedRow], layout: Layout, path: Path, place: str = "line"
) -> dict[str, NDArray[Any]]:
    """Return the text of the cells of all columns by name, for the same rows as `inspect_cells`.

    Raises
    ------
    FileFormatError
        If a row has more or fewer cells than there are columns.
    """
    columns: list[list[str]] = [[] for _ in layout.columns]
    for kept, _ in _chunks(rows, layout, path, place, []):
        for column, cells in zip(columns, zip(*(row for _, row in kept), strict=True), strict=kept != []):
            column.extend(cells)
    return by_name(layout, [np.array(column, dtype=object) for column in columns])


def by_name(layout: Layout, columns: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the columns by name; the name of a column of row names is empty, as in the file."""
    names = ["", *layout.names[1:]] if layout.row_names else layout.names
    return dict(zip(names, columns, strict=True))


def _chunks(
    rows: Iterable[NumberedRow], layout: Layout, path: Path, place: str, footer: list[int]
) -> Iterator[tuple[list[NumberedRow], int]]:
    """Yield some rows with a value at a time, and the number of rows without one; add the lines of a footer."""
    data = _of_one_width(rows, layout, path, place, footer)
    size = max(_LEAST_CHUNK, _CHUNK_CELLS // max(1, len(layout.columns)))
    while chunk := list(islice(data, size)):
        kept = [(line, row) for line, row in chunk if any(row) and any(map(str.strip, row))]
        yield kept, len(chunk) - len(kept)


def _of_one_width(
    rows: Iterable[NumberedRow], layout: Layout, path: Path, place: str, footer: list[int]
) -> Iterator[NumberedRow]:
    width, begun = len(layout.columns), False
    data = (row for row in rows if row[0] > layout.lines)
    for line, row in data:
        if len(row) == width:
            begun = True
            yield line, row
            continue
        rest = [(line, row), *islice(data, _MOST_FOOTER)]
        others = list(takewhile(lambda numbered: len(numbered[1]) != width, rest))
        last = len(others) == len(rest) and next(data, None) is None
        if not (begun and last and _is_footer(others, width)):
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            raise FileFormatError(
                f"{path}, {place} {line}: the row has {cells}, and {width} {'is' if width == 1 else 'are'} expected"
                f"{_hint_for_width(others, layout, begun=begun, last=last)}"
            )
        footer.extend(line for line, _ in others)


def _is_footer(rows: Sequence[NumberedRow], width: int) -> bool:
    """Return whether the last rows are sentences below a table, and not a row that is cut off."""
    first = rows[0][1][0].strip() if rows[0][1] else ""
    texts = all(len(row) < width and all(kind_of(cell) != NUMBER for cell in row) for _, row in rows)
    return texts and (" " in first or len(rows) > 1)


def _hint_for_width(others: Sequence[NumberedRow], layout: Layout, *, begun: bool, last: bool) -> str:
    """Return advice on rows with a wrong number of cells."""
    width, (line, row) = len(layout.columns), others[0]
    if not begun:
        return f"; if the table begins below, give --skip {others[-1][0]}"
    if layout.separator == "," and len(row) > width:
        return "; a cell with commas, such as 1,5, must be in quotes"
    if last and all(len(row) < width for _, row in others):
        if len(others) == 1:
            return "; complete the row, or delete it if it is below the table"
        return f"; delete the lines {line} to {others[-1][0]} if they are below the table"
    return ""


def _check(found: Findings, path: Path, place: str, unnamed: int) -> None:
    for kind, what in ((TEXT, "is not a number"), (INFINITE, "is not finite")):
        if kind in found.first:
            line, cell = found.first[kind]
            value = cell if len(cell) <= 40 else cell[:37] + "…"
            names = (
                f", give --header if {place} {line} has the names of the columns" if line == unnamed else ""
            )
            raise FileFormatError(
                f"{path}, {place} {line}, {column_in_words(found.column.name)}: {value!r} {what}{_hint(cell, found)}; "
                f"correct the cell{names}, or choose columns with --columns or --drop"
            )


def _hint(cell: str, found: Findings) -> str:
    """Return a hint for a cell that is a number in another notation than its column."""
    notation = found.column.notation
    for decimal, thousands in sorted(readings(cell.strip())):
        if decimal != notation.decimal:
            return f" with a decimal {'point' if notation.decimal == '.' else 'comma'} (--decimal {decimal})"
        if thousands != notation.thousands:
            return f" (give --thousands {'space' if thousands == ' ' else thousands})"
    return ""
