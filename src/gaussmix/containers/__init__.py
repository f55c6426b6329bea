"""What people keep numbers in (arrays, lists, data frames, tensors), read as arrays of floating-point numbers."""

from __future__ import annotations

from .arrays import float_array
from .frames import Frame, LabelledArray

__all__ = ["Frame", "LabelledArray", "float_array"]
