"""Delimited text (CSV, TSV) through pyarrow: parsed once, and kept."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from ..files import readable
from .arrow_columns import columns_of, need_pyarrow, numbers_of_column, values_of_column
from .layout import Layout
from .request import Request
from .spool import spooled
from .table import TableSource

__all__ = ["open_text"]

_SEPARATORS = ",;\t|"
_MISSING = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "."]
_NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class _Dialect:
    """Dialect of a text: separator, decimal sign and header.

    Parameters
    ----------
    names : tuple of str, or None
        Names for the columns, where the first row has none.
    """

    separator: str
    decimal: str
    names: tuple[str, ...] | None


def _dialect(path: Path) -> _Dialect:
    """Return the dialect of a text, from its first rows."""
    first, *rest = _first_lines(path)
    bare = re.sub(r'"[^"]*"', "", first)
    separator = max(_SEPARATORS, key=bare.count)
    cells = next(csv.reader([first], delimiter=separator), [])
    data = [cell for line in rest for cell in next(csv.reader([line], delimiter=separator), [])]
    comma = separator != "," and any(re.fullmatch(r"[-+]?\d*,\d+", cell.strip()) for cell in [*cells, *data])
    unnamed = all(_NUMBER.fullmatch(cell.strip()) for cell in cells)
    names = tuple(f"x{j}" for j in range(len(cells))) if unnamed else None
    return _Dialect(separator, "," if comma else ".", names)


def _first_lines(path: Path) -> list[str]:
    import pyarrow as pa

    with pa.input_stream(str(path)) as file:
        text = file.read(1 << 16).decode("utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip()][:3]
    if not lines:
        raise FileFormatError(f"{path} is empty: give a table with rows")
    return lines


def _reader(path: Path, dialect: _Dialect, types: dict[str, Any] | None, invalid: Any = None) -> Any:
    """Return a reader of record batches: of all columns, or of those with a type."""
    import pyarrow.csv as pc

    chosen = {} if types is None else {"column_types": types, "include_columns": list(types)}
    return pc.open_csv(
        str(path),
        pc.ReadOptions(column_names=dialect.names, block_size=1 << 22),
        pc.ParseOptions(delimiter=dialect.separator, invalid_row_handler=invalid),
        pc.ConvertOptions(
            decimal_point=dialect.decimal, null_values=_MISSING, strings_can_be_null=True, **chosen
        ),
    )


@dataclass(frozen=True, eq=False)
class _TextPiece:
    """Record batch of a text, with infinite values for cells without a number."""

    batch: Any
    place: str
    first: int
    decimal: str
    text: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.batch.num_rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as numbers (n,), with NaN for missing values, or as text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = self.batch.column(name)
        if name == self.text:
            return values_of_column(pc.utf8_trim_whitespace(cells))
        if not pa.types.is_string(cells.type):
            return numbers_of_column(cells)
        points = cells if self.decimal == "." else pc.replace_substring(cells, self.decimal, ".")
        try:
            return numbers_of_column(pc.cast(pc.utf8_trim_whitespace(points), pa.float64()))
        except pa.ArrowInvalid:
            return np.array([_number(cell) for cell in points.to_pylist()])

    def matrix(self, names: Sequence[str]) -> None:
        """Return None: the columns of a text lie apart."""
        return


def _number(cell: str | None) -> float:
    if cell is None:
        return np.nan
    try:
        return float(cell)
    except ValueError:
        return np.inf


def open_text(path: Any, request: Request) -> TableSource:
    """Return the rows of a delimited text as a source: parsed once, and kept.

    The separator, a decimal comma and names in the first row are detected.

    Raises
    ------
    FileFormatError
        If a cell of a chosen column is no number, or a row has another number of cells.
    """
    pa = need_pyarrow("a text in blocks")
    place = readable(path)
    with_wrong_length: Counter[str] = Counter()

    def invalid(row: Any) -> str:
        with_wrong_length["a wrong number of cells"] += 1
        return "skip"

    try:
        dialect = _dialect(place)
        schema = _reader(place, dialect, None, invalid if request.skip else None).schema
        layout = Layout.of(request, columns_of(schema), str(place))
        with_wrong_length.clear()
        kind = pa.string() if request.skip else pa.float64()
        text = layout.labels if layout.named else None
        types = {name: pa.string() if name == text else kind for name in layout.names}
        reader = _reader(place, dialect, types, invalid if request.skip else None)
        source = spooled(
            _pieces(reader, place, dialect, text), replace(layout, dtype="float64"), request, str(place)
        )
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())
        raise FileFormatError(
            f"{place}: {reason}; correct the row, or leave such rows out with on_bad_rows='skip'"
        ) from None
    facts = source.facts
    return source.knowing(replace(facts, skipped=Counter(facts.skipped) + with_wrong_length))


def _pieces(reader: Any, place: Path, dialect: _Dialect, text: str | None) -> Iterator[_TextPiece]:
    first = 1
    for batch in reader:
        yield _TextPiece(batch, str(place), first, dialect.decimal, text)
        first += batch.num_rows
