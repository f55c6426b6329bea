"""The columns of a table that are fitted, and the rows of them that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._types import Floats, Ints
from ..containers import LabelledArray
from ..errors import InputError
from ..names import column_in_words
from . import bodies, pictures
from .tables import StudioTable

__all__ = ["ChosenRows"]

_MOST_LABELS = 100


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Rows to fit: some columns of a table, standardised or not, and the labels in another column.

    Parameters
    ----------
    table : StudioTable
        The table.
    positions : tuple of int
        The columns.
    X : (n, D) array
        The rows to fit.
    standardise : bool
        Whether they are (x − mean) / standard deviation.
    label : str or None
        The column of labels.
    """

    table: StudioTable
    positions: tuple[int, ...]
    X: Floats
    standardise: bool = False
    label: str | None = None

    @classmethod
    def of(cls, table: StudioTable, asked: bodies.Columns) -> ChosenRows:
        """Return the choice of a page.

        Raises
        ------
        InputError
            If a column is not there, is chosen twice, or is constant and is to be standardised.
        """
        positions = tuple(table.position(name) for name in asked.columns)
        if len(set(positions)) < len(positions):
            raise InputError("A column is chosen twice: choose each once.")
        if asked.label is not None and asked.label not in (*table.text_names, *table.names):
            raise InputError(f"The table has no {column_in_words(asked.label)} for labels: choose another.")
        whole = positions == tuple(range(table.X.shape[1]))
        X = table.X if whole else np.ascontiguousarray(table.X[:, positions])
        if asked.standardise:
            X = _standardised(X, asked.columns)
        chosen = cls(table, positions, X, asked.standardise, asked.label)
        _ = chosen.labels
        return chosen

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.table.names[p] for p in self.positions)

    @cached_property
    def rows(self) -> LabelledArray:
        """The rows with the names of their columns, as a fit takes them."""
        return LabelledArray(self.X, self.names)

    @cached_property
    def drawn(self) -> Ints:
        """The numbers of the rows that the page draws as points: all, or a sample."""
        n = len(self.X)
        if n <= bodies.MOST_DRAWN:
            return np.arange(n)
        return np.sort(np.random.default_rng(0).choice(n, bodies.MOST_DRAWN, replace=False))

    @cached_property
    def drawn_X(self) -> Floats:
        """The rows that are drawn."""
        return np.asarray(self.X[self.drawn])

    @cached_property
    def limits(self) -> Floats:
        """The least and the largest value of each column (D, 2)."""
        with np.errstate(all="ignore"):
            least, most = np.fmin.reduce(self.X, axis=0), np.fmax.reduce(self.X, axis=0)
        limits: Floats = np.nan_to_num(np.column_stack([least, most]))
        return limits

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], Ints]:
        """The different labels in order, and the position of that of each row; −1 for an empty cell."""
        if self.label is None:
            return (), np.empty(0, dtype=np.intp)
        cells = self.table.cells(self.label)
        if cells.dtype.kind == "f":
            texts = np.array(["" if np.isnan(v) else f"{v:g}" for v in cells.tolist()], dtype=object)
        else:
            texts = cells.astype(str).astype(object)
        names, codes = np.unique(texts, return_inverse=True)
        if len(names) > _MOST_LABELS:
            raise InputError(
                f"The {column_in_words(self.label)} has {len(names):,} different values: choose a column of labels "
                f"with {_MOST_LABELS} at most."
            )
        if len(names) and names[0] == "":
            return tuple(names[1:]), codes - 1
        return tuple(names), codes

    def places(self, columns: Sequence[str]) -> list[int]:
        """Return the positions of some of the columns among those that are fitted.

        Raises
        ------
        InputError
            If one is not among them.
        """
        missing = [name for name in columns if name not in self.names]
        if missing:
            raise InputError(f"{missing[0]!r} is not among the columns of the fit: choose one of them.")
        return [self.names.index(name) for name in columns]

    def in_words(self) -> bodies.Chosen:
        """Return the choice as a message for the page."""
        return bodies.Chosen(
            list(self.names), self.standardise, self.label, list(self.labels[0]), len(self.drawn)
        )

    def points(self, columns: Sequence[str]) -> pictures.Points:
        """Return the rows that are drawn, in some columns."""
        places = self.places(columns)
        values = self.drawn_X[:, places].T
        return pictures.Points(
            names=list(columns),
            columns=[[v if np.isfinite(v) else None for v in column] for column in values.tolist()],
            rows=self.drawn.tolist(),
            labels=None if self.label is None else self.labels[1][self.drawn].tolist(),
            limits=[(float(low), float(high)) for low, high in self.limits[places]],
        )


def _standardised(X: Floats, names: Sequence[str]) -> Floats:
    # Column by column, so that the last bits do not depend on the layout of the array: as in the code that is written.
    columns = []
    for name, x in zip(names, X.T, strict=True):
        if not (~np.isnan(x)).any() or not np.nanstd(x) > 0:
            raise InputError(
                f"The {column_in_words(name)} is constant and cannot be standardised: leave it out."
            )
        columns.append((x - np.nanmean(x)) / np.nanstd(x))
    return np.column_stack(columns)
