"""Functions of rows for collections: the values of a fitted mixture, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowFunction", "module_of"]


@dataclass(frozen=True, eq=False)
class RowFunction:
    """Function of rows, with the shape and the type of its values.

    Parameters
    ----------
    function : callable
        Takes an array (n, D) with NaN for missing values, and returns (n,) or (n, width) values.
    name : str
        Name of the values as a column.
    dtype : numpy.dtype
        Of the values.
    width : int, default=0
        Number of values of a row, or 0 where the values are (n,).
    """

    function: Callable[[NDArray[Any]], NDArray[Any]]
    name: str
    dtype: np.dtype[Any]
    width: int = 0

    def __call__(self, X: Any) -> NDArray[Any]:
        """Return the values of rows (n, D); of none, an empty array."""
        X = np.asarray(X)
        if X.dtype not in (np.float32, np.float64):
            X = X.astype(np.float64)
        if not len(X):
            return np.empty((0, self.width) if self.width else 0, dtype=self.dtype)
        return self.function(X).astype(self.dtype, copy=False)


def module_of(x: Any) -> str:
    """Return the package name of an object's class."""
    return type(x).__module__.partition(".")[0]
