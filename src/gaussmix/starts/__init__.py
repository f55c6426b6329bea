"""Starts: the first mixture of a fit, found on standardised rows whatever the units and a few far rows."""

from __future__ import annotations

from .assignments import Assignments, LabelAssignments, SoftAssignments
from .build import mixture_of_moments, mixture_of_responsibilities, mixture_with_means
from .methods import START_METHODS, StartMethod
from .sample import StartRows, draw_start_rows
from .whitening import WhiteningTransform

__all__ = [
    "START_METHODS",
    "Assignments",
    "LabelAssignments",
    "SoftAssignments",
    "WhiteningTransform",
    "StartMethod",
    "StartRows",
    "draw_start_rows",
    "mixture_of_moments",
    "mixture_of_responsibilities",
    "mixture_with_means",
]
