"""Names for the array types of annotations."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Rows"]

Floats: TypeAlias = NDArray[np.float64]
"""An array of float64."""

Ints: TypeAlias = NDArray[np.intp]
"""An array of indices or labels."""

Rows: TypeAlias = NDArray[np.floating[Any]]
"""Rows of data, float32 or float64."""
