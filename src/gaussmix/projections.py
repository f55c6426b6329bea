"""Projections: rows that are linear maps of the true values, and checks of their matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._types import Floats, Rows
from .errors import InputError
from .validation import LARGEST, as_real

__all__ = ["NOT_UNIFORM", "as_projections"]

NOT_UNIFORM = "projections of uniform rows are not uniform: take a mixture without a noise component."
"""Reason against a uniform component beside rows that are projections."""


def as_projections(
    projections: Any,
    X: Rows,
    noise: Floats | None = None,
    n_features: int | None = None,
    name: str = "projections",
) -> Floats | None:
    """Return the checked matrices (n, m, D) of rows (n, m) as projections of D true values, or None.

    A matrix (m, D) applies to every row. Entries for missing values are ignored.
    """
    if projections is None:
        return None
    n, m = X.shape
    array = as_real(projections, name)
    if array.ndim == 2:
        array = np.broadcast_to(array, (n, *array.shape))
    if array.ndim != 3 or array.shape[:2] != (n, m) or array.shape[2] == 0:
        raise InputError(
            f"{name} has shape {np.shape(projections)}, and X {X.shape}: give a matrix ({m}, D) for each row, "
            f"({n}, {m}, D), or one for all, ({m}, D)."
        )
    if n_features is not None and array.shape[2] != n_features:
        raise InputError(
            f"{name} has matrices of {array.shape[2]} columns, but the mixture has {n_features} features: give "
            f"matrices ({m}, {n_features})."
        )
    missing = np.isnan(X)
    if missing.any():
        array = np.where(missing[:, :, None], 0.0, array)
    if array.size and not np.abs(array).max() <= LARGEST:
        at = np.argwhere(~(np.abs(array) <= LARGEST))[0]
        raise InputError(f"{name}[{', '.join(map(str, at))}] is {array[tuple(at)]:g}: give finite numbers.")
    _check_projections(array, missing, noise, name)
    return array


def _check_projections(array: Floats, missing: Any, noise: Floats | None, name: str) -> None:
    """Raise InputError if the exact values of a row are linearly dependent."""
    m = array.shape[1]
    length = np.sqrt(np.square(array).sum(axis=2))
    unit = array / np.where(length > 0, length, 1.0)[:, :, None]
    gram = unit @ unit.swapaxes(1, 2) + missing[:, :, None] * np.eye(m)
    if noise is not None:
        dense = noise if noise.ndim == 3 else noise[:, :, None] * np.eye(m)
        total = np.trace(dense, axis1=1, axis2=2)
        gram = gram + dense / np.where(total > 0, total, 1.0)[:, None, None]
    bad = np.linalg.eigvalsh(gram)[:, 0] < 1e-12 if len(gram) else np.zeros(0, dtype=bool)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"{name}[{row}] has a rank below its {m - int(missing[row].sum())} observed values, which have no errors: "
            "one of them follows from the others; leave it out, as NaN in X, or give its error as noise."
        )
