"""Rows with the columns of their roles, as they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints, Rows

__all__ = ["ValuesOfRows", "texts"]


def texts(values: Sequence[Any]) -> NDArray[Any]:
    """Return values as an array of text (n,), with None for missing ones.

    Examples
    --------
    >>> texts(["a", float("nan"), None, 3]).tolist()
    ['a', None, None, '3']
    """
    missing = [value is None or type(value).__name__ == "NAType" or value != value for value in values]
    found = [None if lacks else str(value) for value, lacks in zip(values, missing, strict=True)]
    return np.array(found, dtype=object)


@dataclass(frozen=True, eq=False)
class ValuesOfRows:
    """Rows with the columns of their roles.

    Parameters
    ----------
    X : (n, D) array
    weights : (n,) array, optional
    errors : (n, D) array, optional
        Standard errors, or variances if the layout says so.
    labels : (n,) array, optional
        Numbers of components, −1 or NaN for unknown; or names, None for unknown.
    """

    X: Rows
    weights: Floats | None = None
    errors: Floats | None = None
    labels: NDArray[Any] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.X)

    def take(self, chosen: slice | Ints) -> ValuesOfRows:
        """Return some of the rows."""
        return ValuesOfRows(*(None if each is None else each[chosen] for each in self._all))  # type: ignore[arg-type]

    @property
    def _all(self) -> tuple[Rows | None, ...]:
        return self.X, self.weights, self.errors, self.labels

    @classmethod
    def joined(cls, several: Sequence[ValuesOfRows]) -> ValuesOfRows:
        """Return the rows of several as one."""
        if len(several) == 1:
            return several[0]
        parts = zip(*(each._all for each in several), strict=True)
        return cls(*(None if each[0] is None else np.concatenate(each) for each in parts))  # type: ignore[arg-type]
