"""The rows of a table with one label, such as one vowel."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..visible import one_line
from .chosen import ChosenRows
from .tables import StudioTable

__all__ = ["rows_with"]


def rows_with(rows: ChosenRows, value: str) -> StudioTable:
    """Return the table of the rows with a label.

    Parameters
    ----------
    rows : ChosenRows
        All rows, with labels.
    value : str
        The label.

    Raises
    ------
    InputError
        If there is no such label.
    """
    table, label = rows.table, rows.label
    names, codes = rows.labels
    if label is None or value not in names:
        raise InputError(f"No row has the label {one_line(value)!r}: choose one of the column of labels.")
    kept = codes == names.index(value)
    cell = table.cells(label)[np.flatnonzero(kept)[0]]
    condition = f"y == {float(cell)!r}" if isinstance(cell, float) else f"y.astype(str) == {str(cell)!r}"

    def code(columns: Sequence[int]) -> list[str]:
        return [*table.code(columns), table.label_code(label), f"kept = {condition}", "X = X[kept]"]

    return replace(
        table,
        name=f"{table.name}, {label} {value}",
        X=table.X[kept],
        code=code,
        label_code=lambda other: f"{table.label_code(other)}[kept]",
        load_text=lambda: {name: table.text(name)[kept] for name in table.text_names},
        whole=table,
        only=(label, value),
        # Its own: reading a column of the part reads that of the whole.
        _lock=threading.Lock(),
    )
