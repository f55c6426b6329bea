"""Numbers in arrays, lists, data frames and tensors, converted to arrays of floating-point numbers."""

from __future__ import annotations

from .arrays import float_array
from .data_frames import Frame, LabelledArray

__all__ = ["Frame", "LabelledArray", "float_array"]
