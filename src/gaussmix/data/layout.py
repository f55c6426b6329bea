"""How a text table is laid out: delimiter, header and kinds of columns, told from its first lines."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import mode

from gaussmix.data.numeric import distinct

__all__ = ["INFINITE", "MISSING", "NUMBER", "TEXT", "Layout", "is_comment", "kind", "rows_of", "sniff"]

NUMBER, TEXT, MISSING, INFINITE = "number", "text", "missing", "infinite"

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_NO_VALUE = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "."})
_INFINITY = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_DELIMITERS = ("\t", ";", ",", None)
_SAMPLE = 100


@dataclass(frozen=True)
class Layout:
    """The layout of a text table.

    Parameters
    ----------
    delimiter : str or None
        None for runs of spaces and tabs.
    names : tuple of str
        The names of the columns.
    skip : int
        The number of lines before the first row of data.
    kinds : tuple of str
        What the first rows of each column are: number, text or missing.
    row_names : bool
        Whether the first column names the rows: it has no name of its own where the others have.
    """

    delimiter: str | None
    names: tuple[str, ...]
    skip: int
    kinds: tuple[str, ...]
    row_names: bool


def kind(cell: str) -> str:
    """Say what a cell holds: number, infinite, missing or text.

    Examples
    --------
    >>> [kind(cell) for cell in ("-1.5e3", "NA", "1e999", "iy")]
    ['number', 'missing', 'infinite', 'text']
    """
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return NUMBER if math.isfinite(float(cell)) else INFINITE
    if cell.lower() in _NO_VALUE:
        return MISSING
    return INFINITE if _INFINITY.fullmatch(cell) else TEXT


def is_comment(row: Sequence[str]) -> bool:
    """Say whether a row is a comment: its first character is #."""
    return row[0].lstrip().startswith("#")


def rows_of(lines: Iterable[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row with the number of its last line, counted from 1, but no blank lines."""
    if delimiter is None:
        lines = (" ".join(line.split()) for line in lines)
    reader = csv.reader(lines, delimiter=delimiter or " ", skipinitialspace=True)
    for row in reader:
        if row:
            yield reader.line_num, row


def sniff(lines: Sequence[str]) -> Layout | None:
    """Find the layout from the first lines of a file; None where they hold no row.

    Examples
    --------
    >>> layout = sniff(["vowel;F1", "iy;270", "uw;300"])
    >>> layout.delimiter, layout.names, layout.kinds
    (';', ('vowel', 'F1'), ('text', 'number'))
    """
    delimiter = max(_DELIMITERS, key=lambda candidate: _score(lines, candidate))
    found = list(islice(rows_of(lines, delimiter), _SAMPLE))
    rows = [(line, row) for line, row in found if not is_comment(row)]
    if not rows:
        return None
    sample = [row for _, row in rows]
    width = mode(len(row) for row in (sample[1:] or sample))
    body = [row for row in sample[1:] if len(row) == width] or sample
    header, skip = None, rows[0][0] - 1
    if _is_header(sample[0], body, width, alone=len(sample) == 1):
        header, skip = sample[0], rows[0][0]
        body = body if len(sample) > 1 else []
    else:
        header = _names_in_comment(found, delimiter, width)
    return _layout(delimiter, header, skip, body, width)


def _layout(
    delimiter: str | None, header: list[str] | None, skip: int, body: list[list[str]], width: int
) -> Layout:
    kinds = tuple(_column_kind([row[j] for row in body]) for j in range(width))
    given = [cell.strip() for cell in header or []]
    unnamed_first = False
    if header and len(given) == width - 1:
        # A delimiter at the end of each row, or row names without a heading, as R writes them.
        trailing = kinds[-1] == MISSING and not any(row[-1].strip() for row in body)
        given = [*given, ""] if trailing else ["", *given]
        unnamed_first = not trailing
    elif len(given) == width > 1:
        unnamed_first = not given[0] and all(given[1:])
    given += [""] * (width - len(given))
    names = tuple(distinct([name or f"x{j}" for j, name in enumerate(given[:width])]))
    return Layout(delimiter, names, skip, kinds, unnamed_first)


def _score(lines: Sequence[str], delimiter: str | None) -> tuple[float, ...]:
    """How well a delimiter explains the lines: equal widths above one, then the count of numbers in a row."""
    try:
        rows = [row for _, row in islice(rows_of(lines, delimiter), _SAMPLE) if not is_comment(row)]
    except csv.Error:
        return (-1.0,)
    body = rows[1:] or rows
    if not body:
        return (-1.0,)
    width = mode(len(row) for row in body)
    fitting = [row for row in body if len(row) == width]
    numeric = sum(
        kind(cell) == NUMBER or bool(_DECIMAL_COMMA.fullmatch(cell)) for row in fitting for cell in row
    )
    regular = len(fitting) / len(body)
    return (float(width > 1), float(regular == 1), numeric / len(fitting), regular)


def _column_kind(cells: Sequence[str]) -> str:
    kinds = {kind(cell) for cell in cells}
    if NUMBER in kinds or INFINITE in kinds:
        return NUMBER
    return TEXT if TEXT in kinds else MISSING


def _is_header(first: list[str], body: list[list[str]], width: int, *, alone: bool) -> bool:
    """Say whether the first row names the columns: mostly text over columns of numbers."""
    kinds = [kind(cell) for cell in first]
    if alone:
        return all(found == TEXT for found in kinds)
    if _counts_columns(first) and any(not cell.strip().isdigit() for row in body for cell in row):
        return True
    shift = 1 if len(first) == width - 1 and any(row[-1].strip() for row in body) else 0
    over = [
        kinds[j - shift] for j in range(shift, min(width, len(first) + shift)) if _mostly_numbers(body, j)
    ]
    if not over:
        return all(found == TEXT for found in kinds)
    return over.count(TEXT) > over.count(NUMBER)


def _counts_columns(first: list[str]) -> bool:
    """Say whether a row is 0, 1, 2, …, the header that pandas writes where the columns have no names."""
    cells = first[1:] if not first[0].strip() else first
    return len(cells) > 1 and cells == [str(j) for j in range(len(cells))]


def _mostly_numbers(body: list[list[str]], j: int) -> bool:
    kinds = [kind(row[j]) for row in body]
    return kinds.count(NUMBER) > 0 and kinds.count(NUMBER) >= kinds.count(TEXT)


def _names_in_comment(
    rows: list[tuple[int, list[str]]], delimiter: str | None, width: int
) -> list[str] | None:
    """The names in the last comment before the data, as numpy.savetxt writes them."""
    last = None
    for _, row in rows:
        if not is_comment(row):
            break
        last = row
    if last is None:
        return None
    names = [last[0].lstrip().lstrip("#"), *last[1:]]
    names = names[1:] if delimiter is None and not names[0] else names
    fits = len(names) == width and all(kind(name) == TEXT for name in names)
    return names if fits else None
