"""Given assignments of the rows to components: labels or responsibilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .._types import Floats, Ints

__all__ = ["Assignments", "LabelAssignments", "SoftAssignments"]


class Assignments(Protocol):
    """Assignments of n rows to K components."""

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        ...

    @property
    def n_components(self) -> int:
        """K."""
        ...

    def of_rows(self, rows: slice) -> Floats:
        """Return the responsibilities (m, K) of some rows; zeros where they are unknown."""
        ...


@dataclass(frozen=True, eq=False)
class LabelAssignments:
    """A label for each row, −1 if unknown.

    Parameters
    ----------
    labels : (n,) array
        Whole numbers from −1 to K − 1.
    n_components : int
        K.

    Examples
    --------
    >>> LabelAssignments(np.array([1, -1, 0]), 2).of_rows(slice(0, 2))
    array([[0., 1.],
           [0., 0.]])
    """

    labels: Ints
    n_components: int

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return len(self.labels)

    def of_rows(self, rows: slice) -> Floats:
        """Return one at the label and zero elsewhere, (m, K)."""
        labels = self.labels[rows]
        return np.asarray(labels[:, None] == np.arange(self.n_components), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class SoftAssignments:
    """The responsibilities (n, K) themselves."""

    responsibilities: Floats

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return len(self.responsibilities)

    @property
    def n_components(self) -> int:
        """K."""
        return int(self.responsibilities.shape[1])

    def of_rows(self, rows: slice) -> Floats:
        """Return some of them, (m, K)."""
        return self.responsibilities[rows]
