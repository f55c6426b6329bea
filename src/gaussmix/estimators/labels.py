"""Labels of rows as the sets of components allowed for each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..containers import float_array
from ..errors import InputError

__all__ = ["as_allowed"]


def as_allowed(
    labels: Any,
    n: int,
    n_components: int,
    uniform: bool,
    weights: Floats | None = None,
    every: bool = True,
) -> NDArray[np.bool_] | None:
    """Return the components allowed for each row by its label, (n, K) bool; None if all are.

    Labels (n,) are numbers of components, or −1 for unknown. With a uniform component its flags are the last of K + 1
    columns; a boolean array may have them too. Each component has to be allowed in a row of positive weight, if
    ``every`` is true.
    """
    if labels is None:
        return None
    if np.ma.is_masked(labels):
        raise InputError("labels has masked entries: give −1 for unknown.")
    array, columns = np.asarray(labels), n_components + uniform
    read = _as_flags if array.dtype == bool and array.ndim == 2 else _as_labels
    allowed = read(array, n, n_components, columns)
    never = ~(allowed if weights is None else allowed[weights > 0])[:, :n_components].any(axis=0)
    if every and never.any():
        raise InputError(
            f"labels exclude all rows of positive weight from component {int(never.argmax())} of {n_components}: "
            "label rows with it, leave some unknown (−1), or fit fewer components."
        )
    return None if allowed.all() else allowed


def _as_labels(array: NDArray[Any], n: int, n_components: int, columns: int) -> NDArray[np.bool_]:
    K = n_components
    if array.shape != (n,):
        raise InputError(
            f"labels has shape {array.shape}: give ({n},) numbers of components, −1 for unknown, or ({n}, {K}) flags "
            "of the components that each row may belong to."
        )
    values = np.asarray(float_array(array, "labels"), dtype=np.float64)
    bad = ~((values >= -1) & (values < K) & (values == np.floor(values)))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"labels[{row}] is {array[row]!r}: give a number from 0 to {K - 1}, or −1 for unknown."
        )
    known = values[:, None] == np.arange(columns)
    return np.where(values[:, None] < 0, True, known)


def _as_flags(flags: NDArray[np.bool_], n: int, n_components: int, columns: int) -> NDArray[np.bool_]:
    if flags.shape not in ((n, n_components), (n, columns)):
        more = "; a column more is for the noise component" if columns > n_components else ""
        raise InputError(f"labels has shape {flags.shape}: give flags ({n}, {n_components}){more}.")
    none = ~flags.any(axis=1)
    if none.any():
        raise InputError(
            f"labels[{int(none.argmax())}] allows no component: give at least one True in each row."
        )
    missing = columns - flags.shape[1]
    # Flags that do not speak of the uniform component allow it where every component is allowed.
    return np.column_stack([flags, *[flags.all(axis=1)] * missing])
