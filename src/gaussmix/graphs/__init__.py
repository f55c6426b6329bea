"""Predictions of mixtures as graphs of ONNX operators."""

from __future__ import annotations

from .nodes import Graph, Node, Output
from .predictions import class_outputs, mixture_outputs, regression_outputs

__all__ = ["Graph", "Node", "Output", "class_outputs", "mixture_outputs", "regression_outputs"]
