"""Cells of text that neither a spreadsheet nor a terminal executes."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gaussmix.visible import visible

__all__ = ["free_name", "harmless", "harmless_cell"]

# What makes a spreadsheet take a cell for a formula, also behind spaces and in the wide letters of East Asia.
_FORMULA = re.compile(r"[\t\r]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]\s*\S")

# Digits with separators, which no spreadsheet executes.
_NUMBER = re.compile(
    r"\s*[+-]?[$€£¥]?(?:[\d.,'\s]*\d[\d.,'\s]*(?:[eE][+-]?\d+)?\s*%?|inf(?:inity)?|nan)\s*", re.IGNORECASE
)


@lru_cache(maxsize=1 << 14)
def harmless_cell(text: str) -> str:
    r"""Return a cell that is neither a formula in a spreadsheet nor a command to a terminal.

    A formula gets an apostrophe in front, with which spreadsheets mark text; a number is none. Control characters are
    written out.

    Examples
    --------
    >>> [harmless_cell(text) for text in ("=1+1", "-2.5", "-x", "a\x1b[2Jb")]
    ["'=1+1", '-2.5', "'-x", 'a\\x1b[2Jb']
    """
    formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return ("'" if formula else "") + _shown(text)


def harmless(columns: Mapping[str, Any], *, formulas: bool = False) -> dict[str, Any]:
    """Return the columns of a table with harmless names and cells of text; numbers stay as they are.

    Parameters
    ----------
    columns : mapping from str to array
    formulas : bool
        Whether text may look like a formula.
    """
    cell = _shown if formulas else harmless_cell
    shown: dict[str, Any] = {}
    for name, column in columns.items():
        shown[free_name(cell(name), shown)] = _harmless_column(column, cell)
    return shown


def _shown(text: str) -> str:
    return visible(text, keep="\t\n")


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken, by appending underscores."""
    while name in taken:
        name += "_"
    return name


def _harmless_column(column: Any, cell: Callable[[str], str]) -> Any:
    if column.dtype.kind not in "UO":
        return column
    return np.array([cell(text) if isinstance(text, str) else text for text in column.tolist()], dtype=object)
