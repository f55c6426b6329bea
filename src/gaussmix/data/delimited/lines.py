"""Lines and rows of a text: numbered as an editor numbers them, without comments and blank lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

__all__ = ["NumberedRow", "is_blank", "is_comment", "rows_of", "without_comments"]

NumberedRow = tuple[int, list[str]]
"""The number of a row's last line, counted from 1, and its cells."""


def is_comment(line: str) -> bool:
    """Return whether a line is a comment: its first sign is #."""
    return line.lstrip(" \t").startswith("#")


def is_blank(row: list[str]) -> bool:
    """Return whether a row comes from a blank line."""
    return not row or (len(row) == 1 and not row[0].strip())


def without_comments(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that are not comments; a # within quotes is not one.

    Examples
    --------
    >>> list(without_comments([(1, "# a"), (2, '"b'), (3, '# c"')]))
    [(2, '"b'), (3, '# c"')]
    """
    within = False
    for number, line in lines:
        if not within and is_comment(line):
            continue
        within ^= line.count('"') % 2 == 1
        yield number, line


def rows_of(lines: Iterable[tuple[int, str]], separator: str) -> Iterator[NumberedRow]:
    """Yield the cells of each row, and the number of its last line; no comments and no blank lines.

    Parameters
    ----------
    lines : iterable of (int, str)
        Numbered lines.
    separator : str
        What stands between columns; a space is any run of spaces and tabs.

    Raises
    ------
    csv.Error
        If a cell is longer than 131,072 letters, as after a quote that is never closed.

    Examples
    --------
    >>> list(rows_of([(1, "a  b"), (2, ""), (3, "1 2")], " "))
    [(1, ['a', 'b']), (3, ['1', '2'])]
    """
    last = 0

    def given() -> Iterator[str]:
        nonlocal last
        for number, line in without_comments(lines):
            last = number
            yield " ".join(line.split()) if separator == " " else line

    for row in csv.reader(given(), delimiter=separator, skipinitialspace=True):
        if not is_blank(row):
            yield last, row
