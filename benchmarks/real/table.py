"""A table of the benchmark: rows, labels where there are some, and the half it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["HALVES", "AbsentTableError", "Entry", "Table", "complete", "half_of", "key_of", "mark_of"]

HALVES = ("tune", "report")


class AbsentTableError(Exception):
    """A table cannot be read, because what holds it is not installed."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with what is known about them.

    Parameters
    ----------
    name : str
    X : (n, D) array
        Complete rows of numeric measurements.
    labels : (n,) array of int, or None
        The class of each row, from 0.
    source : str
        Where the table is from, a sentence.
    real : bool
        Whether it was measured, not drawn.
    """

    name: str
    X: np.ndarray
    labels: np.ndarray | None
    source: str
    real: bool = True

    @property
    def n_classes(self) -> int | None:
        """How many classes the labels have."""
        return None if self.labels is None else int(self.labels.max()) + 1


@dataclass(frozen=True)
class Entry:
    """A table that can be loaded: its name, and what gives rows and labels."""

    name: str
    load: Callable[[], tuple[Any, Any]]
    source: str
    real: bool = True

    @property
    def half(self) -> str:
        """The half it belongs to."""
        return half_of(self.name)

    def table(self) -> Table:
        """Return the table.

        Raises
        ------
        AbsentTableError
            If it cannot be read here.
        """
        try:
            X, labels = self.load()
        except AbsentTableError:
            raise
        except Exception as error:  # whatever a package that is not as expected may raise
            raise AbsentTableError(f"{self.name} cannot be read: {type(error).__name__}: {error}") from error
        return Table(self.name, *complete(X, labels), self.source, self.real)


def half_of(name: str) -> str:
    """Return the half that a table belongs to, by a hash of its name."""
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def complete(X: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the rows without a missing number, and their labels as numbers from 0."""
    X = np.asarray(X, dtype=float)
    X = X[:, None] if X.ndim == 1 else X
    whole = np.isfinite(X).all(axis=1)
    if labels is None:
        return np.ascontiguousarray(X[whole]), None
    text = np.asarray(labels).astype(str)
    whole &= ~np.isin(text, ["nan", "None", "NA", "<NA>"])
    return np.ascontiguousarray(X[whole]), np.unique(text[whole], return_inverse=True)[1]


def mark_of(X: np.ndarray) -> list[float]:
    """Return the size of a table and its mean log standard deviation, which tell it from a changed one."""
    return [*X.shape, round(float(np.log(X.std(axis=0)).mean()), 6)]


def key_of(name: str, family: str, K: int) -> str:
    """Return what the reference of a table, a family and a number of components is kept under."""
    return f"{name}|{family}|{K}"
