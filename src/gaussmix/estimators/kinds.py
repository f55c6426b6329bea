"""Kinds of array: number type, library and device of a result, by scikit-learn's rules.

With ``sklearn.config_context(array_api_dispatch=True)``, arrays of other libraries (PyTorch, CuPy, ...) come in and
results of the same library and device go out; the computation in between is on the host, with NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.utils._array_api import _convert_to_numpy, get_namespace_and_device

from .._types import Floats, Rows

__all__ = ["ArrayKind", "on_host"]

_BLOCK = 1 << 16
"""Number of rows that are computed in float64 at a time before they are stored as float32."""


@dataclass(frozen=True, eq=False)
class ArrayKind:
    """The kind of array of a result.

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64.
    like : array, optional
        An empty array of another library, on the device of the results; None for NumPy.
    """

    dtype: np.dtype[Any] = np.dtype(np.float64)  # noqa: RUF009  a constant
    like: Any = None

    @classmethod
    def of(cls, X: Any, dtype: Any) -> ArrayKind:
        """Return the kind of results for X, of a number type."""
        namespace, is_other, device = _namespace(X)
        like = namespace.empty(0, dtype=namespace.float32, device=device) if is_other else None
        return cls(np.dtype(dtype), like)

    def parameter(self, values: Floats) -> Any:
        """Return an array in this kind, or in float64 where some value is out of the range of float32."""
        if self.dtype == np.float64:
            return self.array(values)
        size, limits = np.abs(values), np.finfo(self.dtype)
        lost = (size > limits.max) | ((size < limits.tiny) & (size > 0))
        return (ArrayKind(like=self.like) if lost.any() else self).array(values)

    def array(self, values: NDArray[Any]) -> Any:
        """Return an array of numbers in this kind; counts and labels keep their type."""
        numbers = values.astype(self.dtype, copy=False) if values.dtype.kind == "f" else values
        if self.like is None:
            return numbers
        with config_context(array_api_dispatch=True):
            namespace, _, device = get_namespace_and_device(self.like)
        # A copy: other libraries share the memory, and it may be read-only.
        return namespace.asarray(numbers.copy(), device=device)

    def rows(self, function: Callable[..., Floats], rows: Rows, *known: Floats | None) -> Any:
        """Return a function's results for rows (n, D) and their errors, one for each row, in this kind."""
        n = len(rows)
        if self.dtype == np.float64 or n <= _BLOCK:
            return self.array(function(rows, *known))

        def block(start: int) -> Floats:
            chosen = slice(start, start + _BLOCK)
            return function(rows[chosen], *(None if part is None else part[chosen] for part in known))

        first = block(0)
        result = np.empty((n, *first.shape[1:]), dtype=self.dtype)
        result[:_BLOCK] = first
        for start in range(_BLOCK, n, _BLOCK):
            result[start : start + _BLOCK] = block(start)
        return self.array(result)


def on_host(X: Any) -> Any:
    """Return an array of another library as a NumPy array where scikit-learn dispatches it, anything else as it is."""
    if X is None or type(X) is np.ndarray:
        return X
    namespace, is_other, _ = _namespace(X)
    if not is_other:
        return X
    return _convert_to_numpy(X.detach() if hasattr(X, "detach") else X, namespace)


def _namespace(X: Any) -> tuple[Any, bool, Any]:
    """Return the library and the device of an array, and whether it is another one than NumPy."""
    ours = X is None or isinstance(X, (str, np.ndarray)) or not hasattr(X, "__dlpack__")
    if ours or not get_config()["array_api_dispatch"]:
        return np, False, None
    namespace, is_other, device = get_namespace_and_device(X)
    return namespace, is_other, device
