"""Mixtures in the forms of other programs: scikit-learn, ONNX, JSON, data frames and Gating-ML."""

from __future__ import annotations

from .data_frames import to_frame
from .gating import to_gatingml
from .json_text import from_json, to_json
from .onnx_models import to_onnx
from .scikit_learn import from_sklearn, to_sklearn
from .skl2onnx_converters import register_skl2onnx

__all__ = [
    "from_json",
    "from_sklearn",
    "register_skl2onnx",
    "to_frame",
    "to_gatingml",
    "to_json",
    "to_onnx",
    "to_sklearn",
]
