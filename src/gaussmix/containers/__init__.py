"""What people keep numbers in (arrays, lists, data frames, tensors), read as arrays of floating-point numbers."""

from __future__ import annotations

from .arrays import float_array
from .data_frames import Frame, LabelledArray

__all__ = ["Frame", "LabelledArray", "float_array"]
