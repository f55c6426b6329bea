"""Fast readers of text tables: pyarrow's if it is installed, NumPy's without.

Each gives the numbers of the careful reader, or None for a file unlike its first lines.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.data.content import Content
from gaussmix.data.delimited.cells import MISSING, TEXT, Notation
from gaussmix.data.delimited.columns import DOUBTFUL
from gaussmix.data.delimited.layout import Layout
from gaussmix.data.delimited.streams import opened_clean

__all__ = ["cells_fast", "read_fast"]

_BLOCK, _MOST_BLOCK = 1 << 20, 1 << 30
_EMPTY = ["", "na", "n/a", "nan", "null", "none", "?", ".", "-"]
_NULLS = ["", "NA", "N/A", "NaN", "nan", "NAN", "na", "n/a", "NULL", "null", "None", "none", "?", ".", "-"]


def read_fast(
    content: Content,
    encoding: str,
    layout: Layout,
    chosen: Sequence[int],
    unread: Sequence[int],
    lines: Sequence[str],
) -> Floats | None:
    """Return the chosen columns (n, D), or None for a file that needs the careful reader.

    Parameters
    ----------
    chosen : sequence of int
        The columns to read.
    unread : sequence of int
        The columns left out as text or as empty, which must hold for the whole file.
    lines : sequence of str
        The first lines.
    """
    try:
        import pyarrow.csv
    except ImportError:
        return _with_numpy(content, encoding, layout, chosen)
    reader = _ArrowReader(content, encoding, layout, list(chosen), list(unread), lines, pyarrow.csv)
    X, convertible = reader.read(as_text=False)
    # Behind the first lines, a column may have grouped thousands or another minus sign.
    return X if X is not None or convertible else reader.read(as_text=True)[0]


def cells_fast(
    content: Content, encoding: str, layout: Layout, lines: Sequence[str], n_rows: int
) -> list[NDArray[Any]] | None:
    """Return the text of the cells of all columns, or None for a file that needs the careful reader.

    Parameters
    ----------
    content : Content
    encoding : str
    layout : Layout
    lines : sequence of str
        The first lines.
    n_rows : int
        Number of rows that `read_fast` found.
    """
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.csv
    except ImportError:
        return None
    everything = list(range(len(layout.columns)))
    reader = _ArrowReader(content, encoding, layout, everything, [], lines, pyarrow.csv)
    try:
        table = reader.table(pa, set(everything))
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    columns = [table.column(str(j)) for j in everything]
    # Quotes and spaces before a cell are taken off in another way by the careful reader.
    if table.num_rows != n_rows or any(
        pc.any(pc.match_substring_regex(column, r'^\s|"')).as_py() for column in columns
    ):
        return None
    return [column.to_numpy(zero_copy_only=False) for column in columns]


class _ArrowReader:
    """A reader of text tables by pyarrow, with columns named by their positions."""

    def __init__(
        self,
        content: Content,
        encoding: str,
        layout: Layout,
        chosen: list[int],
        unread: list[int],
        lines: Sequence[str],
        arrow: Any,
    ) -> None:
        self._content, self._encoding, self._layout = content, encoding, layout
        self._chosen, self._unread, self._arrow = chosen, unread, arrow
        self._block = min(_MOST_BLOCK, max(_BLOCK, 4 * max(map(len, lines))))
        # It costs a fifth of the speed. A first line break within quotes behind the first lines is an error.
        self._multiline = any('"' in line for line in lines)

    def read(self, *, as_text: bool) -> tuple[Floats | None, bool]:
        """Return the numbers, or None, and whether a failure has another cause than a cell that is no number."""
        import pyarrow as pa

        layout = self._layout
        texts = {j for j in self._chosen if as_text or not layout.columns[j].plain}
        try:
            table = self.table(pa, texts)
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            return None, "conversion error" not in str(error)
        if any(not _has_kind(table.column(str(j)), layout.columns[j].kind) for j in self._unread):
            return None, True
        names = [str(j) for j in self._chosen]
        for j in texts:
            place = table.schema.get_field_index(str(j))
            numbers = _numbers(table.column(place), layout.columns[j].notation)
            if numbers is None:
                return None, as_text
            table = table.set_column(place, str(j), numbers)
        X = _matrix(table, names)
        # Rows without any value are left out by the careful reader.
        sound = not np.isinf(X).any() and not np.isnan(X).all(axis=1).any()
        return (X, True) if sound else (None, True)

    def table(self, pa: Any, texts: set[int]) -> Any:
        """Return the columns as pyarrow's table, some of them as text."""
        layout, arrow = self._layout, self._arrow
        kinds = {
            str(j): pa.string() if j in texts or j in self._unread else pa.float64()
            for j in (*self._chosen, *self._unread)
        }
        decimal = layout.columns[self._chosen[0]].notation.decimal
        with opened_clean(
            self._content, self._encoding, layout.lines, spaces=layout.separator == " "
        ) as file:
            return arrow.read_csv(
                file,
                read_options=arrow.ReadOptions(
                    column_names=[str(j) for j in range(len(layout.columns))], block_size=self._block
                ),
                parse_options=arrow.ParseOptions(
                    delimiter=layout.separator,
                    newlines_in_values=self._multiline,
                    invalid_row_handler=_skip_blank,
                ),
                convert_options=arrow.ConvertOptions(
                    column_types=kinds, include_columns=list(kinds), null_values=_NULLS, decimal_point=decimal
                ),
            )


def _skip_blank(row: Any) -> str:
    return "error" if row.text.strip() else "skip"


def _has_kind(column: Any, kind: str) -> bool:
    """Return whether the whole column has the kind of its first cells: no numbers, or no values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == DOUBTFUL:
        return True
    cells = pc.utf8_trim_whitespace(column)
    if kind == MISSING:
        found = pc.all(pc.is_in(pc.utf8_lower(cells), value_set=pa.array(_EMPTY))).as_py()
        return found is not False
    assert kind == TEXT
    return not pc.any(pc.match_substring_regex(cells, f"^(?:{Notation().pattern})$")).as_py()


def _numbers(column: Any, notation: Notation) -> Any:
    """Return a column of text as numbers, null for missing ones; None if a cell is text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(_EMPTY))
    cells = pc.if_else(missing, pa.scalar(None, pa.string()), cells)
    if pc.all(pc.match_substring_regex(cells, f"^(?:{notation.pattern})$")).as_py() is False:
        return None
    for old, new in notation.changes:
        cells = pc.replace_substring(cells, old, new)
    return pc.cast(cells, pa.float64())


def _matrix(table: Any, names: Sequence[str]) -> Floats:
    """Return columns of float64 as an array (n, D)."""
    X = np.empty((table.num_rows, len(names)))
    start = 0
    # Batch by batch, so that results stay in the processor's cache.
    for batch in table.select(list(names)).to_batches():
        rows = slice(start, start + batch.num_rows)
        for j, column in enumerate(batch.columns):
            X[rows, j] = column.to_numpy(zero_copy_only=False)
        start += batch.num_rows
    return X


def _with_numpy(content: Content, encoding: str, layout: Layout, chosen: Sequence[int]) -> Floats | None:
    """Read a table of plain numbers alone; anything else is left to the careful reader."""
    columns = layout.columns
    plain = all(column.plain and column.notation.decimal == "." for column in columns)
    if not plain or list(chosen) != list(range(len(columns))):
        return None
    with opened_clean(content, encoding, layout.lines, spaces=layout.separator == " ") as file:
        lines = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            X = np.loadtxt(lines, delimiter=layout.separator, comments=None, quotechar='"', ndmin=2)
        except (ValueError, csv.Error):
            return None
        finally:
            lines.detach()
    return X if X.shape[1] == len(columns) and np.isfinite(X).all() else None
