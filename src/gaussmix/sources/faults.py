"""Bad rows: invalid values, with the place of the first and their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints
from ..names import column_in_words
from ..validation import LARGEST
from .layout import Layout
from .values import ValuesOfRows

__all__ = ["Faults", "allowed_components", "find_faults"]

_ADVICE = {
    "value": "values are finite and at most 1e+153 in size, or missing",
    "weight": "weights are counts, finite and ≥ 0",
    "error": "give a finite standard error ≥ 0 for each value",
    "label": "labels are numbers of components from 0, and −1 or missing for unknown",
}
_SKIP = "correct the row, or skip such rows with on_bad_rows='skip'"


@dataclass(eq=False)
class Faults:
    """The bad rows of some rows.

    Parameters
    ----------
    rows : (m,) array of int
        Their positions, ascending.
    counts : Counter
        Their number by fault; a row with several faults counts at the first.
    first : tuple of int, str, str and float, or None
        Row, fault, column and value of the first.
    """

    rows: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    counts: Counter[str] = field(default_factory=Counter)
    first: tuple[int, str, str, float] | None = None

    def add(self, what: str, column: str, values: NDArray[np.floating], bad: NDArray[np.bool_]) -> None:
        """Add the faulty rows of a column.

        Parameters
        ----------
        what : str
            "value", "weight", "error" or "label".
        values : (n,) array
        bad : (n,) array of bool
        """
        found = np.flatnonzero(bad)
        if not len(found):
            return
        row = int(found[0])
        if self.first is None or row < self.first[0]:
            self.first = row, what, column, float(values[row])
        new = np.setdiff1d(found, self.rows, assume_unique=True)
        self.counts[f"a bad {what} in {column_in_words(column)}"] += len(new)
        self.rows = np.union1d(self.rows, new)

    def message(self, place: Callable[[int], str]) -> str:
        """Return the sentence about the first bad row.

        Parameters
        ----------
        place : callable
            Names the place of a row.
        """
        assert self.first is not None
        row, what, column, value = self.first
        shown = "missing" if np.isnan(value) else f"{value:g}"
        more = f" ({len(self.rows):,} bad rows in this part)" if len(self.rows) > 1 else ""
        return (
            f"{place(row)}, {column_in_words(column)}: the {what} is {shown}{more}: {_ADVICE[what]}; {_SKIP}."
        )


def find_faults(values: ValuesOfRows, layout: Layout) -> Faults:
    """Return the bad rows of some rows.

    Parameters
    ----------
    layout : Layout
        Names the columns.
    """
    X, weights, errors, labels = values.X, values.weights, values.errors, values.labels
    faults = Faults()
    # One pass without a copy decides for clean rows; a NaN makes both comparisons false.
    if X.size and not (float(X.max()) <= LARGEST and float(X.min()) >= -LARGEST):
        for j, name in enumerate(layout.data):
            column = X[:, j]
            with np.errstate(invalid="ignore"):
                faults.add("value", name, column, np.abs(column) > np.float64(LARGEST))
    if weights is not None:
        faults.add("weight", str(layout.weights), weights, ~((weights >= 0) & (weights <= 1e100)))
    for j, error in enumerate(layout.errors if errors is not None else ()):
        if error is not None and errors is not None:
            column = errors[:, j]
            faults.add("error", error, column, ~((column >= 0) & (column <= LARGEST)) & ~np.isnan(X[:, j]))
    if labels is not None and not layout.named:
        K = np.inf if layout.components is None else layout.components[0]
        whole = (labels >= -1) & (labels < K) & (labels == np.floor(labels))
        faults.add("label", str(layout.labels), labels, ~(whole | np.isnan(labels)))
    return faults


def allowed_components(labels: Floats, n_components: int, columns: int) -> NDArray[np.bool_]:
    """Return the components allowed by labels (n,): the one of its number, or all where it is −1 or NaN.

    Parameters
    ----------
    labels : (n,) array
    columns : int
        K, or K + 1 with a uniform component.

    Examples
    --------
    >>> allowed_components(np.array([1.0, -1.0]), 2, 2)
    array([[False,  True],
           [ True,  True]])
    """
    known = labels[:, None] == np.arange(columns)
    return np.asarray(np.where((labels >= 0)[:, None], known, True))
