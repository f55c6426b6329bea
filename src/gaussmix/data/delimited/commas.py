"""Files with commas that may be decimal commas or separators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from gaussmix.data.delimited.cells import affixes, readings
from gaussmix.data.delimited.head import Head
from gaussmix.data.delimited.lines import NumberedRow, is_comment
from gaussmix.errors import FileFormatError

__all__ = ["comma_reading"]

_WHOLE = re.compile(r"\s*[+\-\u2212]?[0-9]+\s*")
_BEHIND = re.compile(r"[0-9]+\s*")
_MANY = 5


def comma_reading(
    rows: Sequence[NumberedRow], lines: Sequence[tuple[int, str]], head: Head, what: str
) -> str:
    r"""Return whether the commas of a text separate columns or are decimal commas of a single column.

    They are in doubt if each row as a whole is a number and there is one name. Then they are decimal commas if a row
    has none or two, if the first column (as names of rows) has duplicates, or if a cell of the second begins with 0;
    they separate if the first column counts the rows or is quoted.

    Parameters
    ----------
    rows : sequence of (int, list of str)
        The first rows, split at commas.
    lines : sequence of (int, str)
        The lines of these rows.
    head : Head
        The rows before the data.
    what : str
        The name of the table in messages.

    Returns
    -------
    str
        "separator", "decimal", or "row names": separators before which names of rows are assumed.

    Raises
    ------
    FileFormatError
        If there is no evidence for either.

    Examples
    --------
    >>> rows = [(1, ["x"]), (2, ["1", "5"]), (3, ["2"])]
    >>> comma_reading(rows, [(1, "x"), (2, "1,5"), (3, "2")], Head(["x"], 1), "data.csv")
    'decimal'
    """
    body = [row for _, row in rows[head.n_rows :]]
    names = len(rows[head.n_rows - 1][1]) if head.n_rows else 0
    if names == 1 and max(map(len, body), default=1) > 1:
        first = rows[head.n_rows][0]
        texts = [line for number, line in lines if number >= first and line.strip() and not is_comment(line)]
        return _of_one_name(body, [text.strip() for text in texts], what)
    if not body or not all(_in_pairs(row) for row in body):
        return "separator"
    if names > 1 and all(len(row) == 2 * names for row in body):
        raise FileFormatError(
            f"{what} has {names} names and {2 * names} cells in a row: its commas are both decimal commas and "
            "separators: write it with ; between columns, or with decimal points"
        )
    behind = [cell for row in body for cell in row[1::2]]
    if names == 0 and len(body[0]) % 2 == 0 and any(map(_begins_with_0, behind)):
        row = ",".join(cell.strip() for cell in body[0])
        raise FileFormatError(
            f"{what} may have decimal commas or commas between columns (as in {row!r}): give --decimal , or "
            "--separator ,"
        )
    return "separator"


def _in_pairs(row: Sequence[str]) -> bool:
    """Return whether each second cell may be the digits behind a decimal comma."""
    return all((_BEHIND if j % 2 else _WHOLE).fullmatch(cell) for j, cell in enumerate(row))


def _begins_with_0(cell: str) -> bool:
    return cell[:1] == "0" < cell[1:]


def _of_one_name(body: Sequence[Sequence[str]], texts: Sequence[str], what: str) -> str:
    if any(text.startswith('"') for text in texts) or not all(map(_is_number, texts)):
        return "separator"
    first = [row[0].replace("\u2212", "-") for row in body]
    if any(len(row) != 2 or not _WHOLE.fullmatch(row[0]) for row in body) or len(set(first)) < len(first):
        return "decimal"
    if any(_begins_with_0(row[1]) for row in body) and all(map(_in_pairs, body)):
        return "decimal"
    short = max(map(len, first)) < 19
    if short and len(first) >= _MANY and {int(b) - int(a) for a, b in pairwise(first)} == {1}:
        return "row names"
    grouped = not all(map(_in_pairs, body))
    number = "grouped thousands (give --thousands ,)" if grouped else "a decimal comma (give --decimal ,)"
    shown = texts[0] if len(texts[0]) <= 40 else texts[0][:37] + "…"
    raise FileFormatError(
        f"{what} has one name and two cells in a row: {shown!r} may be a number with {number} or the name of a row "
        "and a number (give --separator ,)"
    )


def _is_number(text: str) -> bool:
    found = affixes(text)
    return found is not None and bool(readings(found[1]))
