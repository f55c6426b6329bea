"""Numbers and labels in arrays, lists, data frames and tensors, converted to arrays."""

from __future__ import annotations

from .arrays import float_array
from .data_frames import Frame, LabelledArray
from .labels import check_labels, label_array, plain_labels

__all__ = ["Frame", "LabelledArray", "check_labels", "float_array", "label_array", "plain_labels"]
