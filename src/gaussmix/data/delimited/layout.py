"""The layout of a text table, given or detected from its first lines, with remarks on unusual guesses."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from gaussmix.data.delimited.cells import MISSING, NUMBER, TEXT
from gaussmix.data.delimited.columns import Column, Seen, columns_of, decimal_of, is_with_unit
from gaussmix.data.delimited.commas import comma_reading
from gaussmix.data.delimited.head import Head, head_of, kind_of, width_of
from gaussmix.data.delimited.lines import NumberedRow, is_comment, rows_of
from gaussmix.data.numeric import distinct
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError
from gaussmix.names import names_in_words

__all__ = ["Layout", "layout_of_lines", "layout_of_rows", "lines_in_words"]

_SEPARATORS = ("\t", ";", "|", ",", " ")
_SHOWN = {"\t": "tabs", " ": "spaces", ";": "';'", "|": "'|'", ",": "','"}
_GROUPED = {",": "commas", ".": "points", "'": "apostrophes", " ": "spaces"}
_SCORED_ROWS, _SCORED_CELLS, _SEEN_CELLS = 100, 50_000, 400_000


@dataclass(frozen=True)
class Layout:
    """The layout of a table of cells.

    Parameters
    ----------
    separator : str
        The character between columns; a space is any run of spaces and tabs.
    lines : int
        The number of lines before the first row of data.
    row_names : bool
        Whether the first column holds the names of the rows: it alone has no name.
    guesses : tuple of str
        Remarks on unusual properties detected in the file.
    unnamed : int
        The line of the first row if no row of names was found, else 0.
    """

    separator: str
    lines: int
    columns: tuple[Column, ...]
    row_names: bool = False
    guesses: tuple[str, ...] = ()
    unnamed: int = 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def numeric(self) -> list[bool]:
        """Whether each column is read by default."""
        return [
            column.kind == NUMBER and not (self.row_names and j == 0) for j, column in enumerate(self.columns)
        ]


def layout_of_lines(
    lines: Sequence[str], options: ReadOptions, usual: str = ",", what: str = "the table"
) -> Layout | None:
    """Return the layout of a text from its first lines; None if they hold no row.

    Parameters
    ----------
    usual : str
        The separators that fit the suffix of the file and need no remark.
    what : str
        The name of the table in messages.

    Raises
    ------
    FileFormatError
        If commas may be decimal commas as well as separators.

    Examples
    --------
    >>> layout = layout_of_lines(["name;price", "a;1,50", "b;2,25"], ReadOptions())
    >>> layout.separator, layout.names, layout.guesses
    (';', ('name', 'price'), ("columns separated by ';' (--separator)", 'decimal commas (--decimal)'))
    """
    numbered = list(enumerate(lines, 1))[options.skip :]
    declared = _declared_separator(numbered)
    begin = options.skip + (declared is not None)
    numbered = numbered[begin - options.skip :]
    separator = options.separator or declared or _separator(numbered, options)
    rows = _first_rows(rows_of(numbered, separator))
    if not rows:
        return None
    unsaid = options.separator is options.thousands is declared is None and options.decimal != "."
    commas = _commas(rows, numbered, options, what) if separator == "," and unsaid else "separator"
    if commas == "decimal":
        separator = ";"
        rows = _first_rows(rows_of(numbered, separator))
    comments = [line for number, line in numbered if number < rows[0][0] and is_comment(line)]
    width, head = width_of(rows), head_of(rows, width_of(rows), options.header)
    if head.names is None and options.header is None and comments:
        head = _with_names(head, _names_in_comment(comments[-1], separator, width))
    guesses = []
    if options.separator is None and separator not in usual and width > 1:
        how = "as its first line says" if declared else "--separator"
        guesses.append(f"columns separated by {_SHOWN.get(separator, repr(separator))} ({how})")
    if commas == "row names":
        guesses.append("commas between columns (--decimal , if they are decimal commas)")
    before = rows[head.n_rows - 1][0] if head.n_rows else begin
    return _layout(rows, head, before, options, separator, guesses, what)


def _commas(
    rows: Sequence[NumberedRow], lines: Sequence[tuple[int, str]], options: ReadOptions, what: str
) -> str:
    return comma_reading(rows, lines, head_of(rows, width_of(rows), options.header), what)


def layout_of_rows(rows: Sequence[NumberedRow], options: ReadOptions, what: str) -> Layout | None:
    """Return the layout of rows of cells, as in a workbook."""
    rows = [row for row in rows if row[0] > options.skip] if options.skip else rows
    if not rows:
        return None
    head = head_of(rows, width_of(rows), options.header)
    before = rows[head.n_rows - 1][0] if head.n_rows else options.skip
    return _layout(rows, head, before, options, "\t", [], what)


def _layout(
    rows: Sequence[NumberedRow],
    head: Head,
    before: int,
    options: ReadOptions,
    separator: str,
    guesses: list[str],
    what: str,
) -> Layout:
    width = width_of(rows)
    body = [row for _, row in rows[head.n_rows :] if len(row) == width]
    seen = [Seen.of([row[j] for row in body]) for j in range(width)]
    names, row_names = _names(head.names, seen, width)
    if row_names and seen[0].kind == NUMBER and len(head.names or []) < width:
        _check_row_names([row[0].strip() for row in body], width, what)
        guesses.append("its first column as names of rows (there is one name less than columns)")
    numbers = seen[1:] if row_names else seen
    decimal = decimal_of(numbers, options)
    columns = columns_of(names, seen, decimal, options, commas_separate=separator == ",")
    guesses += _number_guesses(columns, decimal, options)
    guesses += _head_guesses(head, names, options)
    first = rows[head.n_rows : head.n_rows + 1] if head.names is None and options.header is None else []
    unnamed = first[0][0] if first else 0
    return Layout(separator, before, tuple(columns), row_names, tuple(guesses), unnamed)


def _names(given: list[str] | None, seen: Sequence[Seen], width: int) -> tuple[list[str], bool]:
    """Return a name for each column, and whether the first column holds the names of the rows."""
    cells = [cell.strip() for cell in given or []]
    row_names = False
    if cells and len(cells) == width - 1:
        # A separator at the end of each row, or row names without a heading, as R writes them.
        trailing = seen[-1].kind == MISSING
        cells = [*cells, ""] if trailing else ["", *cells]
        row_names = not trailing
    elif len(cells) == width > 1:
        row_names = not cells[0] and all(cells[1:])
    cells += [""] * (width - len(cells))
    return distinct([name or f"x{j}" for j, name in enumerate(cells[:width])]), row_names


def _check_row_names(cells: Sequence[str], width: int, what: str) -> None:
    """Raise FileFormatError if numbers are not those of rows: whole, and all different."""
    if not all(cell.isdigit() for cell in cells) or len(set(cells)) < len(cells):
        counted = "1 name" if width == 2 else f"{width - 1} names"
        raise FileFormatError(
            f"{what} has {counted} for {width} columns of numbers: name each column, or leave the row of names "
            "out with --no-header --skip 1"
        )


def _number_guesses(columns: Sequence[Column], decimal: str | None, options: ReadOptions) -> Iterator[str]:
    if options.decimal is None and decimal == "," and options.thousands is None:
        yield "decimal commas (--decimal)"
    if options.thousands is None:
        marks = {c.notation.thousands for c in columns if c.kind == NUMBER} - {""}
        for mark in sorted(marks):
            yield f"{_GROUPED[mark]} that group thousands (--thousands)"
    shares = [column for column in columns if column.kind == NUMBER and column.notation.suffix in ("%", "‰")]
    if shares:
        sign = shares[0].notation.suffix
        yield f"79{sign} as the number 79 in {names_in_words((c.name for c in shares), 4)}"
    amounts = [
        c for c in columns if c.kind == NUMBER and (c.notation.prefix or c.notation.suffix not in "%‰")
    ]
    if amounts:
        yield f"amounts without their currency in {names_in_words((c.name for c in amounts), 4)}"


def _head_guesses(head: Head, names: Sequence[str], options: ReadOptions) -> Iterator[str]:
    if head.odd_names:
        yield f"the {head.odd_names} in the first row as names (--no-header)"
    if head.names is None and options.header is None:
        yield "no row of names (--header)"
    below = "units" if len(head.units) == 1 else "below the names"
    for lines, what in ((head.titles, "above the table, --skip"), (head.units, below)):
        if lines:
            yield f"{lines_in_words(lines)} left out ({what})"
    times = Counter(cell.strip() for cell in head.names or [] if cell.strip())
    twice = {f"{name}_" for name, count in times.items() if count > 1}
    called = [name for name in names if name not in times and name.rstrip("0123456789") in twice]
    if called:
        yield f"columns of one name numbered ({', '.join(called[:4])}{', …' if len(called) > 4 else ''})"


def lines_in_words(lines: Sequence[int]) -> str:
    """Return the first and the last of some lines in words."""
    return f"line {lines[0]}" if len(lines) == 1 else f"lines {lines[0]} to {lines[-1]}"


def _first_rows(
    rows: Iterator[NumberedRow], cells: int = _SEEN_CELLS, most: int | None = None
) -> list[NumberedRow]:
    """Return the first rows, until they have so many cells; at least five rows."""
    found: list[NumberedRow] = []
    for number, row in islice(rows, most):
        found.append((number, row))
        cells -= len(row)
        if cells < 0 and len(found) > 5:
            break
    return found


def _declared_separator(lines: Sequence[tuple[int, str]]) -> str | None:
    """Return the separator in a line such as ``sep=;``, as Excel writes and reads it."""
    found = re.fullmatch(r'"?sep=(.)"?', lines[0][1].strip("\r\n"), re.IGNORECASE) if lines else None
    return found[1] if found else None


def _separator(lines: Sequence[tuple[int, str]], options: ReadOptions) -> str:
    return max(_SEPARATORS, key=lambda separator: _score(lines, separator, options))


def _score(lines: Sequence[tuple[int, str]], separator: str, options: ReadOptions) -> tuple[float, ...]:
    """Return a score for a separator: several columns, numbers in rows of one width, a name for each column."""
    worst = (-1.0,)
    try:
        rows = _first_rows(rows_of(lines, separator), _SCORED_CELLS, _SCORED_ROWS)
    except csv.Error:
        return worst
    if not rows:
        return worst
    body = [row for _, row in (rows[1:] or rows)]
    width = width_of(rows)
    fitting = [row for row in body if len(row) == width]
    first = rows[0][1]
    names = len(first) > 1 and all(kind_of(cell) == TEXT for cell in first)
    # Names with another separator within are parts of a row, as of "name,start date" at its space.
    named = (
        names and len(first) == width and not any(mark in cell for cell in first for mark in _SEPARATORS[:4])
    )
    within = separator in (options.decimal, options.thousands) and not names
    if within and not any(separator in cell for row in fitting for cell in row):
        return worst
    cells = [cell for row in fitting for cell in row[:400]]
    kinds = [NUMBER if is_with_unit(cell.strip()) else kind_of(cell) for cell in cells]
    numbers, texts = kinds.count(NUMBER), kinds.count(TEXT)
    share, regular = numbers / max(1, numbers + texts), len(fitting) / len(body)
    agrees = len(first) in (width, width - 1)
    return (float(width > 1), float(named), round(share * regular, 6), float(agrees), regular)


def _with_names(head: Head, names: list[str] | None) -> Head:
    return head if names is None else Head(names, head.n_rows, head.titles, head.units)


def _names_in_comment(comment: str, separator: str, width: int) -> list[str] | None:
    """The names in the last comment before the data, as numpy.savetxt writes them."""
    text = comment.strip().lstrip("#")
    line = " ".join(text.split()) if separator == " " else text
    row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    fits = len(row) == width and all(kind_of(name) == TEXT for name in row)
    return row if fits else None
