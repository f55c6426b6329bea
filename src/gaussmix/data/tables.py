"""Files of numbers: read by their suffix into one float64 table."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from gaussmix.data.arrow import read_feather, read_parquet
from gaussmix.data.binary import read_npy, read_npz
from gaussmix.data.content import Content
from gaussmix.data.delimited import read_text
from gaussmix.data.json_lines import read_json_lines
from gaussmix.data.numeric import Choice, Columns, NumericTable
from gaussmix.data.options import ReadOptions
from gaussmix.data.sheets import read_sheet
from gaussmix.data.suspects import suspects
from gaussmix.data.writing import check_writable, suffix_of, write_parts, write_table
from gaussmix.errors import DataWarning, InputError
from gaussmix.files import PathLike

__all__ = ["NumericTable", "check_writable", "load_table", "read_table", "write_parts", "write_table"]

_Reader: TypeAlias = Callable[[Content, Choice, ReadOptions], NumericTable]

_TEXT = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".data")
_LINES = (".jsonl", ".ndjson")
_WHOLE: dict[str, _Reader] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".feather": read_feather,
    ".arrow": read_feather,
    ".xlsx": read_sheet,
    ".xlsm": read_sheet,
    ".xls": read_sheet,
    ".ods": read_sheet,
}
_STREAMED: dict[str, _Reader] = {
    **dict.fromkeys(_TEXT, read_text),
    **dict.fromkeys(_LINES, read_json_lines),
}


def read_table(
    path: PathLike,
    columns: Columns = None,
    *,
    drop: Columns = None,
    separator: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    skip: int = 0,
) -> NumericTable:
    r"""Read the numbers in a file.

    Text (.csv, .tsv, .txt, .tab, .psv, .dat, .data) and JSON lines (.jsonl, .ndjson), each also compressed (.gz, .xz,
    .bz2, or .zip of one file), NumPy's .npy (mapped, not read, if it is float64) and .npz with one array, .parquet,
    .feather and .arrow, and the first sheet of a workbook (.xlsx, .xlsm, .xls, .ods). ``"-"`` is text on the standard
    input. The format of a text is detected from its first lines unless given; ``notice`` reports the result.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its suffix gives its format.
    columns : str, sequence of str or int, or None, default=None
        The columns to read, by name or by position counted from 0: ``["F1", "F2"]``, ``"F1,F2"``, ``"0,2"``.
        With None all columns of numbers are read, and columns without any are left out.
    drop : str, sequence of str or int, or None, default=None
        The columns to leave out.
    separator : str or None, default=None
        The character between the columns of a text; ``"tab"`` is a tab, ``" "`` any run of spaces and tabs.
    decimal : {".", ","} or None, default=None
        The decimal sign.
    thousands : {",", ".", "'", " ", ""} or None, default=None
        The character that groups thousands; ``""`` for none.
    header : bool or None, default=None
        Whether the first row holds the names of the columns.
    encoding : str or None, default=None
        The encoding of a text, such as ``"cp1252"``.
    skip : int, default=0
        Number of lines to leave out at the beginning.

    Returns
    -------
    NumericTable
        ``X`` (n, D) float64, with NaN for missing values, ``names`` (D), ``missing``, ``skipped``: the columns left
        out, and why; ``notice``.

    Raises
    ------
    MissingFileError, FileAccessError
        If there is no such file, or access is denied.
    FileFormatError
        If a cell of a chosen column is no number or is infinite (the message names line, column and value), the file
        is not what its suffix says, or it can be read in two ways.
    InputError
        If the suffix is not known, a column is not there, or an option is not one of the above.
    MissingDependencyError
        If a package is needed that is not installed: pyarrow for Parquet and Feather, python-calamine for workbooks.

    Warns
    -----
    DataWarning
        If a column is left out although it looks like numbers; with neither `columns` nor `drop`, also if a column
        numbers the rows or may hold classes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vowels.csv"
    >>> _ = path.write_text("vowel,F1,F2\niy,270,2290\nuw,300,870\n")
    >>> table = read_table(path)
    >>> table.names, table.X.tolist(), table.skipped
    (('F1', 'F2'), [[270.0, 2290.0], [300.0, 870.0]], {'vowel': 'text'})
    >>> _ = path.write_text("height;price\n1,80;1.234,50\n1,75;980,00\n", encoding="utf-8")
    >>> print(read_table(path))
    NumericTable of 2 rows and 2 columns: height, price
      vowels.csv is read with columns separated by ';' (separator=), decimal commas (decimal=), points that group
      thousands (thousands=)
    """
    options = ReadOptions(separator, decimal, thousands, header, encoding, skip)
    try:
        table = load_table(Content.of(path), Choice(columns, drop), options)
    except InputError as error:
        raise type(error)(_as_arguments(str(error))) from None
    remarks = tuple(_as_arguments(remark) for remark in table.remarks)
    table = replace(table, notice=_as_arguments(table.notice), remarks=remarks)
    asked = columns is not None or drop is not None
    for sentence in (*table.remarks, *([] if asked else suspects(table.X, table.names))):
        warnings.warn(_as_arguments(sentence), DataWarning, stacklevel=2)
    return table


def _as_arguments(message: str) -> str:
    """Return a message with arguments of `read_table` in place of options of the command line.

    Examples
    --------
    >>> _as_arguments("choose columns with --columns, or leave it out with --drop age")
    "choose columns with columns=, or leave it out with drop='age'"
    """
    message = re.sub(r"--skip (\d+)", r"skip=\1", message)
    message = message.replace("--no-header", "header=False").replace("give --header", "give header=True")
    return _OPTION.sub(r"\1=", _VALUED.sub(r"\1='\2'", message))


_VALUED = re.compile(
    r"--(drop|encoding|separator|decimal|thousands) (?!or\b)'?([^']+(?=')|[^\s;:)']+?(?=,? |[;:)]|$))'?"
)
_OPTION = re.compile(r"--(columns|drop|separator|decimal|thousands|encoding|header|skip)\b")


def load_table(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read the numbers in a content, without a warning; see `read_table`."""
    compressed = content.name != content.path.name.lower()
    known = _STREAMED if compressed else {**_STREAMED, **_WHOLE}
    suffix = suffix_of(content.name, content.path, known)
    return known[suffix](content, choice, options)
