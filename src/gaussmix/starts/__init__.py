"""Starts: initial mixtures from standardised rows, robust to units and outliers."""

from __future__ import annotations

from .assignments import Assignments, LabelAssignments, SoftAssignments
from .build import mixture_of_moments, mixture_of_responsibilities, mixture_with_means
from .methods import START_METHODS, StartMethod
from .sample import StartRows, draw_start_rows, most_rows
from .whitening import WhiteningTransform

__all__ = [
    "START_METHODS",
    "Assignments",
    "LabelAssignments",
    "SoftAssignments",
    "StartMethod",
    "StartRows",
    "WhiteningTransform",
    "draw_start_rows",
    "mixture_of_moments",
    "mixture_of_responsibilities",
    "mixture_with_means",
    "most_rows",
]
