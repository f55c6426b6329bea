"""Comparisons that raise AssertionError with a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["close", "true"]


def close(actual: Any, expected: Any, rtol: float, what: str, size: float | None = None) -> None:
    """Compare arrays against the size of the largest entry, or against ``size``."""
    a, b = np.asarray(actual, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    true(a.shape == b.shape, f"{what} has shape {a.shape}, expected {b.shape}")
    largest = np.max(np.abs(b[np.isfinite(b)]), initial=0.0) if size is None else size
    infinite = ~np.isfinite(b)
    true(bool((a[infinite] == b[infinite]).all()), f"{what} is not infinite where it should be")
    error = float(np.max(np.abs(a[~infinite] - b[~infinite]), initial=0.0))
    true(error <= rtol * largest, f"{what} differs by {error:.3g} where {rtol * largest:.3g} is allowed")


def true(condition: bool, what: str) -> None:
    """Raise unless a condition holds."""
    if not condition:
        raise AssertionError(f"{what}.")
