"""The reader of text tables and of rows of cells."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.data.content import Content
from gaussmix.data.delimited.careful import Inspection, by_name, cells_of, inspect_cells
from gaussmix.data.delimited.cells import MISSING, NUMBER, TEXT
from gaussmix.data.delimited.columns import DOUBTFUL
from gaussmix.data.delimited.fast import cells_fast, read_fast
from gaussmix.data.delimited.layout import Layout, layout_of_lines, layout_of_rows, lines_in_words
from gaussmix.data.delimited.lines import NumberedRow, rows_of
from gaussmix.data.delimited.streams import decoded, encoding_of, numbered_lines
from gaussmix.data.numeric import Choice, NumericTable, as_numeric_table
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError
from gaussmix.names import column_in_words

__all__ = ["read_rows", "read_text"]

Rows = Callable[[], AbstractContextManager[Iterator[NumberedRow]]]
"""Opens all rows of a table."""

_WHY = {TEXT: "text", MISSING: "no values", DOUBTFUL: "in doubt"}
_USUAL = {".tsv": "\t", ".tab": "\t", ".psv": "|", ".csv": ","}
_SEEN_ROWS = 2000


def read_text(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read numbers from a text table; see `gaussmix.data.tables.read_table`.

    The first lines give the layout. A small table is then read cell by cell, a large one by a fast reader. If that
    fails, the careful reader finds the fault and its place.
    """
    path, sample = content.path, content.sample()
    encoding = encoding_of(sample, options, str(path))
    lines = decoded(sample, encoding, str(path))
    usual = next((separator for suffix, separator in _USUAL.items() if content.name.endswith(suffix)), ",\t ")
    with _translated_errors(path):
        layout = layout_of_lines(lines, options, usual, str(path))
        if layout is None:
            raise FileFormatError(f"{path} is empty")

        @contextmanager
        def rows() -> Iterator[Iterator[NumberedRow]]:
            with numbered_lines(content, encoding) as numbered:
                yield rows_of((pair for pair in numbered if pair[0] > layout.lines), layout.separator)

        chosen = choice.positions(layout.names, layout.numeric, path)
        X = None
        if chosen and not sample.complete:
            unread = [] if choice.columns is not None else _unread(layout, choice, path)
            X = read_fast(content, encoding, layout, chosen, unread, lines)
        guesses = _encoding_guess(encoding, options)
        table = _table(X, rows, layout, choice, path, guesses)
    if X is None:
        return table

    def whole() -> dict[str, NDArray[Any]]:
        cells = cells_fast(content, encoding, layout, lines, len(table.X))
        return table.all_columns() if cells is None else by_name(layout, cells)

    return replace(table, whole=whole)


def _encoding_guess(encoding: str, options: ReadOptions) -> list[str]:
    usual = options.encoding is not None or encoding.startswith("utf-8")
    return [] if usual else [f"text in {encoding.replace('cp', 'windows-')} (--encoding)"]


def read_rows(
    rows: Sequence[NumberedRow],
    choice: Choice,
    options: ReadOptions,
    path: Path,
    place: str,
    guesses: list[str],
) -> NumericTable:
    """Read numbers from rows of cells in memory, such as those of a workbook.

    Parameters
    ----------
    rows : sequence of (int, list of str)
        Numbered rows.
    path : pathlib.Path
        The file, for messages.
    place : str
        The unit of the numbering: lines or rows.
    guesses : list of str
        Remarks on what was detected so far.
    """
    layout = layout_of_rows(rows[:_SEEN_ROWS], options, str(path))
    if layout is None:
        raise FileFormatError(f"{path} is empty")

    @contextmanager
    def opened() -> Iterator[Iterator[NumberedRow]]:
        yield iter(rows)

    return _table(None, opened, layout, choice, path, guesses, place)


def _table(
    X: Floats | None,
    rows: Rows,
    layout: Layout,
    choice: Choice,
    path: Path,
    guesses: Sequence[str],
    place: str = "line",
) -> NumericTable:
    """Return the table, after an inspection of every cell if its numbers are not known yet."""
    chosen = choice.positions(layout.names, layout.numeric, path)
    kinds, doubts = [column.kind for column in layout.columns], {}
    guesses = [*guesses, *layout.guesses]
    if X is None:
        inspection, kinds, chosen = _inspected(rows, layout, choice, path, place)
        _refuse_doubtful(layout, chosen, path)
        X = inspection.matrix(chosen, path, place)
        doubts = _mixed(inspection, kinds, place)
        if inspection.empty:
            guesses.append(f"{inspection.empty} empty row{'' if inspection.empty == 1 else 's'} left out")
        if inspection.footer:
            guesses.append(f"{lines_in_words(inspection.footer)} left out (below the table)")
    _refuse_doubtful(layout, chosen, path)
    skipped = _skipped(layout, kinds, choice, path)
    doubts |= {j: column.doubt for j, column in enumerate(layout.columns) if column.doubt}
    remarks = [
        f"{path}: {column_in_words(layout.names[j])} is left out: it {doubts[j]}"
        for j in sorted(doubts)
        if layout.names[j] in skipped
    ]

    def whole() -> dict[str, NDArray[Any]]:
        with rows() as opened:
            return cells_of(opened, layout, path, place)

    return as_numeric_table(X, [layout.names[j] for j in chosen], skipped, path, guesses, remarks, whole)


def _inspected(
    rows: Rows, layout: Layout, choice: Choice, path: Path, place: str
) -> tuple[Inspection, list[str], list[int]]:
    """Inspect every cell; return the result, the kinds of the columns, and the positions of the columns to read."""
    chosen = choice.positions(layout.names, layout.numeric, path)
    while True:
        with rows() as opened:
            inspection = inspect_cells(opened, layout, chosen, path, place)
        kinds = _kinds(layout, inspection)
        chosen = choice.positions(layout.names, _numeric(layout, kinds), path)
        # A column without a value in the first rows may have numbers later, which were not kept.
        if all(inspection.columns[j].keep for j in chosen):
            return inspection, kinds, chosen


def _kinds(layout: Layout, inspection: Inspection) -> list[str]:
    return [
        column.kind if column.kind == DOUBTFUL else found.kind
        for column, found in zip(layout.columns, inspection.columns, strict=True)
    ]


def _numeric(layout: Layout, kinds: Sequence[str]) -> list[bool]:
    return [kind == NUMBER and not (layout.row_names and j == 0) for j, kind in enumerate(kinds)]


def _mixed(inspection: Inspection, kinds: Sequence[str], place: str) -> dict[int, str]:
    """Return remarks on columns of text with some numbers among them."""
    doubts = {}
    for j, (kind, found) in enumerate(zip(kinds, inspection.columns, strict=True)):
        if kind == TEXT and found.counts[NUMBER]:
            line, cell = found.first[NUMBER]
            numbers = "a number" if found.counts[NUMBER] == 1 else f"{found.counts[NUMBER]} numbers"
            doubts[j] = f"is text except for {numbers} ({cell!r} in {place} {line})"
    return doubts


def _unread(layout: Layout, choice: Choice, path: Path) -> list[int]:
    """Return the columns left out as text or as empty, which must hold for the whole file."""
    dropped = choice.dropped(layout.names, path)
    return [
        j
        for j, column in enumerate(layout.columns)
        if column.kind in (TEXT, MISSING) and j not in dropped and not (layout.row_names and j == 0)
    ]


def _refuse_doubtful(layout: Layout, chosen: Iterable[int], path: Path) -> None:
    for j in chosen:
        column = layout.columns[j]
        if column.kind == DOUBTFUL:
            raise FileFormatError(f"{path}: {column_in_words(column.name)} {column.doubt}")


def _skipped(layout: Layout, kinds: Sequence[str], choice: Choice, path: Path) -> dict[str, str]:
    if choice.columns is not None:
        return {}
    dropped = choice.dropped(layout.names, path)
    result = {
        layout.names[j]: _WHY[kind] for j, kind in enumerate(kinds) if kind in _WHY and j not in dropped
    }
    if layout.row_names and 0 not in dropped:
        result[layout.names[0]] = "row names"
    return result


@contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        raise FileFormatError(f"{path} is not a text table: {error}") from None
