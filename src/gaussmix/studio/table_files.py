"""Tables read from files, and the code that reads them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from ..data.content import Content
from ..data.numeric import Choice, NumericTable
from ..data.options import ReadOptions
from ..data.suspects import suspects
from ..data.tables import load_table
from ..errors import GaussmixError, InputError
from ..names import column_in_words
from .control import Tell, untold
from .tables import Cells, StudioTable

__all__ = ["read"]

_PIECE = 1 << 20


class _Told(io.RawIOBase):
    """A binary file with a callback for the number of bytes read, which may raise to end the reading."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        self._file, self._tell, self._done = file, tell, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._tell(self._done)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._done += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _told(path: Path, tell: Tell) -> Iterator[Content]:
    """Provide the content of a file, with a callback for the progress of reading, which may raise to end it."""
    content, told = Content.of(path), [tell]
    # The size of what is compressed is not known.
    total = path.stat().st_size if content.name == path.name.lower() else 0

    def opened() -> BinaryIO:
        raw = _Told(content.opener(), lambda done: told[0](min(done, total), total))
        return io.BufferedReader(raw, _PIECE)

    try:
        yield replace(content, opener=opened)
    finally:
        told[0] = untold


def read(path: Path, name: str, written: str | None = None, tell: Tell = untold) -> StudioTable:
    """Return the table in a file.

    Parameters
    ----------
    path : pathlib.Path
        Where the server keeps it.
    name : str
        For people.
    written : str, optional
        The path in the code that the page writes; the name unless given.
    tell : callable
        Is told the number of bytes read, and of all; it may end the reading.

    Raises
    ------
    GaussmixError
        If it cannot be read; the message has the name in the place of the path.
    """
    try:
        with _told(path, tell) as content:
            table = load_table(content, Choice(), ReadOptions())
    except GaussmixError as error:
        raise InputError(_on_a_page(_named(str(error), path, name))) from None
    opened = f"gaussmix.read_table({written or name!r}"

    def code(columns: Sequence[int]) -> list[str]:
        chosen = [table.names[c] for c in columns]
        return ["import gaussmix", "", f"table = {opened}, columns={chosen!r})", "X = table.X"]

    empty = [
        f"The {column_in_words(column)} has no values."
        for column, why in table.skipped.items()
        if why == "no values"
    ]
    said = (table.notice, *table.remarks, *empty, *suspects(table.X, table.names))
    return StudioTable(
        name,
        "file",
        table.X,
        table.names,
        code,
        lambda label: f"y = table.all_columns()[{_in_file(table)[label]!r}]",
        tuple(table.skipped),
        lambda: _text_of(table),
        tuple(_on_a_page(_named(sentence, path, name)) for sentence in said if sentence),
    )


def _in_file(table: NumericTable) -> dict[str, str]:
    """Return the name in the file of each column of a table: R leaves that of row names empty."""
    return {own or f"x{place}": own for place, own in enumerate(table.all_columns())}


def _text_of(table: NumericTable) -> dict[str, Cells]:
    """Return the columns of text of a table by name."""
    cells = table.all_columns()
    return {name: cells[own] for name, own in _in_file(table).items() if name in table.skipped}


_OPTIONS = (
    (r" \((?:give )?--[^)]*\)", ""),
    (r"leave (it|them) out with --drop.*$", r"leave \1 out of the fit."),
    (
        r"(?:; if [^;:,]*)?[;:,] (?:give|correct the (?:cell|value)|name the sign|rename one|or leave the row)"
        r"[^;:]* --.*$",
        ": change the file, and send it again.",
    ),
    (r", --skip\)", ")"),
    (r"^column", "Column"),
)


def _on_a_page(sentence: str) -> str:
    """Remove options of the command line from a message about a table.

    Examples
    --------
    >>> _on_a_page("a.csv is read with decimal commas (--decimal)")
    'a.csv is read with decimal commas'
    >>> _on_a_page(
    ...     "a.csv, line 3: 'x' is not a number; correct the cell, or choose columns with --columns or --drop"
    ... )
    "a.csv, line 3: 'x' is not a number: change the file, and send it again."
    """
    for pattern, words in _OPTIONS:
        sentence = re.sub(pattern, words, sentence)
    return sentence


def _named(text: str, path: Path, name: str) -> str:
    """Return a message with the name of a file that its owner knows."""
    return text.replace(repr(str(path)), repr(name)).replace(str(path), name).replace(path.name, name)
