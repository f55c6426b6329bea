"""Tables in Excel's and LibreOffice's workbooks, through python-calamine."""

from __future__ import annotations

import datetime
from typing import Any

from gaussmix.data.content import Content
from gaussmix.data.delimited import read_rows
from gaussmix.data.delimited.lines import NumberedRow
from gaussmix.data.numeric import Choice, NumericTable
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError, MissingDependencyError

__all__ = ["read_sheet"]


def read_sheet(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read numbers from the first non-empty sheet of a workbook.

    Raises
    ------
    MissingDependencyError
        If python-calamine is not installed.
    FileFormatError
        If the file is no workbook, or no sheet holds anything.
    """
    path = content.path
    options.refuse(["separator", "encoding"], f"{path} is a workbook")
    try:
        import python_calamine as calamine
    except ImportError:
        raise MissingDependencyError(
            f'{path}: workbooks need python-calamine: pip install "gaussmix[data]"'
        ) from None
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            names, visible = workbook.sheet_names, calamine.SheetVisibleEnum.Visible
            sheets = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == visible] or names
            for name in sheets:
                table = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                rows = _numbered(table)
                if rows:
                    guesses = [f"its sheet {name!r}, one of {len(names)}"] if len(names) > 1 else []
                    return read_rows(rows, choice, options, path, "row", guesses)
    except (calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"{path} is not a valid workbook: {str(error).splitlines()[0]}") from None
    raise FileFormatError(f"{path} is empty")


def _numbered(table: list[list[Any]]) -> list[NumberedRow]:
    """Return the non-empty rows as text, from the first non-empty column on."""
    rows = [(number, list(map(_text, row))) for number, row in enumerate(table, 1)]
    rows = [(number, row) for number, row in rows if any(row)]
    filled = [
        j for j in range(max((len(row) for _, row in rows), default=0)) if any(row[j] for _, row in rows)
    ]
    if not filled:
        return []
    first, last = filled[0], filled[-1] + 1
    return [(number, row[first:last]) for number, row in rows]


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        # A workbook holds every number as a float; a year in a heading is to be read as 2001.
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell).strip()
