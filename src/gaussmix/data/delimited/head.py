"""The head of a table: titles, the row of names, a row of units, and where the data begin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gaussmix.data.delimited.cells import MISSING, NUMBER, TEXT, affixes, is_missing, readings
from gaussmix.data.delimited.lines import NumberedRow

__all__ = ["Head", "head_of", "kind_of", "width_of"]

_MOST_LINES, _MOST_COLUMNS = 30, 500
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_FRACTION = re.compile(r"[+-]?[0-9]+[.,][0-9]+(?:[eE][+-]?[0-9]+)?")

_DIGITS = re.compile(r"\s*[<>≤≥~≈(]?\s*[+\-\u2212]?[0-9]")

_SYMBOL = (
    r"[numkMGTpµμcdh]?(?:m|g|s|K|C|F|V|A|W|J|N|Pa|Hz|L|l|mol|B|eV|bar|Ω|ohm|rad|cd|lm|lx|T|H|S|Bq|Gy|Sv|cal|M|b|bps)"
    r"|°[CF]?|deg|%|‰|min|h|hr|hrs|d|day|days|yr|year|years|sec|in|ft|mi|yd|lb|lbs|oz|psi|atm|mmHg|ppm|ppb|dB|rpm|mph"
    r"|kph|count|counts|USD|EUR|GBP|[$€£¥]|px|pixel|pixels|ha|µ|μ|1|-"
)
_ORANGE_TYPE = re.compile(r"c|continuous|d|discrete|s|string|t|time", re.IGNORECASE)
_ORANGE_ROLE = re.compile(r"(?:-?[a-z]*class|c|meta|m|ignore|i|weight|w)?(?:\s*\S+=\S+)*", re.IGNORECASE)
_UNIT = re.compile(
    rf"[\[(].{{0,20}}[\])]|(?:{_SYMBOL})(?:\s?[²³]|\^?-?[0-9])?(?:\s?[/·*.]\s?(?:{_SYMBOL})(?:[²³]|\^?-?[0-9])?)*"
)


@dataclass(frozen=True)
class Head:
    """The rows before the data: titles, names and units.

    Parameters
    ----------
    names : list of str or None
        The cells of the row of names.
    n_rows : int
        Number of rows before the data.
    titles, units : list of int
        The lines that are left out above and below the names.
    odd_names : str
        The kind of numbers used as names: "years", "numbers from 0", "whole numbers"; "" for text.
    """

    names: list[str] | None
    n_rows: int
    titles: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    odd_names: str = ""


def kind_of(cell: str) -> str:
    """Return whether a cell is a number in any notation, text, or missing.

    Examples
    --------
    >>> [kind_of(cell) for cell in ("1.234,5", "$79", "NA", "iy")]
    ['number', 'number', 'missing', 'text']
    """
    cell = cell.strip()
    if _PLAIN.fullmatch(cell):
        return NUMBER
    found = affixes(cell)
    if found is not None and readings(found[1]):
        return NUMBER
    if is_missing(cell):
        return MISSING
    return NUMBER if cell.lower().lstrip("+-") in ("inf", "infinity") else TEXT


def width_of(rows: Sequence[NumberedRow]) -> int:
    """Return the most frequent number of cells in a row; the first row, perhaps a title, only breaks ties."""
    counts: Counter[int] = Counter(2 * [len(row) for _, row in rows[1:]])
    counts[len(rows[0][1])] += 1
    return counts.most_common(1)[0][0]


def head_of(rows: Sequence[NumberedRow], width: int, header: bool | None) -> Head:
    """Find the head of a table in its first rows.

    Parameters
    ----------
    rows : sequence of (int, list of str)
        The first rows, with the numbers of their lines.
    width : int
        Number of columns of the data.
    header : bool or None
        Whether the first row holds names; None to detect it.
    """
    if header is False:
        return Head(None, 0)
    if _is_of_orange(rows, width):
        return Head(rows[0][1], 3, units=(rows[1][0], rows[2][0]))
    if header is True:
        _, first = rows[0]
        units = _units_at(rows, 1, width)
        return Head(first, 1 + len(units), units=units)
    if len(rows) == 1:
        alone = all(kind_of(cell) == TEXT for cell in rows[0][1])
        return Head(rows[0][1], 1) if alone else Head(None, 0)
    numeric = _numeric_columns(rows, width)
    if not numeric:
        text = all(kind_of(cell) != NUMBER for cell in rows[0][1])
        return Head(rows[0][1], 1) if text else Head(None, 0)
    start = _start_of_data(rows, width, numeric)
    head = _split(rows[:start], width, numeric) if start else Head(None, 0)
    if head.names is not None or head.n_rows < start or start == len(rows):
        return head
    numbers = _names_of_numbers(rows[start:], width, numeric)
    return replace(numbers, n_rows=start + numbers.n_rows, titles=head.titles)


def _is_of_orange(rows: Sequence[NumberedRow], width: int) -> bool:
    """Return whether a table has the three rows of Orange's .tab files: names, types, and roles."""
    if len(rows) < 3 or {len(row) for _, row in rows[:3]} != {width}:
        return False
    types, roles = ([cell.strip() for cell in row] for _, row in rows[1:3])
    # A type may also be the list of the values of a class.
    known = sum(bool(_ORANGE_TYPE.fullmatch(cell)) for cell in types)
    return (
        2 * known > width
        and all(kind_of(cell) != NUMBER for cell in types)
        and all(map(_ORANGE_ROLE.fullmatch, roles))
    )


def _numeric_columns(rows: Sequence[NumberedRow], width: int) -> list[int]:
    """Return the columns with numbers in the later rows; of very many, the first and the last are examined."""
    examined = [*range(min(width, _MOST_COLUMNS)), *range(max(_MOST_COLUMNS, width - 1), width)]
    later = rows[len(rows) // 2 :] if len(rows) >= 4 else rows[1:]
    full = [row for _, row in later if len(row) == width]
    counts = {j: Counter(kind_of(row[j]) for row in full) for j in examined}
    return [j for j, found in counts.items() if found[NUMBER] >= max(1, found[TEXT])]


def _start_of_data(rows: Sequence[NumberedRow], width: int, numeric: Sequence[int]) -> int:
    first = rows[:_MOST_LINES]
    # Rows of another length above a row of names are titles, such as the place of a station, even with numbers.
    full = next((i for i, (_, row) in enumerate(first) if len(row) == width), 0)
    begin = full if _are_names(rows[full][1], width, numeric) else 0
    return next(
        (i for i, (_, row) in enumerate(first) if i >= begin and not _is_head(row, width, numeric)), 0
    )


def _is_head(row: Sequence[str], width: int, numeric: Sequence[int]) -> bool:
    """Return whether a row has text above columns of numbers."""
    if len(row) not in (width, width - 1):
        return all(kind_of(cell) != NUMBER for cell in row)
    # Names of all columns but the first, or but an empty last one.
    shift = 1 if len(row) == width - 1 and numeric[-1] == width - 1 else 0
    over = [kind_of(row[j - shift]) for j in numeric if 0 <= j - shift < len(row)]
    if not over:
        return all(kind_of(cell) == TEXT for cell in row)
    return over.count(TEXT) > over.count(NUMBER)


def _split(before: Sequence[NumberedRow], width: int, numeric: Sequence[int]) -> Head:
    """Distinguish titles, names and units."""
    fitting = [i for i, (_, row) in enumerate(before) if _may_be_names(row, width)]
    if not fitting:
        # A row of more cells than the table has columns is no title: its fault is found when the table is read.
        plain = all(len(row) <= width for _, row in before)
        return Head(None, len(before), titles=tuple(line for line, _ in before)) if plain else Head(None, 0)
    # A row below the names with cells such as <0.5 instead of numbers belongs to the data.
    faulty = next((i for i in fitting[1:] if _is_faulty(before, i, width, numeric)), len(before))
    before, fitting = before[:faulty], [i for i in fitting if i < faulty]
    named = [i for i in fitting if _are_names(before[i][1], width, numeric)]
    names = max(named, default=fitting[-1])
    if names - 1 in named:
        names -= len(_units_at(before, names, width, numeric))
    titles, units = ([line for line, _ in part] for part in (before[:names], before[names + 1 :]))
    return Head(before[names][1], len(before), tuple(titles), tuple(units))


def _may_be_names(row: Sequence[str], width: int) -> bool:
    """Return whether a row may hold the names of all columns, or of all but the first, and is not a comment."""
    return len(row) in (width, width - 1) and row[0] not in ("%", "%%", "//", "/*", "--", "!")


def _is_faulty(before: Sequence[NumberedRow], place: int, width: int, numeric: Sequence[int]) -> bool:
    """Return whether a row of text below names belongs to the data."""
    row = before[place][1]
    if width == 1:
        return not _units_at(before, place, width, numeric)
    digits = [j < len(row) and bool(_DIGITS.match(row[j])) for j in numeric]
    return any(digits) and _are_names(before[place - 1][1], width, numeric)


def _are_names(row: Sequence[str], width: int, numeric: Sequence[int]) -> bool:
    cells = [row[j].strip() for j in numeric if j < len(row)]
    return (
        len(row) == width and len(set(cells)) == len(cells) and all(kind_of(cell) == TEXT for cell in cells)
    )


def _units_at(
    rows: Sequence[NumberedRow], place: int, width: int, numeric: Sequence[int] | None = None
) -> tuple[int, ...]:
    """Return the line of a row of units, or nothing."""
    if len(rows) <= place or len(rows[place][1]) != width:
        return ()
    line, row = rows[place]
    columns = _numeric_columns(rows, width) if numeric is None else numeric
    cells = [row[j].strip() for j in columns if row[j].strip()]
    known = [bool(_UNIT.fullmatch(cell)) for cell in cells]
    texts = bool(cells) and all(
        kind_of(cell) == TEXT or unit for cell, unit in zip(cells, known, strict=True)
    )
    likely = 2 * sum(known) >= len(known) if len(columns) == 1 else all(len(cell) <= 20 for cell in cells)
    return (line,) if texts and likely else ()


def _names_of_numbers(rows: Sequence[NumberedRow], width: int, numeric: Sequence[int]) -> Head:
    """Return the head if a first row of numbers holds names: 0, 1, 2, … (as in pandas), years, or those of a spectrum.

    The whole numbers above a spectrum, such as wavelengths, increase, and are above fractions of another size. Beside
    text above a column of numbers, whole numbers that increase are names.
    """
    first = [cell.strip() for cell in rows[0][1]]
    body = [row for _, row in rows[1:] if len(row) == width]
    counted = first[1:] if not first[0] else first
    in_order = len(counted) > 1 and counted == [str(j) for j in range(len(counted))]
    if in_order and any(not cell.strip().isdigit() for row in body for cell in row):
        return Head(rows[0][1], 1, odd_names="numbers from 0")
    if len(first) != width or not body:
        return Head(None, 0)
    numbers = [j for j in numeric if kind_of(first[j]) == NUMBER]
    over, below = [first[j] for j in numbers], [row[j].strip() for row in body for j in numbers]
    beside = _has_names_beside(first, body, numeric)
    if beside is None:
        return Head(None, 0)
    if _are_years(over, 1 if beside else 2) and 10 * sum(map(_is_year, below)) <= len(below):
        return Head(rows[0][1], 1, odd_names="years")
    if len(over) < (3 if beside else 2) or not _is_monotone(over):
        return Head(None, 0)
    named = beside or all(_is_outside_range(first[j], [row[j] for row in body]) for j in numbers)
    return Head(rows[0][1], 1, odd_names="whole numbers") if named else Head(None, 0)


def _has_names_beside(
    first: Sequence[str], body: Sequence[Sequence[str]], numeric: Sequence[int]
) -> bool | None:
    """Return whether a first row has text above columns of numbers; None if it belongs to the data."""
    kinds = {j: kind_of(first[j]) for j in numeric}
    texts = [j for j, kind in kinds.items() if kind == TEXT]
    repeated = bool(texts) and len(set(first)) < len(first)
    faulty = any(_DIGITS.match(first[j]) or any(kind_of(row[j]) == TEXT for row in body) for j in texts)
    # The names of rows alone may have no name.
    missing = any(kind == MISSING for j, kind in kinds.items() if j)
    return None if repeated or faulty or missing else bool(texts)


def _is_monotone(cells: Sequence[str]) -> bool:
    """Return whether the cells are strictly increasing or decreasing whole numbers."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in cells):
        return False
    steps = [int(b) - int(a) for a, b in pairwise(cells)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _is_outside_range(cell: str, below: Sequence[str]) -> bool:
    """Return whether a whole number is larger than all fractions below it, or smaller than all."""
    numbers = [float(text.strip().replace(",", ".")) for text in below if _FRACTION.fullmatch(text.strip())]
    if len(numbers) < 2 or 10 * len(numbers) < 9 * len(below):
        return False
    return int(cell) > max(numbers) or int(cell) < min(numbers)


def _are_years(cells: Sequence[str], least: int) -> bool:
    return len(cells) >= least and all(map(_is_year, cells)) and _is_monotone(cells)


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isascii() and cell.isdigit() and 1500 <= int(cell) <= 2200
